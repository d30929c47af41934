"""MarkovSpec: the validated parameters of a Markov-switching estimator."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from forecast.engines.arrays import Float, as_floats
from forecast.engines.markov.markov_law import MarkovPrior
from forecast.engines.switching.validation import at_least, one_of

if TYPE_CHECKING:
    from forecast.engines.markov.markov_switching import MarkovSwitching


@dataclass(frozen=True)
class MarkovSpec:
    """`initial` : (k,) probabilities of the first regime, None for the stationary law."""

    k: int
    mean: Literal["switching", "common"]
    variance: Literal["switching", "common"]
    lags: int
    dist: Literal["normal", "t"]
    initial: Float | None
    prior: MarkovPrior


def starting_points(model: "MarkovSwitching") -> int:
    """Number of starts of EM."""
    return 2 * model.n_regimes - 1 if model.n_starts is None else model.n_starts


def markov_spec(model: "MarkovSwitching") -> MarkovSpec:
    """The estimator's parameters; ValueError names one that is not valid."""
    one_of("mean", model.mean, ("switching", "common"))
    one_of("variance", model.variance, ("switching", "common"))
    one_of("dist", model.dist, ("normal", "t"))
    at_least("n_regimes", model.n_regimes, 1)
    at_least("ar", model.ar, 0)
    at_least("n_starts", starting_points(model), 1)
    model._validate_climb()
    prior = MarkovPrior() if model.prior is None else model.prior
    if not isinstance(prior, MarkovPrior):
        raise ValueError(f"prior must be a MarkovPrior or None, got {prior!r}")
    return MarkovSpec(model.n_regimes, model.mean, model.variance, model.ar, model.dist, _initial(model), prior)


def _initial(model: "MarkovSwitching") -> Float | None:
    """Probabilities of the first regime, (n_regimes,), None where the estimator's rule decides."""
    if isinstance(model.init, str):
        one_of("init", model.init, ("stationary", "free"))
        return None
    try:
        initial = as_floats(model.init, "init")
    except ValueError:
        initial = np.empty(0)
    if initial.shape != (model.n_regimes,) or not np.isclose(initial.sum(), 1) or not (initial >= 0).all():
        raise ValueError(f"init must be {model.n_regimes} probabilities that sum to one, got {model.init!r}")
    return initial
