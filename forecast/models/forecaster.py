"""Forecaster: the fitted components of one refit. Walk-forward, final fit and later forecasts all go through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from threadpoolctl import threadpool_limits

from features.errors import validation_line
from features.names import printable
from forecast.engines.arrays import Float
from forecast.engines.probabilities import Prediction, stack
from forecast.engines.seeds import session_key
from forecast.models import MODELS, build
from forecast.models.climatology import FittedClimatology
from forecast.models.component import Drawn, FitError, FittedComponent, SeesFeatures
from forecast.models.rules import MOST_PATHS, ModelRule
from forecast.target.sample import Sample

OF_THE_MACHINE = (MemoryError, OSError)  # tell nothing of a component: a fallback would make the forecast hang on how full a machine was


class _Stored(BaseModel):
    """What `Forecaster.dump` writes."""

    components: dict[str, dict[str, Any]]
    replaced: list[str]
    notes: list[str]
    paths: Annotated[int, Field(strict=True, ge=4, le=MOST_PATHS)]


@dataclass(frozen=True)
class Forecaster:
    """Fitted components by name, in the experiment's order; `replaced` are those that climatology stands in for."""

    components: Mapping[str, FittedComponent]
    replaced: tuple[str, ...]
    notes: tuple[str, ...]
    paths: int

    def predict(self, sample: Sample, seed: int, *, draw_paths: int = 0) -> tuple[Prediction, tuple[str, ...]]:
        """Prediction of the surge at the sample's last session by component, (n_components, n_questions, 3), and notes.

        draw_paths : simulated of each drawn law, for the spread of the components that simulate theirs; 0 for no spread of those.
        Climatology takes the place of a component that gives none, and a note says so.
        """
        key = session_key(seed, sample.market, sample.sessions[-1])
        given, notes = [], []
        for name, fitted in self.components.items():
            try:
                given.append(_checked(fitted.predict(sample, key=key, paths=self.paths)))
            except OF_THE_MACHINE:
                raise
            except Exception as error:
                given.append(FittedClimatology().predict(sample, key=key, paths=self.paths))
                notes.append(f"{name}: climatology in its place on {sample.sessions[-1]} ({one_line(error)})")
                continue
            try:
                given[-1] = _with_spread(given[-1], fitted, sample, key, draw_paths)
            except OF_THE_MACHINE:
                raise
            except Exception as error:
                given[-1] = given[-1]._replace(spread=np.zeros_like(given[-1].probabilities))
                notes.append(f"{name}: its parameters are taken to be certain on {sample.sessions[-1]} ({one_line(error)})")
        return stack(given), tuple(notes)

    def drivers(self) -> dict[str, frozenset[str]]:
        """The features that each component sees, by name."""
        return {name: frozenset(fitted.drivers if isinstance(fitted, SeesFeatures) else ()) for name, fitted in self.components.items()}

    def predict_again(self, sample: Sample, seed: int, given: Float, again: Sequence[str]) -> tuple[Float, tuple[str, ...]]:
        """Probabilities `given` (n_components, n_questions, 3) with those of the components `again` anew, by the same key; and notes.

        What cannot be predicted anew stays as it was given, and a note says so.
        """
        key = session_key(seed, sample.market, sample.sessions[-1])
        out, notes = given.copy(), []
        for k, (name, fitted) in enumerate(self.components.items()):
            if name in again:
                try:
                    out[k] = _checked(fitted.predict(sample, key=key, paths=self.paths)).probabilities
                except OF_THE_MACHINE:
                    raise
                except Exception as error:
                    notes.append(f"{name} stays as it is ({one_line(error)})")
        return out, tuple(notes)

    def dump(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        components = {name: TypeAdapter(type(fitted)).dump_python(fitted, mode="json") for name, fitted in self.components.items()}
        return {"components": components, "replaced": list(self.replaced), "notes": list(self.notes), "paths": self.paths}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "Forecaster":
        """The forecaster that `dump` wrote; ValueError where it is not whole."""
        whole = _Stored.model_validate(stored)
        strange = next((name for name in (*whole.components, *whole.replaced) if name not in MODELS), None)
        if strange is not None or not set(whole.replaced) <= set(whole.components):
            raise ValueError(f"no component {strange or whole.replaced!r}")
        kinds = {name: FittedClimatology if name in whole.replaced else MODELS[name].fitted for name in whole.components}
        fitted = {name: TypeAdapter(kind).validate_python(whole.components[name]) for name, kind in kinds.items()}
        return cls(fitted, tuple(whole.replaced), tuple(whole.notes), whole.paths)


def one_line(error: Exception) -> str:
    """What went wrong, in one line that any screen may show."""
    if isinstance(error, ValidationError):
        return validation_line(error)[:300]
    return printable((str(error).splitlines() or [type(error).__name__])[0][:300])


def _with_spread(given: Prediction, fitted: FittedComponent, sample: Sample, key: int, paths: int) -> Prediction:
    """`given` with the spread of its parameters: its own, simulated where it is asked for, or none where the component has none."""
    if np.isfinite(given.spread_or_nan).all():
        return given
    if not isinstance(fitted, Drawn):
        return given._replace(spread=np.zeros_like(given.probabilities))
    if paths == 0:
        return given
    spread = fitted.spread(sample, key=key, paths=paths)
    if not (spread.shape == given.probabilities.shape and np.isfinite(spread).all()):
        raise FitError(f"spread of {spread.tolist()}")
    return given._replace(spread=spread)


def _checked(given: Prediction) -> Prediction:
    """`given` itself; FitError when it holds no probabilities, or no errors of them."""
    probabilities, errors, _ = given
    if not ((probabilities > 0).all() and np.allclose(probabilities.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise FitError(f"probabilities of {probabilities.tolist()}")
    if not (errors.shape == probabilities.shape and np.isfinite(errors).all() and (errors >= 0).all()):
        raise FitError(f"Monte-Carlo errors of {errors.tolist()}")
    return given


def fit_forecaster(samples: Sequence[Sample], model: ModelRule) -> Forecaster:
    """Every component fitted on `samples`; one that fails on them, for whatever reason, is replaced by climatology and noted.

    One thread: results do not hang on how many a linear algebra library takes.
    """
    fitted: dict[str, FittedComponent] = {}
    replaced: list[str] = []
    notes: list[str] = []
    with threadpool_limits(1):
        for name in model.components:
            try:
                fitted[name] = build(name, model.options[name]).fit(samples)
            except OF_THE_MACHINE:
                raise
            except Exception as error:
                fitted[name] = FittedClimatology()
                replaced.append(name)
                notes.append(f"{name}: replaced by climatology ({one_line(error)})")
            notes.extend(fitted[name].notes)
    return Forecaster(fitted, tuple(replaced), tuple(notes), model.paths)
