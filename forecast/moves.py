"""Moves: does the index meet a barrier at all? Log odds from prices alone, fitted on the surges of many markets at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from features.vol import ewma_std
from forecast.arrays import Float, FloatState, Int
from forecast.component import state
from forecast.outcome import STALL, UNSETTLED
from forecast.ranges import range_variance
from forecast.ridge import ridge_logistic
from forecast.sample import Sample
from forecast.uniqueness import Spans, uniqueness_of_markets
from forecast.walk import meeting_probability

HALFLIVES = (2, 5, 11, 23, 63, 252)  # sessions: a day or two, a week, two, a month, a quarter, a year
BLENDED = slice(2, 5)  # of them: what a month ahead is drawn from in most volatility models; the rest is for the fit to say
RANGES = (3, 11, 33)  # sessions: half-lives of volatilities by range, shorter as they are surer
BESIDE = [1, 2, 3]  # of HALFLIVES: what each is held against
MOMENTUM = (21, 63)  # sessions
YEAR = 252
LEAST_VOL = 1e-6  # of a session, where prices have stood still
EXTREME = 6.0  # log odds beyond which a walk says no more
CLIP = 4.0  # standard deviations beyond which a column says no more
COLUMNS = (
    "distance",
    "distance squared",
    "2 / 5",
    "5 / 11",
    "11 / 23",
    "23 / 63",
    "63 / 252",
    "surge size",
    "month",
    "quarter",
    "below high",
    "range 3",
    "range 11",
    "range 33",
)


@dataclass(frozen=True)
class Shape:
    """What the model sees of every surge of a market. columns : (m, q, k), NaN = not known.   walk : (m, q) log odds of a plain walk."""

    columns: Float
    walk: Float


def shape_of(sample: Sample) -> Shape:
    """Of each surge and question, from closes up to the surge: distance, the volatilities against each other, momentum."""
    returns = sample.returns.tobytes()
    vols = [np.r_[np.nan, ewma_std(returns, halflife)] for halflife in HALFLIVES]
    logs = np.log(np.maximum(np.column_stack(vols)[sample.rows], LEAST_VOL))
    blend = logs[:, BLENDED].mean(axis=1)
    distance = sample.barriers / (np.exp(blend)[:, None] * np.sqrt(sample.horizons))
    met = np.column_stack([meeting_probability(distance[:, q], int(h)) for q, h in enumerate(sample.horizons)])
    own = np.column_stack([logs[:, :-1] - logs[:, 1:], np.log(sample.surge_z), _momentum(sample, np.exp(blend)), _ranges(sample, logs)])
    far = np.log(distance)[..., None]
    wide = np.broadcast_to(own[:, None, :], (*distance.shape, own.shape[1]))
    walk = np.nan_to_num(logit(np.clip(met, 1e-9, 1 - 1e-9)))
    return Shape(np.concatenate([far, far**2, wide], axis=2), np.clip(walk, -EXTREME, EXTREME))


def _momentum(sample: Sample, vol: Float) -> Float:
    """Past log returns over MOMENTUM and the gap below the year's high, in standard deviations of their windows, (m, 3)."""
    price = pd.Series(np.log(sample.close))
    past = [price.diff(window).to_numpy()[sample.rows] / (vol * window**0.5) for window in MOMENTUM]
    below = (price - price.rolling(YEAR).max()).to_numpy()[sample.rows] / (vol * YEAR**0.5)
    return np.column_stack([*past, below])


def _ranges(sample: Sample, logs: Float) -> Float:
    """Log volatility by range over that by closes at BESIDE, (m, 3): where it is known, it is the surer of the two."""
    by_range = [np.log(np.maximum(range_variance(sample, halflife)[sample.rows], LEAST_VOL**2)) / 2 for halflife in RANGES]
    return np.column_stack(by_range) - logs[:, BESIDE]


@state
class FittedMoves:
    """centre, scale : (q, k).   coefficients : (q, 1 + k), the intercept with the target's own departure, added to the walk's log odds.

    covariance : (q, 1 + k, 1 + k) of these, by Laplace.
    """

    centre: FloatState
    scale: FloatState
    coefficients: FloatState
    covariance: FloatState

    def log_odds(self, sample: Sample) -> tuple[Float, Float]:
        """Of the surge at the sample's last session, (q,): the log odds that a barrier is met, and their standard error."""
        shape = shape_of(sample)
        row = np.nan_to_num(np.clip((shape.columns[-1] - self.centre) / self.scale, -CLIP, CLIP))
        design = np.column_stack([np.ones(len(row)), row])
        error = np.sqrt(np.einsum("qi,qij,qj->q", design, self.covariance, design))
        return np.asarray(shape.walk[-1] + (self.coefficients * design).sum(axis=1)), error


def fit_moves(samples: Sequence[Sample], *, prior_sd: float, market_sd: float, evidence: float) -> FittedMoves:
    """Fit on the settled surges of `samples`, the target's first.

    prior_sd : of each standardised coefficient, and of the common intercept, about a plain walk.   market_sd : of a market's own
    intercept about the common one.   evidence : what a horizon that no other surge shares counts for, in cases.
    """
    shapes = [shape_of(sample) for sample in samples]
    fits = [_one(samples, shapes, q, prior_sd, market_sd, evidence) for q in range(len(samples[0].questions))]
    centre, scale, coefficients, covariance = (np.stack(part) for part in zip(*fits, strict=True))
    return FittedMoves(centre=centre, scale=scale, coefficients=coefficients, covariance=covariance)


def _one(
    samples: Sequence[Sample], shapes: Sequence[Shape], q: int, prior_sd: float, market_sd: float, evidence: float
) -> tuple[Float, Float, Float, Float]:
    settled = [np.flatnonzero(sample.outcomes[:, q] != UNSETTLED) for sample in samples]
    columns = np.concatenate([shape.columns[rows, q] for shape, rows in zip(shapes, settled, strict=True)])
    walk = np.concatenate([shape.walk[rows, q] for shape, rows in zip(shapes, settled, strict=True)])
    moved = np.concatenate([sample.outcomes[rows, q] != STALL for sample, rows in zip(samples, settled, strict=True)])
    market = np.repeat(np.arange(len(samples)), [len(rows) for rows in settled])
    weight = evidence * np.concatenate(_uniqueness(samples, settled, q))
    centre, scale = _scaling(columns)
    design = np.nan_to_num(np.clip((columns - centre) / scale, -CLIP, CLIP))
    every = np.column_stack([np.ones(len(design)), design, np.eye(len(samples))[market]])
    precision = np.r_[np.full(1 + design.shape[1], prior_sd**-2), np.full(len(samples), market_sd**-2)]
    found, covariance = ridge_logistic(every, moved.astype(np.float64), weight, offset=walk, precision=precision)
    return centre, scale, *_of_target(found, covariance, design.shape[1] + 1)


def _of_target(found: Float, covariance: Float, common: int) -> tuple[Float, Float]:
    """The common coefficients with the first market's departure in the intercept."""
    join = np.eye(common, len(found))
    join[0, common] = 1.0
    return join @ found, join @ covariance @ join.T


def _uniqueness(samples: Sequence[Sample], settled: Sequence[Int], q: int) -> list[Float]:
    horizon = int(samples[0].horizons[q])
    spans = [
        Spans(sample.sessions, sample.rows[rows] + 1, sample.rows[rows] + horizon) for sample, rows in zip(samples, settled, strict=True)
    ]
    return uniqueness_of_markets(spans)


def _scaling(columns: Float) -> tuple[Float, Float]:
    """Mean and standard deviation of what is known of each column; a column that is not known, or does not move, has 0 and 1."""
    known = np.isfinite(columns)
    count = np.maximum(known.sum(axis=0), 1)
    centre = np.where(known, columns, 0.0).sum(axis=0) / count
    spread = np.sqrt((np.where(known, columns - centre, 0.0) ** 2).sum(axis=0) / count)
    return centre, np.where(spread > 1e-12, spread, 1.0)
