"""Barrier hit: is either barrier met at all? Of a fall: is the lower one?

A logistic model on prices alone, fitted on the surges of many markets at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logit

from features.panel.volatility import SESSIONS_A_YEAR, ewma_std
from forecast.engines.arrays import Float, FloatState, Int
from forecast.engines.passage.random_walk import falling_probability, meeting_probability
from forecast.engines.regression.ridge_logistic import Cases, ridge_logistic
from forecast.engines.regression.scaling import scaling, standardised
from forecast.engines.regression.uniqueness import Spans, uniqueness_of_markets
from forecast.models.component import refuse_shapes, state
from forecast.models.range_variance import LEAST_VOL, range_variance
from forecast.target.outcome import STALL
from forecast.target.sample import Sample, once

HALFLIVES = (2, 5, 11, 23, 63, 252)  # sessions: a day or two, a week, two, a month, a quarter, a year
BLENDED = slice(2, 5)  # of them: what a month ahead is drawn from in most volatility models; the fit weighs the rest
RANGES = (3, 11, 33)  # sessions: half-lives of volatilities by range, shorter as they are surer
BESIDE = [1, 2, 3]  # of HALFLIVES: what each is compared with
MOMENTUM = (21, 63)  # sessions
LEAST_Z = 1e-3  # of a surge's size, where the rule asks for none
EXTREME = 6.0  # log odds at which a walk's are clipped
FAR = 2  # the first of COLUMNS depend on the question, the others on the surge alone
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
class BarrierHitInputs:
    """Inputs of the model for every surge of a market.

    Parameters
    ----------
    far : numpy.ndarray of shape (m, q, FAR)
        The first of COLUMNS.
    own : numpy.ndarray of shape (m, k - FAR)
        The others; NaN where missing.
    walk : numpy.ndarray of shape (m, q)
        Log odds of a plain walk.
    """

    far: Float
    own: Float
    walk: Float

    @property
    def columns(self) -> Float:
        """All of COLUMNS, (m, q, k)."""
        own = np.broadcast_to(self.own[:, None, :], (*self.walk.shape, self.own.shape[1]))
        return np.concatenate([self.far, own], axis=2)


def barrier_hit_inputs(sample: Sample, surges: slice = slice(None)) -> BarrierHitInputs:
    """Of each of the `surges` and each question, from closes up to the surge: distance, volatilities against each other, momentum."""
    rows, horizons, falls = sample.rows[surges], sample.horizons, sample.falls
    logs = np.column_stack([_log_vol(sample, halflife)[rows] for halflife in HALFLIVES])
    blend = logs[:, BLENDED].mean(axis=1)
    distance = sample.barriers[surges] / (np.exp(blend)[:, None] * np.sqrt(horizons))
    met = np.empty_like(distance)
    for law, kind in ((falling_probability, falls), (meeting_probability, ~falls)):
        for horizon in np.unique(horizons[kind]):
            alike = kind & (horizons == horizon)
            met[:, alike] = law(distance[:, alike], int(horizon))
    size = np.log(np.maximum(sample.surge_z[surges], LEAST_Z))
    own = np.column_stack([logs[:, :-1] - logs[:, 1:], size, _momentum(sample)[rows] / np.exp(blend)[:, None], _ranges(sample, rows, logs)])
    log_distance = np.log(distance)
    walk = np.nan_to_num(logit(np.clip(met, 1e-9, 1 - 1e-9)))
    return BarrierHitInputs(np.stack([log_distance, log_distance**2], axis=2), own, np.clip(walk, -EXTREME, EXTREME))


@once
def _log_vol(sample: Sample, halflife: int) -> Float:
    """Log volatility of closes as known at each of them, (n,); NaN in the first two sessions."""
    vol = np.r_[np.nan, ewma_std(sample.returns.tobytes(), halflife)]
    return np.asarray(np.log(np.maximum(vol, LEAST_VOL)))


@once
def _momentum(sample: Sample) -> Float:
    """Past log returns over MOMENTUM and the gap below the year's high, over the square root of their windows, (n, 3)."""
    price = pd.Series(np.log(sample.close))
    past = [price.diff(window).to_numpy() / window**0.5 for window in MOMENTUM]
    below = (price - price.rolling(SESSIONS_A_YEAR).max()).to_numpy() / SESSIONS_A_YEAR**0.5
    return np.column_stack([*past, below])


def _ranges(sample: Sample, rows: Int, logs: Float) -> Float:
    """Log volatility by range over that by closes at BESIDE, (m, 3): where there is one, it is the more precise."""
    by_range = [np.log(range_variance(sample, halflife)[rows]) / 2 for halflife in RANGES]
    return np.column_stack(by_range) - logs[:, BESIDE]


@state
class FittedBarrierHit:
    """Scaling and coefficients of the logistic model of whether a barrier is hit.

    Parameters
    ----------
    centre, scale : numpy.ndarray of shape (q, k)
    coefficients : numpy.ndarray of shape (q, 1 + k)
        Added to the log odds of a plain walk; the intercept, with the target's own departure, comes first.
    covariance : numpy.ndarray of shape (q, 1 + k, 1 + k)
        Of the coefficients, by Laplace's method.
    """

    centre: FloatState
    scale: FloatState
    coefficients: FloatState
    covariance: FloatState

    def __post_init__(self) -> None:
        q, k = len(np.atleast_1d(self.centre)), len(COLUMNS)
        refuse_shapes(
            centre=(self.centre, (q, k)),
            scale=(self.scale, (q, k)),
            coefficients=(self.coefficients, (q, 1 + k)),
            covariance=(self.covariance, (q, 1 + k, 1 + k)),
        )

    def log_odds(self, sample: Sample) -> tuple[Float, Float]:
        """Of the surge at the sample's last session, (q,): the log odds that a barrier is met, and their standard error."""
        inputs = barrier_hit_inputs(sample, slice(-1, None))
        row = standardised(inputs.columns[-1], self.centre, self.scale)
        design = np.column_stack([np.ones(len(row)), row])
        error = np.sqrt(np.einsum("qi,qij,qj->q", design, self.covariance, design))
        return np.asarray(inputs.walk[-1] + (self.coefficients * design).sum(axis=1)), error

    def log_odds_of_all(self, inputs: BarrierHitInputs) -> Float:
        """Log odds that a barrier is met for every surge of a market, (m, q), each as if it were the last."""
        met = self.coefficients[:, 0] + (self.coefficients[:, 1:] * standardised(inputs.columns, self.centre, self.scale)).sum(axis=-1)
        return np.asarray(inputs.walk + met)


def fit_barrier_hit(samples: Sequence[Sample], *, prior_sd: float, market_sd: float, evidence: float) -> FittedBarrierHit:
    """Fit on the settled surges of `samples`, the target's first.

    Parameters
    ----------
    samples : sequence of Sample
    prior_sd : float
        Of each standardised coefficient, and of the common intercept, about a plain walk.
    market_sd : float
        Of a market's own intercept about the common one.
    evidence : float
        What a horizon that no other surge shares counts for, in cases.
    """
    tables = [barrier_hit_inputs(sample) for sample in samples]
    settled = {horizon: _Settled.of(samples, tables, q, evidence) for horizon, q in samples[0].horizon_questions.items()}
    fits = [_fit_question(samples, tables, q, settled[int(h)], prior_sd, market_sd) for q, h in enumerate(samples[0].horizons)]
    centre, scale, coefficients, covariance = (np.stack(part) for part in zip(*fits, strict=True))
    return FittedBarrierHit(centre=centre, scale=scale, coefficients=coefficients, covariance=covariance)


@dataclass(frozen=True)
class _Settled:
    """What the questions of one horizon share: the surges whose outcomes are settled, by market, their weights and their own columns.

    rows : by market.   weight : (n,).   centre, scale : (k - FAR,).   own : (n, k - FAR), standardised.
    """

    rows: list[Int]
    weight: Float
    centre: Float
    scale: Float
    own: Float

    @classmethod
    def of(cls, samples: Sequence[Sample], tables: Sequence[BarrierHitInputs], q: int, evidence: float) -> "_Settled":
        """Of the horizon of question `q`."""
        rows = [np.flatnonzero(sample.settled[:, q]) for sample in samples]
        columns = np.concatenate([inputs.own[mine] for inputs, mine in zip(tables, rows, strict=True)])
        centre, scale, _ = scaling(columns, coverage=0.0)
        return cls(rows, evidence * _uniqueness(samples, q), centre, scale, standardised(columns, centre, scale))


def _fit_question(
    samples: Sequence[Sample], tables: Sequence[BarrierHitInputs], q: int, settled: _Settled, prior_sd: float, market_sd: float
) -> tuple[Float, Float, Float, Float]:
    """Centre, scale, the target's coefficients and their covariance; its own departure is in its intercept."""
    far = np.concatenate([inputs.far[rows, q] for inputs, rows in zip(tables, settled.rows, strict=True)])
    moved = np.concatenate([sample.outcomes[rows, q] != STALL for sample, rows in zip(samples, settled.rows, strict=True)])
    centre, scale, _ = scaling(far, coverage=0.0)
    design = np.column_stack([np.ones(len(far)), standardised(far, centre, scale), settled.own])
    centre, scale = np.r_[centre, settled.centre], np.r_[scale, settled.scale]
    cases = Cases(
        design=design,
        happened=moved.astype(np.float64),
        weight=settled.weight,
        offset=np.concatenate([inputs.walk[rows, q] for inputs, rows in zip(tables, settled.rows, strict=True)]),
        starts=np.cumsum([0, *(len(rows) for rows in settled.rows[:-1])]),
    )
    mode = ridge_logistic(cases, precision=np.full(design.shape[1], prior_sd**-2), group_precision=market_sd**-2)
    join = np.column_stack([np.eye(design.shape[1]), np.eye(design.shape[1])[0]])
    return centre, scale, join @ np.r_[mode.coefficients, mode.departures[0]], join @ mode.covariance @ join.T


def _uniqueness(samples: Sequence[Sample], q: int) -> Float:
    """Average uniqueness of every settled surge, market by market; it depends on the question's horizon alone."""
    horizon, spans = int(samples[0].horizons[q]), []
    for sample in samples:
        rows = sample.rows[sample.settled[:, q]]
        spans.append(Spans(sample.sessions, rows + 1, rows + horizon))
    return np.concatenate(uniqueness_of_markets(spans))
