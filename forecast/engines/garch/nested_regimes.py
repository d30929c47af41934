"""Laws of fewer regimes that a Markov-switching GARCH contains, in its own coordinates."""

import copy
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.msgarch_starts import alone
from forecast.engines.garch.one_regime import OneRegime
from forecast.engines.switching.transition_matrix import split_regime

if TYPE_CHECKING:
    from forecast.engines.garch.msgarch import MSGarch

RARE = 1e-6  # probability of the regimes that a law of another kind leaves unused: the least that coordinates have


def fewer_regimes(model: "MSGarch", returns: Float, spec: MSGarchSpec, one: OneRegime) -> list[MSGarchLaw]:
    """The law with one regime less, ordered; where the kinds of regime differ, those with one regime of each."""
    if len(set(zip(spec.variance, spec.dist, strict=True))) > 1:
        return [law_alone(one, spec, j) for j in range(spec.k)]
    if spec.k == 2:
        return [law_alone(one, spec, 0)]
    fewer = copy.copy(model).set_params(n_regimes=spec.k - 1, variance=spec.variance[0], dist=spec.dist[0])
    return [fewer._fit_law(returns, None)[0]]


def contained(likelihood: MSGarchLikelihood, fewer: list[MSGarchLaw]) -> list[Float]:
    """Coordinates at which a likelihood is that of its `fewer_regimes`."""
    k = likelihood.spec.k
    laws = [_doubled(fewer[0], j) for j in range(k - 1)] if len(fewer) == 1 else [_resting_in(fewer, j) for j in range(k)]
    return [likelihood.coordinates.free(likelihood.theta(law)) for law in laws]


def law_alone(one: OneRegime, spec: MSGarchSpec, regime: int) -> MSGarchLaw:
    """The best law of one regime by itself."""
    own, end = one.fit(alone(spec, regime))
    return own.law(own.coordinates.natural(end.x)[0])


def _doubled(law: MSGarchLaw, regime: int) -> MSGarchLaw:
    """The same law, to the last bit of its likelihood, with one regime in two copies that last as long as sessions do."""
    order = np.sort(np.r_[np.arange(len(law.kinds)), regime])
    return law.reordered(order, split_regime(law.transitions, regime))


def _resting_in(laws: list[MSGarchLaw], regime: int) -> MSGarchLaw:
    """The law of one regime of several kinds that the chain never leaves."""
    k = len(laws)
    transitions = np.full((k, k), RARE)
    transitions[:, regime] = 1 - (k - 1) * RARE
    return replace(
        laws[regime],
        kinds=np.concatenate([law.kinds for law in laws]),
        coefficients=np.concatenate([law.coefficients for law in laws]),
        nu=np.concatenate([law.nu for law in laws]),
        skew=np.concatenate([law.skew for law in laws]),
        first=np.concatenate([law.first for law in laws]),
        transitions=transitions,
    )
