"""Starts of a Markov-switching GARCH fit: a fit with one regime, split by the level of its variance."""

import itertools

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.kernels.variance_recursions import EGARCH, TARCH
from forecast.engines.switching.maximum_likelihood import climb

ROUGH = 20  # iterations of the fit with one regime
# Probability of staying in the calmest and in the wildest regime, and the ratio of their variances: regimes that last, and
# a wild regime of single sessions.
SPLITS = ((0.98, 0.98, 4.0), (0.95, 0.5, 25.0), (0.95, 0.5, 4.0), (0.98, 0.98, 25.0), (0.98, 0.03, 25.0), (0.5, 0.95, 4.0))
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


def split_starts(one: dict[int, MSGarchLaw], likelihood: MSGarchLikelihood, count: int, rng: np.random.Generator) -> list[Float]:
    """Coordinates of `count` starts (SPLITS, then random) for each of the `arrangements`, from each regime's law fitted alone, `one`."""
    drawn = [(*rng.uniform(0.4, 0.99, 2), np.exp(rng.uniform(0.5, 4.0))) for _ in range(count - len(SPLITS))]
    laws = [_split(one, levels, *split) for split in (*SPLITS, *drawn)[:count] for levels in arrangements(likelihood.spec)]
    return [likelihood.coordinates.free(likelihood.theta(law)) for law in laws]


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
    coefficients = np.stack([_scaled(one[j], factors[j]) for j in range(k)])
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


def _scaled(law: MSGarchLaw, factor: float) -> Float:
    """Coefficients (4,) of a regime whose variance rests `factor` times as high."""
    coefficients = law.coefficients[0].copy()
    if law.kinds[0] == EGARCH:
        coefficients[0] += (1 - coefficients[3]) * np.log(factor)
    else:
        coefficients[0] *= np.sqrt(factor) if law.kinds[0] == TARCH else factor
    return coefficients


def alone(spec: MSGarchSpec, regime: int) -> MSGarchSpec:
    """The specification of one regime by itself."""
    return MSGarchSpec((spec.variance[regime],), (spec.dist[regime],), frozenset(), spec.start, spec.score_first)


def fit_alone(likelihood: MSGarchLikelihood, tolerance: float) -> MSGarchLaw:
    """The law of a likelihood with one regime, roughly at its maximum."""
    top = climb(likelihood, likelihood.coordinates.free(plain_start(likelihood)), iterations=ROUGH, tolerance=tolerance)
    return likelihood.law(likelihood.coordinates.natural(top.x)[0])
