"""Brier losses of an index that is left out, and of many pooled by date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.panel.calendar import sessions
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.bootstrap import effective_sample_size
from forecast.backtest.verification.comparison import Skill, skill
from forecast.backtest.verification.scores import brier
from forecast.engines.arrays import Float
from forecast.models.forecasts import Forecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

RIVALS = (BASE_RATE, CLIMATOLOGY, "ewma", "garch")
BARS = RIVALS[:2]  # what a forecast must beat to be worth anything


@dataclass(frozen=True)
class PooledSkill:
    """Skill of the pool on one question.

    Parameters
    ----------
    rows : int
        Forecasts.
    sessions : int
        Days with any.
    episodes : int
        Of those days, surges at most a horizon apart being one.
    effective : float
        Number of independent days that the gain over climatology is worth.
    over : dict of str to Skill
        By rival, those of them that were fitted.
    """

    rows: int
    sessions: int
    episodes: int
    effective: float
    over: dict[str, Skill]


def settled_losses(sample: Sample, tested: Forecasts, components: Sequence[str]) -> pd.DataFrame:
    """A row a question and settled forecast: `question`, `horizon`, `session`, and the Brier loss of the pool and of each rival fitted."""
    parts = []
    for q, question in enumerate(sample.questions):
        outcomes = sample.outcomes[tested.surges, q].astype(np.int64)
        settled = outcomes != UNSETTLED
        forecasts = {POOL: tested.probabilities[:, q]} | {
            name: tested.components[:, components.index(name), q] for name in RIVALS if name in components
        }
        forecasts |= {BASE_RATE: tested.base_rates[:, q], CLIMATOLOGY: tested.climatology[:, q]}
        losses = {name: brier(p[settled], outcomes[settled]) for name, p in forecasts.items()}
        days = pd.DatetimeIndex(sample.surge_sessions[tested.surges][settled]).as_unit("ns")
        parts.append(pd.DataFrame({"question": question.label, "horizon": question.horizon, "session": days} | losses))
    return pd.concat(parts, ignore_index=True)


def pooled(tables: Sequence[pd.DataFrame], exchange: str) -> dict[str, PooledSkill]:
    """Skill of the pool by question, over the indices of `tables`.

    The same day in many indices is nearly one observation: losses are averaged over the indices that surged on it, and days count
    alike. They are in the order of time, and t is that of Diebold and Mariano.
    """
    whole = pd.concat(tables, ignore_index=True)
    return {str(label): _worth(part, exchange) for label, part in whole.groupby("question", sort=False)}


def _worth(part: pd.DataFrame, exchange: str) -> PooledSkill:
    horizon = int(part["horizon"].iloc[0])
    names = [name for name in (POOL, *RIVALS) if name in part and part[name].notna().all()]
    by_day = part.groupby("session")[names].mean()
    days = pd.DatetimeIndex(by_day.index)
    losses: Mapping[str, Float] = {name: by_day[name].to_numpy("float64") for name in names}
    gain = losses[CLIMATOLOGY] - losses[POOL]
    places = sessions(exchange, days[0], days[-1]).searchsorted(days)
    return PooledSkill(
        rows=len(part),
        sessions=len(days),
        episodes=len(np.unique(episode_numbers(np.asarray(places), horizon))),
        effective=effective_sample_size(gain, lags=horizon - 1),
        over={name: skill(losses[POOL], losses[name], horizon=horizon) for name in RIVALS if name in losses},
    )
