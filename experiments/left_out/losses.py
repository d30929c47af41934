"""Brier losses of an index that is left out, and of many pooled by date."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from experiments.ablation.gain import losses_of
from features.panel.calendar import sessions
from forecast.backtest.backtest import Backtest
from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import diebold_mariano
from forecast.backtest.verification.resampling import effective_number
from forecast.backtest.verification.scores import saved
from forecast.engines.arrays import Float
from forecast.target.sample import Sample
from forecast.target.surge import episodes

RIVALS = (CLIMATOLOGY, "ewma", "garch")


@dataclass(frozen=True)
class Over:
    """Brier skill of the pool over a rival, and Diebold and Mariano's t; NaN where it cannot be told."""

    skill: float
    t: float


@dataclass(frozen=True)
class Worth:
    """What the pool was worth on one question.

    rows : forecasts.   sessions : days with any.   episodes : of those days, surges at most a horizon apart being one.   effective :
    number of independent days that the gain over climatology is worth.   over : by rival, those of them that were asked.
    """

    rows: int
    sessions: int
    episodes: int
    effective: float
    over: dict[str, Over]


def table_of(sample: Sample, tested: Backtest, components: Sequence[str]) -> pd.DataFrame:
    """A row a question and settled forecast: `question`, `horizon`, `session`, and the loss of the pool and of each rival asked."""
    asked = {POOL: None} | {name: components.index(name) for name in RIVALS[1:] if name in components}
    parts = []
    for q, question in enumerate(sample.questions):
        found = losses_of(sample, {"": tested}, asked, q)
        losses = {name: found.models[f"/{name}"] for name in asked} | {CLIMATOLOGY: found.climatology}
        days = pd.DatetimeIndex(found.sessions).as_unit("ns")
        parts.append(pd.DataFrame({"question": question.label, "horizon": question.horizon, "session": days} | losses))
    return pd.concat(parts, ignore_index=True)


def pooled(tables: Sequence[pd.DataFrame], exchange: str) -> dict[str, Worth]:
    """What the pool was worth by question, over the indices of `tables`; of a single one, what it was worth on that.

    The same day in many indices is nearly one observation: losses are averaged over the indices that surged on it, and days count
    alike. They are in the order of time, and t has Newey-West errors over a horizon.
    """
    whole = pd.concat(tables, ignore_index=True)
    return {str(label): _worth(part, exchange) for label, part in whole.groupby("question", sort=False)}


def _worth(part: pd.DataFrame, exchange: str) -> Worth:
    horizon = int(part["horizon"].iloc[0])
    names = [name for name in (POOL, *RIVALS) if name in part and part[name].notna().all()]
    by_day = part.groupby("session")[names].mean()
    days = pd.DatetimeIndex(by_day.index)
    losses: Mapping[str, Float] = {name: by_day[name].to_numpy("float64") for name in names}
    gain = losses[CLIMATOLOGY] - losses[POOL]
    places = sessions(exchange, days[0], days[-1]).searchsorted(days)
    return Worth(
        rows=len(part),
        sessions=len(days),
        episodes=len(np.unique(episodes(np.asarray(places), horizon))),
        effective=effective_number(gain, lags=horizon - 1),
        over={name: _over(losses[POOL], losses[name], horizon) for name in RIVALS if name in losses},
    )


def _over(loss: Float, reference: Float, horizon: int) -> Over:
    return Over(saved(loss, reference), diebold_mariano(reference - loss, horizon=horizon).t)
