"""Forecaster: the fitted components of one refit. Walk-forward, final fit and later forecasts all go through here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import TypeAdapter
from threadpoolctl import threadpool_limits

from forecast.arrays import Float
from forecast.chances import Chances
from forecast.component import FitError, Fitted, SeesFeatures
from forecast.config import Model
from forecast.models import MODELS, build
from forecast.models.climatology import FittedClimatology, frequencies
from forecast.sample import Sample
from forecast.seeds import session_key


@dataclass(frozen=True)
class Forecaster:
    """Fitted components by name, in the experiment's order; `replaced` are those that climatology stands in for."""

    components: Mapping[str, Fitted]
    replaced: tuple[str, ...]
    notes: tuple[str, ...]
    paths: int

    def predict(self, sample: Sample, seed: int) -> tuple[Chances, tuple[str, ...]]:
        """Chances of the surge at the sample's last session by component, (n_components, n_questions, 3), and notes.

        Climatology takes the place of a component that gives none, and a note says so.
        """
        key = session_key(seed, sample.market, sample.sessions[-1])
        given, notes = [], []
        for name, fitted in self.components.items():
            try:
                given.append(_checked(fitted.predict(sample, key=key, paths=self.paths)))
            except Exception as error:
                given.append(Chances.exact(frequencies(sample)))
                notes.append(f"{name}: climatology in its place on {sample.sessions[-1]} ({error})")
        probabilities, errors = (np.stack(part) for part in zip(*given, strict=True))
        return Chances(probabilities, errors), tuple(notes)

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
                except Exception as error:
                    notes.append(f"{name} stays as it is ({error})")
        return out, tuple(notes)

    def dump(self) -> dict[str, Any]:
        """The fitted state as JSON values."""
        components = {name: TypeAdapter(type(fitted)).dump_python(fitted, mode="json") for name, fitted in self.components.items()}
        return {"components": components, "replaced": list(self.replaced), "notes": list(self.notes), "paths": self.paths}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "Forecaster":
        """The forecaster that `dump` wrote; ValueError where it is not whole."""
        replaced = tuple(stored["replaced"])
        kinds = {name: FittedClimatology if name in replaced else MODELS[name].fitted for name in stored["components"]}
        fitted = {name: TypeAdapter(kind).validate_python(stored["components"][name]) for name, kind in kinds.items()}
        return cls(fitted, replaced, tuple(stored["notes"]), int(stored["paths"]))


def _checked(given: Chances) -> Chances:
    """`given` itself; FitError when it holds no probabilities, or no errors of them."""
    probabilities, errors = given
    if not ((probabilities > 0).all() and np.allclose(probabilities.sum(axis=-1), 1, rtol=0, atol=1e-9)):
        raise FitError(f"probabilities of {probabilities.tolist()}")
    if not (errors.shape == probabilities.shape and np.isfinite(errors).all() and (errors >= 0).all()):
        raise FitError(f"Monte-Carlo errors of {errors.tolist()}")
    return given


def fit_forecaster(samples: Sequence[Sample], model: Model) -> Forecaster:
    """Every component fitted on `samples`; one that fails, for whatever reason, is replaced by climatology and noted.

    One thread: results do not hang on how many a linear algebra library takes.
    """
    fitted: dict[str, Fitted] = {}
    replaced: list[str] = []
    notes: list[str] = []
    with threadpool_limits(1):
        for name in model.components:
            try:
                fitted[name] = build(name, model.options[name]).fit(samples)
            except Exception as error:
                fitted[name] = FittedClimatology()
                replaced.append(name)
                notes.append(f"{name}: replaced by climatology ({error})")
            notes.extend(fitted[name].notes)
    return Forecaster(fitted, tuple(replaced), tuple(notes), model.paths)
