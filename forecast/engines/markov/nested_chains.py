"""Simpler laws that a Markov-switching one contains, in its own coordinates: one regime less, and the normal in the t."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.markov.markov_law import MarkovLaw
from forecast.engines.markov.markov_likelihood import MarkovLikelihood
from forecast.engines.switching.transition_matrix import split_regime

if TYPE_CHECKING:
    from forecast.engines.markov.markov_switching import MarkovSwitching


def simpler_chains(model: "MarkovSwitching", likelihood: MarkovLikelihood) -> list[Float]:
    """Coordinates of the best simpler laws; none with covariates, or where the law of the first regime was chosen."""
    spec, laws = likelihood.spec, list[MarkovLaw]()
    if likelihood.covariates is not None or not isinstance(model.init, str):
        return []
    if spec.k > 1:
        fewer = _law(model, likelihood, n_regimes=spec.k - 1)
        laws += [_doubled(fewer, j) for j in range(spec.k - 1)]
    if spec.dist == "t":
        laws.append(_law(model, likelihood, dist="normal"))
    return [likelihood.coordinates.free(likelihood.theta(law)) for law in laws]


def _law(model: "MarkovSwitching", likelihood: MarkovLikelihood, **simpler: Any) -> MarkovLaw:
    """The law of a simpler estimator, shared by those that contain it; that of one normal regime has the sample's moments."""
    key = (simpler.get("n_regimes", model.n_regimes), simpler.get("dist", model.dist))
    if key == (1, "normal") and model.ar == 0:
        return model._gaussian(*likelihood.sample)
    if key not in model._simpler:
        other = copy.copy(model).set_params(init="stationary", **simpler)
        model._simpler[key] = other._fit_law(likelihood.returns, None)[0]
    return model._simpler[key]


def _doubled(law: MarkovLaw, regime: int) -> MarkovLaw:
    """The same law with one regime in two copies."""
    order = np.sort(np.r_[np.arange(law.k), regime])
    return replace(law, means=law.means[order], vols=law.vols[order], transitions=split_regime(law.transitions, regime), initial=None)
