"""Intervals: how far each final probability may be from the true one, in log odds, so that bounds stay between 0 and 1."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import expit, ndtri

from forecast.engines.arrays import Float, Int
from forecast.engines.probabilities import Prediction, log_odds
from forecast.models.ensemble.pool import pooled, pooled_error
from forecast.models.forecasts import Forecasts
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

LOOSEST = 0.4  # log odds that forecasts may be off by before any has been settled, one standard deviation: ten points at even odds
MOST_MOVED = 0.95  # probability that an error may make of one
NEAR = 0.5  # log odds: bandwidth of what counts as a forecast near this one, an eighth of a probability at even odds


@dataclass(frozen=True)
class TrackRecord:
    """Settled forecasts of one question in the order of time.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, 3)
        The forecasts.
    episode : numpy.ndarray of shape (n,)
        Rising numbers of the episodes that they belong to.
    """

    probabilities: Float
    episode: Int

    def evidence(self, probabilities: Float) -> Float:
        """Settled episodes whose forecast was near, (m, 3), for forecasts (m, 3); each outcome's probability by itself.

        A forecast counts by a Gaussian kernel of its distance in log odds, an episode for the mean of its forecasts.
        """
        if not len(self.episode):
            return np.zeros_like(probabilities)
        apart = (self._log_odds[None] - log_odds(probabilities)[:, None]) / NEAR
        by_episode = np.add.reduceat(np.exp(-(apart**2) / 2), self._starts, axis=1) / self._sizes[:, None]
        return np.asarray(by_episode.sum(axis=1))

    @cached_property
    def _log_odds(self) -> Float:
        return log_odds(self.probabilities)

    @cached_property
    def _starts(self) -> Int:
        """Place of the first forecast of each episode."""
        return np.flatnonzero(np.r_[True, np.diff(self.episode) != 0])

    @cached_property
    def _sizes(self) -> Int:
        """Forecasts of each episode."""
        return np.diff(np.r_[self._starts, len(self.episode)])


def track_records(forecasts: Forecasts, sample: Sample) -> tuple[TrackRecord, ...]:
    """Of each question, the forecasts that are settled as far as `sample` knows."""
    records = []
    for q, question in enumerate(sample.questions):
        settled = forecasts.settled(sample, q)
        episodes = episode_numbers(sample.rows[forecasts.surges[settled]], question.horizon)
        records.append(TrackRecord(forecasts.probabilities[settled, q], episodes))
    return tuple(records)


def forecast_bounds(prediction: Prediction, probabilities: Float, weights: Float, evidence: Float, error: Float, level: float) -> Float:
    """Low and high of the final probabilities (..., q, 3), (..., q, 2, 3); they hold these, coherent as they are.

    Two accounts say how well calibrated the forecast is, and the larger counts; their sum would count one error twice. The frequency of
    settled forecasts near this one (`calibration_error`) presumes no form, but without a neighbour it says no more than its prior.
    The calibration's moves presume lines, and leave the more open the farther a forecast is from climatology, where it extrapolates.

    Parameters
    ----------
    prediction : Prediction
        Of the components, (..., k, q, 3).
    probabilities : numpy.ndarray of shape (..., q, 3)
        The forecast.
    weights : numpy.ndarray of shape (..., q, k)
    evidence : numpy.ndarray of shape (..., q, 3)
        Episodes near each probability.
    error : numpy.ndarray of shape (..., q, 3)
        Log odds, what the calibration's own moves leave open.
    level : float
        Level of the intervals.
    """
    components, errors, spread = (np.swapaxes(part, -3, -2) for part in prediction.parts)
    calibration = np.maximum(calibration_error(probabilities, evidence), error)
    return bounds(probabilities, doubt(components, spread, errors, weights, calibration), level)


def calibration_error(probabilities: Float, evidence: Float) -> Float:
    """Standard error, in log odds, of the frequency that forecasts like this one should have, same shape as `probabilities`.

    That of a normal prior of standard deviation LOOSEST about no error, and of `evidence` settled cases, whose frequency has
    a standard error of 1 / sqrt(evidence p (1 - p)) in log odds.
    """
    return np.asarray(1 / np.sqrt(LOOSEST**-2 + evidence * probabilities * (1 - probabilities)))


def disagreement(components: Float, weights: Float) -> Float:
    """How far the pool's log odds would move with other components of the same kind, one standard deviation, (..., 3).

    The components' standard error of a weighted mean: the sum of squares of w_k (l_k - l), times K / (K - 1), K = 1 / sum of w_k^2, the
    equal votes that the weights are worth. Zero where one component has all the weight.

    Parameters
    ----------
    components : numpy.ndarray of shape (..., n_components, 3)
    weights : numpy.ndarray of shape (..., n_components)
    """
    odds = log_odds(components)
    away = odds - np.einsum("...k,...kc->...c", weights, odds)[..., None, :]
    share = (weights**2).sum(axis=-1)[..., None]  # 1 / K
    square = np.einsum("...k,...kc->...c", weights**2, away**2)
    return np.asarray(np.sqrt(square / np.maximum(1 - share, 1e-12)) * (share < 1 - 1e-9))


def doubt(components: Float, spread: Float, errors: Float, weights: Float, calibration: Float) -> Float:
    """Standard deviation of the final log odds, (..., 3): parameters, Monte Carlo, calibration and the choice of components together.

    Components learn from the same returns, so their parameters' errors are added as if they went together, which they do at most.
    A calibration that is shrunk to the identity carries log odds of the pool over as they are.

    Parameters
    ----------
    components, spread, errors : numpy.ndarray of shape (..., n_components, 3)
        Probabilities and the standard deviations of each; a spread of NaN, not computed, counts as none.
    weights : numpy.ndarray of shape (..., n_components)
    calibration : numpy.ndarray of shape (..., 3)
        Log odds.
    """
    steepness = pooled(components, weights)
    steepness = steepness * (1 - steepness)
    steepness = np.where(steepness > 0, steepness, 1.0)  # an outcome that cannot come has no errors to divide
    parameters, monte_carlo = (
        pooled_error(components, _small(components, each), weights) / steepness for each in (np.nan_to_num(spread), errors)
    )
    return np.asarray(np.sqrt(parameters**2 + monte_carlo**2 + calibration**2 + disagreement(components, weights) ** 2))


def _small(probabilities: Float, errors: Float) -> Float:
    """Errors, same shape, that to first order move log odds as far as the given ones do in truth, toward one half.

    Small ones stay as they are. An error as large as a rare outcome's probability doubles it, log 2 of log odds, where the first
    order has 1, and one of twenty times that a log of 21, where it has 20.
    """
    rare = np.minimum(probabilities, 1 - probabilities)
    moved = np.minimum(rare + errors, MOST_MOVED)
    possible = (rare > 0) & (moved > rare)
    least = np.where(possible, rare, 0.5)
    away = log_odds(np.where(possible, moved, 0.5)) - log_odds(least)
    return np.asarray(np.where(possible, least * (1 - least) * away, errors))


def bounds(probabilities: Float, doubt: Float, level: float) -> Float:
    """Low and high of the central interval of `level` about each probability, (..., 2, 3); both 0 of an outcome that cannot come.

    low <= p <= high always, whatever log odds are rounded to.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (..., 3)
        In (0, 1), or 0.
    doubt : numpy.ndarray of shape (..., 3)
        Standard deviations of their log odds, >= 0.
    level : float
        In (0, 1).
    """
    reach = float(ndtri((1 + level) / 2)) * doubt
    odds, possible = log_odds(probabilities), probabilities > 0
    low, high = (np.where(possible, expit(end), 0.0) for end in (odds - reach, odds + reach))
    return np.stack([np.minimum(low, probabilities), np.maximum(high, probabilities)], axis=-2)
