"""The forecaster: the fitted components of one refit, for walk-forward, final fit and later forecasts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from threadpoolctl import threadpool_limits

from features.errors import validation_line
from features.names import printable
from forecast.engines.arrays import Flags, Float
from forecast.engines.probabilities import Prediction, stack
from forecast.engines.seeds import session_key
from forecast.models import MODELS, build
from forecast.models.base_rate import FittedBaseRate, fit_base_rate
from forecast.models.component import Drawn, FitError, FittedComponent, SeesFeatures
from forecast.models.rules import MOST_PATHS, ModelRule
from forecast.models.surge_base_rate import BaseRates
from forecast.target.sample import Sample

__all__ = ["Forecaster", "fit_forecaster"]

FAULT = "a fault of the program"
MACHINE_ERRORS = (MemoryError, OSError, ImportError)  # no fault of a component: a fallback would make the forecast depend on the machine


class _Stored(BaseModel):
    """What `Forecaster.dump` writes."""

    components: dict[str, dict[str, Any]]
    base_rate: dict[str, Any]
    replaced: list[str]
    notes: list[str]
    paths: Annotated[int, Field(strict=True, ge=4, le=MOST_PATHS)]


@dataclass(frozen=True)
class Forecaster:
    """The fitted components of one refit.

    Parameters
    ----------
    components : mapping of str to FittedComponent
        By name, in the experiment's order.
    base_rate : FittedBaseRate
        What stands beside every forecast, and in the place of a component that fails.
    replaced : tuple of str
        Components that the base rate stands in for.
    notes : tuple of str
        What the fits had to report.
    paths : int
        Paths that each component simulates.
    """

    components: Mapping[str, FittedComponent]
    base_rate: FittedBaseRate
    replaced: tuple[str, ...]
    notes: tuple[str, ...]
    paths: int

    def predict(self, sample: Sample, seed: int, *, draw_paths: int = 0) -> tuple[Prediction, tuple[str, ...]]:
        """Predict the surge at the sample's last session; the base rate takes the place of a component that fails.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        seed : int
            That of the experiment.
        draw_paths : int, default 0
            Paths of each drawn law, for the spread of the components that simulate theirs; 0 for no spread of those.

        Returns
        -------
        prediction : Prediction
            By component, (n_components, n_questions, 3).
        notes : tuple of str
            Which components failed, and how.
        """
        key = session_key(seed, sample.market, sample.sessions[-1])
        predictions, notes = [], []
        for name, fitted in self.components.items():
            try:
                predictions.append(_checked(fitted.predict(sample, key=key, paths=self.paths), sample.possible))
            except MACHINE_ERRORS:
                raise
            except Exception as error:
                predictions.append(self.base_rate.predict(sample, key=key, paths=self.paths))
                notes.append(f"{name}: the base rate in its place on {sample.sessions[-1]} ({_reason(error)})")
                continue
            try:
                predictions[-1] = _with_spread(predictions[-1], fitted, sample, key, draw_paths)
            except MACHINE_ERRORS:
                raise
            except Exception as error:
                predictions[-1] = predictions[-1]._replace(spread=np.zeros_like(predictions[-1].probabilities))
                notes.append(f"{name}: its parameters are taken to be certain on {sample.sessions[-1]} ({_reason(error)})")
        return stack(predictions), tuple(notes)

    def base_rates(self, sample: Sample) -> BaseRates:
        """What followed past surges at barriers as far, for the surge at the sample's last session.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.

        Returns
        -------
        BaseRates
            Of every question.
        """
        return self.base_rate.rates(sample)

    def drivers(self) -> dict[str, frozenset[str]]:
        """The features that each component sees.

        Returns
        -------
        dict of str to frozenset of str
            By component.
        """
        return {name: frozenset(fitted.drivers if isinstance(fitted, SeesFeatures) else ()) for name, fitted in self.components.items()}

    def predict_again(self, sample: Sample, seed: int, probabilities: Float, again: Sequence[str]) -> tuple[Float, tuple[str, ...]]:
        """Predict some components again, by the same key, for a sample whose drivers have other values.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        seed : int
            That of the experiment.
        probabilities : numpy.ndarray of shape (k, q, 3)
            Of every component, as predicted before.
        again : sequence of str
            Names of the components to predict.

        Returns
        -------
        probabilities : numpy.ndarray of shape (k, q, 3)
            Those of the other components, and of those that fail, stay as they are.
        notes : tuple of str
            Which components failed, and how.
        """
        key = session_key(seed, sample.market, sample.sessions[-1])
        out, notes = probabilities.copy(), []
        for k, (name, fitted) in enumerate(self.components.items()):
            if name in again:
                try:
                    out[k] = _checked(fitted.predict(sample, key=key, paths=self.paths), sample.possible).probabilities
                except MACHINE_ERRORS:
                    raise
                except Exception as error:
                    notes.append(f"{name} stays as it is ({_reason(error)})")
        return out, tuple(notes)

    def dump(self) -> dict[str, Any]:
        """The fitted state as JSON values.

        Returns
        -------
        dict
        """
        own = {name: fitted for name, fitted in self.components.items() if name not in self.replaced}
        components = {name: _as_json(own[name]) if name in own else {} for name in self.components}
        stored = {"components": components, "base_rate": _as_json(self.base_rate), "replaced": list(self.replaced)}
        return stored | {"notes": list(self.notes), "paths": self.paths}

    @classmethod
    def load(cls, stored: Mapping[str, Any]) -> "Forecaster":
        """Read the forecaster that `dump` wrote.

        Parameters
        ----------
        stored : mapping
            JSON values.

        Returns
        -------
        Forecaster

        Raises
        ------
        ValueError
            Where it is not whole.
        """
        whole = _Stored.model_validate(stored)
        strange = next((name for name in (*whole.components, *whole.replaced) if name not in MODELS), None)
        if strange is not None or not set(whole.replaced) <= set(whole.components):
            raise ValueError(f"no component {strange or whole.replaced!r}")
        base_rate = TypeAdapter(FittedBaseRate).validate_python(whole.base_rate)
        fitted = {
            name: base_rate if name in whole.replaced else TypeAdapter(MODELS[name].fitted).validate_python(state)
            for name, state in whole.components.items()
        }
        return cls(fitted, base_rate, tuple(whole.replaced), tuple(whole.notes), whole.paths)


def _as_json(fitted: FittedComponent) -> dict[str, Any]:
    """Fitted state as JSON values."""
    return dict(TypeAdapter(type(fitted)).dump_python(fitted, mode="json"))


def one_line(error: Exception) -> str:
    """What went wrong, in one line that any screen may show."""
    if isinstance(error, ValidationError):
        return validation_line(error)[:300]
    return printable((str(error).splitlines() or [type(error).__name__])[0][:300])


def _reason(error: Exception) -> str:
    """Why a component has no fit or no forecast; what no data should bring about is called FAULT."""
    by_data = isinstance(error, FitError | ValueError | ArithmeticError)
    return one_line(error) if by_data else f"{FAULT}, {type(error).__name__}: {one_line(error)}"


def _with_spread(prediction: Prediction, fitted: FittedComponent, sample: Sample, key: int, paths: int) -> Prediction:
    """The prediction with the spread of its parameters: its own, simulated if `paths` > 0, or zero where the component has none."""
    if np.isfinite(prediction.spread_or_nan).all():
        return prediction
    if not isinstance(fitted, Drawn):
        return prediction._replace(spread=np.zeros_like(prediction.probabilities))
    if paths == 0:
        return prediction
    spread = fitted.spread(sample, key=key, paths=paths)
    if not (spread.shape == prediction.probabilities.shape and np.isfinite(spread).all()):
        raise FitError(f"spread of {spread.tolist()}")
    return prediction._replace(spread=spread)


def _checked(prediction: Prediction, possible: Flags) -> Prediction:
    """The prediction itself; FitError when it holds no probabilities, > 0 where an outcome is possible and else 0, or no errors of them."""
    probabilities, errors, _ = prediction
    if not (
        ((probabilities > 0) == possible).all() and (probabilities >= 0).all() and (np.abs(probabilities.sum(axis=-1) - 1) <= 1e-9).all()
    ):
        raise FitError(f"probabilities of {probabilities.tolist()}")
    if not (errors.shape == probabilities.shape and np.isfinite(errors).all() and (errors >= 0).all()):
        raise FitError(f"Monte-Carlo errors of {errors.tolist()}")
    return prediction


def fit_forecaster(samples: Sequence[Sample], model: ModelRule) -> Forecaster:
    """Fit every component; one that fails, for whatever reason, is replaced by the base rate, with a note.

    It runs on one thread, so that results do not depend on how many a linear algebra library takes.

    Parameters
    ----------
    samples : sequence of Sample
        The target market, then the companions to learn from, up to what was known.
    model : ModelRule
        The components and their options.

    Returns
    -------
    Forecaster
    """
    fitted: dict[str, FittedComponent] = {}
    replaced: list[str] = []
    notes: list[str] = []
    with threadpool_limits(1):
        base_rate = fit_base_rate(samples)
        for name in model.components:
            try:
                fitted[name] = build(name, model.options[name]).fit(samples)
            except MACHINE_ERRORS:
                raise
            except Exception as error:
                fitted[name] = base_rate
                replaced.append(name)
                notes.append(f"{name}: replaced by the base rate ({_reason(error)})")
            notes.extend(fitted[name].notes)
    return Forecaster(fitted, base_rate, tuple(replaced), tuple(notes), model.paths)
