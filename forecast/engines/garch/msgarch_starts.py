"""Starts of a Markov-switching GARCH fit: splits of a fit with one regime, and branches of a fit with one regime fewer."""

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.recursion_coordinates import MEAN_ABSOLUTE
from forecast.engines.kernels.variance_recursions import EGARCH, TARCH

# Probability of staying in the calmest and in the wildest regime, and the ratio of their variances: regimes that last, a wild
# regime of single sessions, and a calm one of single sessions.
SPLITS = ((0.98, 0.98, 4.0), (0.95, 0.5, 4.0), (0.5, 0.95, 4.0), (0.2, 0.8, 13.0))
QUIET, QUIET_SHARE = 0.05, 0.15  # variance of quiet sessions over the calmest regime's, and the probability of one
Split = tuple[float, float, float]
TYPICAL = {"alpha": 0.05, "gamma": 0.05, "beta": 0.88, "nu": 7.0, "lambda": -0.05, "drift": 0.0, "ar": 0.0}


def plain_start(likelihood: MSGarchLikelihood) -> Float:
    """Natural parameters of one regime that suit most daily returns, (p,)."""
    square = float(np.nanvar(likelihood.returns))
    kind = likelihood.spec.variance[0]
    typical = TYPICAL | {"omega": {"egarch": 0.03 * np.log(square), "tarch": 0.05 * np.sqrt(square)}.get(kind, 0.08 * square)}
    if kind == "egarch":
        typical |= {"alpha": 0.15, "gamma": -0.05, "beta": 0.97}
    if likelihood.drift is None:
        typical["drift"] = float(np.nanmean(likelihood.returns))
    return np.array([typical[name] for name in likelihood.names])


def split_starts(
    one: dict[int, MSGarchLaw], likelihood: MSGarchLikelihood, splits: Sequence[Split], count: int, rng: np.random.Generator
) -> list[Float]:
    """Coordinates of `count` starts (`splits`, then random) for each of the `arrangements`, from each regime's law fitted alone, `one`."""
    drawn = [(*rng.uniform(0.4, 0.99, 2), np.exp(rng.uniform(0.5, 4.0))) for _ in range(count - len(splits))]
    laws = [_split(one, levels, *split) for split in (*splits, *drawn)[:count] for levels in arrangements(likelihood.spec)]
    return [likelihood.coordinates.free(likelihood.theta(law)) for law in laws]


def branch_starts(fewer: MSGarchLaw, likelihood: MSGarchLikelihood) -> list[Float]:
    """Coordinates that divide the regimes of a fit with one regime fewer, by the level of the variance and by its reaction."""
    calm, wild = 0, len(fewer.nu) - 1
    laws = [_branched(fewer, calm, reaction=2.5, staying=0.97), _with_quiet_sessions(fewer)]
    if wild > calm:
        laws += [_branched(fewer, calm, ratio=6.0, staying=0.97), _branched(fewer, wild, ratio=6.0, staying=0.5)]
    return [likelihood.coordinates.free(likelihood.theta(law)) for law in laws]


def _branched(law: MSGarchLaw, regime: int, *, ratio: float = 1.0, reaction: float = 1.0, staying: float) -> MSGarchLaw:
    """One regime divided in two, whose variances rest `ratio` apart and react `reaction`^2 apart to shocks.

    staying : probability that a session in the regime is followed by one in the same half, if by the same regime.
    """
    order = np.r_[np.arange(len(law.nu)), regime]
    halves = order == regime
    transitions = law.transitions[np.ix_(order, order)] * np.where(halves, 0.5, 1.0)
    again = law.transitions[regime, regime]
    transitions[np.ix_(halves, halves)] = again * np.array([[staying, 1 - staying], [1 - staying, staying]])
    coefficients = law.coefficients[order].copy()
    for place, side in zip(np.flatnonzero(halves), (-1, 1), strict=True):
        coefficients[place] = _scaled(_reacting(law, regime, reaction**side), int(law.kinds[regime]), ratio ** (side / 2))
    by_regime = {name: getattr(law, name)[order] for name in ("kinds", "nu", "skew", "first")}
    return replace(law, coefficients=coefficients, transitions=transitions, **by_regime)


def _with_quiet_sessions(law: MSGarchLaw) -> MSGarchLaw:
    """One more regime of single quiet sessions, like the calmest but at QUIET of its variance."""
    order, k = np.r_[np.arange(len(law.nu)), 0], len(law.nu)
    transitions = np.zeros((k + 1, k + 1))
    transitions[:k, :k], transitions[:k, k] = law.transitions * (1 - QUIET_SHARE), QUIET_SHARE
    transitions[k, :k], transitions[k, k] = law.stationary * (1 - QUIET), QUIET
    coefficients = law.coefficients[order].copy()
    coefficients[k] = _scaled(coefficients[k], int(law.kinds[0]), QUIET)
    by_regime = {name: getattr(law, name)[order] for name in ("kinds", "nu", "skew", "first")}
    return replace(law, coefficients=coefficients, transitions=transitions, **by_regime)


def _reacting(law: MSGarchLaw, regime: int, factor: float) -> Float:
    """Coefficients (4,) of a regime that reacts `factor` times as much to a shock, its persistence as before, at most 0.9 of its beta."""
    coefficients, kind = law.coefficients[regime].copy(), int(law.kinds[regime])
    if kind != EGARCH:
        weight = MEAN_ABSOLUTE[kind] * (coefficients[1] + coefficients[2] / 2)
        factor = min(factor, 1 + 0.9 * coefficients[3] / max(weight, 1e-8))
        coefficients[3] -= weight * (factor - 1)
    coefficients[1:3] *= factor
    return coefficients


def arrangements(spec: MSGarchSpec) -> list[Int]:
    """Every order by volatility of regimes with different specifications: each regime's level, (k,), 0 the calmest."""
    kinds, levels = list(zip(spec.variance, spec.dist, strict=True)), dict[tuple[tuple[str, str], ...], Int]()
    for order in itertools.permutations(range(spec.k)):
        levels.setdefault(tuple(kinds[j] for j in order), np.argsort(order))
    return list(levels.values())


def _split(one: dict[int, MSGarchLaw], levels: Int, calm: float, wild: float, ratio: float) -> MSGarchLaw:
    k = len(levels)
    staying = np.linspace(calm, wild, k)[levels]
    transitions = np.repeat(((1 - staying) / (k - 1))[:, None], k, axis=1)
    np.fill_diagonal(transitions, staying)
    factors = ratio ** np.linspace(-0.5, 0.5, k)[levels]
    coefficients = np.stack([_scaled(one[j].coefficients[0], int(one[j].kinds[0]), factors[j]) for j in range(k)])
    return MSGarchLaw(
        kinds=np.concatenate([one[j].kinds for j in range(k)]),
        coefficients=coefficients,
        nu=np.concatenate([one[j].nu for j in range(k)]),
        skew=np.concatenate([one[j].skew for j in range(k)]),
        transitions=transitions,
        drift=one[0].drift,
        ar=one[0].ar,
        first=np.zeros(k),
        scored=one[0].scored,
    )


def _scaled(coefficients: Float, kind: int, factor: float) -> Float:
    """Coefficients (4,) of a regime whose variance rests `factor` times as high."""
    scaled = coefficients.copy()
    if kind == EGARCH:
        scaled[0] += (1 - scaled[3]) * np.log(factor)
    else:
        scaled[0] *= np.sqrt(factor) if kind == TARCH else factor
    return scaled


def alone(spec: MSGarchSpec, regime: int) -> MSGarchSpec:
    """The specification of one regime by itself."""
    return MSGarchSpec((spec.variance[regime],), (spec.dist[regime],), frozenset(), spec.start, spec.score_first)
