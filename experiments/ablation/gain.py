"""Gain: what one forecast is worth more than another in mean Brier skill over several questions, and how sure that is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.backtest.verification.comparison import mean_gain
from forecast.backtest.verification.overfitting import LEAST_EPISODES, BacktestOverfitting, backtest_overfitting
from forecast.backtest.verification.scores import brier
from forecast.engines.arrays import Float, Int
from forecast.models.forecasts import Forecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers


@dataclass(frozen=True)
class SkillGain:
    """A difference of mean skill, its standard error and t of Diebold and Mariano; NaN where nothing differs or nothing is settled."""

    skill: float
    error: float
    t: float


@dataclass(frozen=True)
class BrierLosses:
    """Brier losses of one question, session by session.

    Parameters
    ----------
    sessions, settled : numpy.ndarray of shape (n,)
        Days of the forecasts and of their settlement.
    rows : numpy.ndarray of shape (n,), int
        Of the sessions in their market.
    climatology : numpy.ndarray of shape (n,)
    models : dict of str to numpy.ndarray of shape (n,)
        Of each forecaster, by name.
    horizon : int
        Sessions that the forecasts look ahead.
    """

    sessions: np.ndarray
    settled: np.ndarray
    rows: Int
    climatology: Float
    models: dict[str, Float]
    horizon: int

    def between(self, first: np.datetime64 | None, last: np.datetime64 | None) -> "BrierLosses":
        """The forecasts settled from `first` on and before `last`; None is no bound."""
        inside = np.ones(len(self.sessions), dtype=bool)
        if first is not None:
            inside &= self.settled >= first
        if last is not None:
            inside &= self.settled < last
        models = {name: loss[inside] for name, loss in self.models.items()}
        return BrierLosses(self.sessions[inside], self.settled[inside], self.rows[inside], self.climatology[inside], models, self.horizon)

    @property
    def episodes(self) -> int:
        """How many independent episodes the forecasts belong to."""
        return len(np.unique(episode_numbers(self.rows, self.horizon)))


def brier_losses(sample: Sample, backtests: dict[str, Forecasts], forecasters: dict[str, int | None], q: int) -> BrierLosses:
    """Losses of question `q` of the settled forecasts of each backtest, named `label/forecaster`.

    forecasters : place of a component by the name it goes under here; None for the pool.
    """
    first = next(iter(backtests.values()))
    outcomes = sample.outcomes[first.surges, q].astype(np.int64)
    settled = outcomes != UNSETTLED
    happened = outcomes[settled]
    rows = sample.rows[first.surges][settled]
    horizon = sample.questions[q].horizon
    return BrierLosses(
        sessions=sample.sessions[rows],
        settled=sample.sessions[rows + horizon],
        rows=rows,
        climatology=brier(first.climatology[settled, q], happened),
        models={
            f"{label}/{name}": _loss(backtest, place, settled, q, happened)
            for label, backtest in backtests.items()
            for name, place in forecasters.items()
        },
        horizon=horizon,
    )


def _loss(backtest: Forecasts, place: int | None, settled: np.ndarray, q: int, happened: Int) -> Float:
    return brier(backtest.probabilities[settled, q] if place is None else backtest.components[settled, place, q], happened)


def mean_skill(questions: Sequence[BrierLosses], name: str) -> float:
    """Brier skill of `name` over climatology, the mean of the questions."""
    return _mean([1 - _ratio(losses.models[name], losses.climatology) for losses in questions])


def skill_gain(questions: Sequence[BrierLosses], name: str, over: str) -> SkillGain:
    """Mean skill of `name` less that of `over`.

    Each session's share of the difference is one number: over the questions, the sum of what the losses differ by there, divided by
    climatology's total loss. Sessions are in the order of time, and t is that of Diebold and Mariano of these shares.
    """
    sessions = np.unique(np.concatenate([losses.sessions for losses in questions]))
    share = np.zeros(len(sessions))
    for losses in questions:
        place = np.searchsorted(sessions, losses.sessions)
        total = losses.climatology.sum()
        if total > 0:
            share[place] += (losses.models[over] - losses.models[name]) / total / len(questions)
    mean = mean_gain(share * len(sessions), horizon=max(losses.horizon for losses in questions))
    return SkillGain(mean.mean, mean.error, mean.t)


def search_overfitting(questions: Sequence[BrierLosses], names: Sequence[str]) -> BacktestOverfitting | None:
    """Of the choice of the best of the forecasters `names` by mean skill: combinatorially symmetric cross-validation.

    A session's loss is what it adds to the mean over the questions of loss over climatology's; the history is cut between episodes.
    None where there are too few of those.
    """
    sessions, place = np.unique(np.concatenate([losses.sessions for losses in questions]), return_inverse=True)
    rows = np.empty(len(sessions), dtype=np.int64)
    rows[place] = np.concatenate([losses.rows for losses in questions])
    number = episode_numbers(rows, max(losses.horizon for losses in questions))
    if len(np.unique(number)) < LEAST_EPISODES:
        return None
    share = np.zeros((len(sessions), len(names)))
    for losses in questions:
        total = losses.climatology.sum()
        if total > 0:
            losses_by_name = np.column_stack([losses.models[name] for name in names])
            share[np.searchsorted(sessions, losses.sessions)] += losses_by_name * (len(sessions) / total / len(questions))
    return backtest_overfitting(share, number)


def _ratio(loss: Float, reference: Float) -> float:
    return float(loss.mean() / reference.mean()) if len(loss) else np.nan


def _mean(values: list[float]) -> float:
    return float(np.mean(values)) if values else np.nan
