"""Starts of a Markov-switching fit: EM from groups of similar sessions, and from random groups."""

import functools
import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.markov.em import em
from forecast.engines.markov.markov_law import MarkovLaw
from forecast.engines.markov.markov_likelihood import FLOOR
from forecast.engines.markov.markov_spec import MarkovSpec

FIRST, STEPS, GAIN = 9, 150, 0.01  # steps of EM from each start, and at most from those still apart, until a round of three gains less
BEHIND = 10.0  # log-likelihood by which a run of EM must trail the best to be given up
START_NU = 6.0
ALIKE = 0.1  # least difference of two starts in a log volatility, a mean in volatilities, or a probability of staying
LOWEST = 0.2  # share of the sessions with the lowest returns, a group of their own


@dataclass(frozen=True)
class _Point:
    """Parameters of one step of EM."""

    means: Float
    vols: Float
    transitions: Float
    initial: Float
    loglik: float = -np.inf


def em_starts(
    returns: Float, spec: MarkovSpec, sample: tuple[float, float], count: int, seed: int, *, behind: float = BEHIND
) -> list[MarkovLaw]:
    """Laws to climb from, best first: a run of EM from each of `count` groupings, without those that end at the same place.

    `sample` is the mean and the volatility of the returns. Runs that end more than `behind` log-likelihood below the best are dropped;
    inf where EM does not cover the whole model.
    """
    groupings = itertools.islice(_groupings(returns, spec, np.random.default_rng(seed)), count)
    begin = [_moments_of_groups(returns, groups, spec.k, sample) for groups in groupings]
    first = _without_doubles([_run(returns, spec, point, sample, FIRST) for point in begin])
    points = _without_doubles([_run(returns, spec, point, sample, STEPS) for point in first])
    return [_law(point, spec) for point in points if point.loglik >= points[0].loglik - behind]


def _without_doubles(points: list[_Point]) -> list[_Point]:
    """Best first, one of those that are alike."""
    distinct: list[_Point] = []
    for point in sorted(points, key=lambda point: -point.loglik):
        if not any(_alike(point, other) for other in distinct):
            distinct.append(point)
    return distinct


def _alike(one: _Point, other: _Point) -> bool:
    """Whether two runs approach one maximum, whatever the order of their regimes."""
    first, second = np.lexsort((one.means, one.vols)), np.lexsort((other.means, other.vols))
    return bool(
        np.abs(np.log(one.vols[first] / other.vols[second])).max() < ALIKE
        and (np.abs(one.means[first] - other.means[second]) / other.vols[second]).max() < ALIKE
        and np.abs(one.transitions.diagonal()[first] - other.transitions.diagonal()[second]).max() < ALIKE
    )


def _law(point: _Point, spec: MarkovSpec) -> MarkovLaw:
    nu = START_NU if spec.dist == "t" else np.inf
    return MarkovLaw(point.means, point.vols, np.zeros(spec.lags), nu, point.transitions, spec.initial)


def _run(returns: Float, spec: MarkovSpec, point: _Point, sample: tuple[float, float], steps: int) -> _Point:
    end, loglik = em(
        returns,
        np.vstack([point.means, point.vols, point.transitions, point.initial]),
        START_NU if spec.dist == "t" else np.inf,
        (spec.mean == "common", spec.variance == "common"),
        (spec.prior.mean, spec.prior.vol, spec.prior.stay),
        sample,
        FLOOR * sample[1],
        steps,
        GAIN,
    )
    return _Point(end[0], end[1], end[2:-1], end[-1], loglik)


def _groupings(returns: Float, spec: MarkovSpec, rng: np.random.Generator) -> Iterator[Int]:
    """Groups of the sessions, (n,) each: by the size of the moves nearby, by the lowest returns, by level; then about random centres.

    Groups that last lead to regimes that last, single sessions to jumps; the likelihood has maxima of both kinds.
    """
    k, filled = spec.k, np.where(np.isnan(returns), np.nanmean(returns), returns)
    sizes = np.abs(filled - filled.mean())
    nearby = functools.cache(lambda: _moving_mean(sizes, 21))

    def apart() -> Int:
        others = np.minimum(1 + quantile_groups(nearby(), k - 1), k - 1) if k > 2 else np.full(len(filled), k - 1)
        rank = int(LOWEST * (len(filled) - 1))
        return np.where(filled <= np.partition(filled, rank)[rank], 0, others)

    groupings: dict[str, Callable[[], Int]] = {
        "calm": lambda: quantile_groups(nearby(), k),
        "apart": apart,
        "height": lambda: quantile_groups(filled, k),
        "size": lambda: quantile_groups(sizes, k),
        "level": lambda: quantile_groups(_moving_mean(filled, 9), k),
    }
    levels_first = ("level", "height", "apart", "calm", "size")
    for name in levels_first if spec.variance == "common" else groupings:
        yield groupings[name]()
    while True:
        yield _nearest_centre(filled, k, rng)


def _nearest_centre(values: Float, k: int, rng: np.random.Generator) -> Int:
    """The likeliest of k drawn Gaussians for each value."""
    centres, widths = rng.choice(values, k), values.std() * np.exp(rng.normal(0, 0.5, k))
    return np.asarray((-(((values[:, None] - centres) / widths) ** 2) / 2 - np.log(widths)).argmax(axis=1))


def _moving_mean(values: Float, width: int) -> Float:
    """Centred mean over `width` sessions, or all there are."""
    width = min(width, len(values))
    return np.convolve(values, np.ones(width) / width, mode="same")


def quantile_groups(values: Float, k: int) -> Int:
    """The k-th, of k equal parts of the sessions by their values; of equal values the earlier are the lower."""
    begins = [-(-part * len(values) // k) for part in range(1, k)]  # rank of each part's first
    begins = [begin for begin in begins if begin < len(values)]
    ordered, groups = np.partition(values, np.array(begins, dtype=np.int64)), np.zeros(len(values), dtype=np.int64)
    for begin in begins:
        above, equal = values > ordered[begin], np.flatnonzero(values == ordered[begin])
        groups[above] += 1
        groups[equal[begin + len(equal) + int(above.sum()) - len(values) :]] += 1
    return groups


def _moments_of_groups(returns: Float, groups: Int, k: int, sample: tuple[float, float]) -> _Point:
    """Moments of each group, and how often one follows another."""
    level, spread = sample
    means, vols, finite = np.full(k, level), np.full(k, spread), np.isfinite(returns)
    for j in range(k):
        inside = returns[(groups == j) & finite]
        if len(inside) > 1:
            means[j], vols[j] = inside.mean(), max(float(inside.std()), 0.1 * spread)
    transitions = 1.0 + np.bincount(groups[:-1] * k + groups[1:], minlength=k * k).reshape(k, k)
    return _Point(means, vols, transitions / transitions.sum(axis=1, keepdims=True), np.full(k, 1 / k))
