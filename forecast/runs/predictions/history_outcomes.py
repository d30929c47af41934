"""What came of the forecasts of a history: outcomes by the closes since, and which forecasts a score may count."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from features.panel.calendar import close_after
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.engines.arrays import Int
from forecast.runs.predictions.columns import BASE_COLUMNS, CLIMATOLOGY_COLUMNS, HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS
from forecast.runs.predictions.read import questions_of, rows_of
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import STALL, barrier_met_so_far
from forecast.target.question import FALL, Question

COUNTED, AGAIN, LATE = "counted", "given again", "given late"
KEYS = ["series", "experiment", "date", "horizon", "barrier_kind", "size"]


@dataclass(frozen=True)
class IndexCloses:
    """Closes of one index by session, rising, and the exchange whose calendar holds."""

    close: pd.Series
    exchange: str


class Aftermath(NamedTuple):
    """What followed a forecast so far: the outcome once the horizon is over, the barrier met and when, sessions gone, and the log move."""

    outcome: int | None
    met: int | None
    met_on: pd.Timestamp | None
    sessions: int
    move: float


def with_aftermath(history: pd.DataFrame, closes: Mapping[str, IndexCloses]) -> pd.DataFrame:
    """The history with what came of each row, in its order.

    Parameters
    ----------
    history : DataFrame
        As `load_history` gives it.
    closes : mapping of str to IndexCloses
        By series. Of a series without closes, what the history's own later rows know.

    Returns
    -------
    DataFrame
        `outcome` is replaced; `met` (code), `met_on`, `sessions` since the surge and `move`, a log return since then, are added, missing
        where they are not known. `use` is COUNTED for the first forecast of its surge and question, given before the next session's close
        was out, so that nothing that followed can have shaped it; else AGAIN or LATE.
    """
    later = history.dropna(subset=["outcome"]).drop_duplicates(KEYS, keep="last").set_index(KEYS)["outcome"]
    parts = [_aftermath(row, closes.get(str(row.series)), later) for row in history.itertuples(index=False)]
    added = pd.DataFrame(parts, columns=list(Aftermath._fields), index=history.index)
    table = history.assign(**{name: added[name] for name in ("met_on", "sessions", "move")})
    table = table.assign(outcome=added["outcome"].astype("Int64"), met=added["met"].astype("Int64"))
    again = history.duplicated(KEYS).to_numpy()
    return table.assign(use=np.select([again, ~_in_time(history, closes)], [AGAIN, LATE], default=COUNTED))


def _aftermath(row: Any, index: IndexCloses | None, later: pd.Series) -> Aftermath:
    key = tuple(getattr(row, name) for name in KEYS)
    date, horizon, barrier, kind = (getattr(row, name) for name in ("date", "horizon", "barrier", "barrier_kind"))
    place = -1 if index is None else int(index.close.index.get_indexer(pd.DatetimeIndex([date]))[0])
    if index is None or place < 0:
        outcome = later.get(key)
        return Aftermath(None if outcome is None else int(outcome), None, None, 0, float("nan"))
    close = index.close.to_numpy("float64")
    gone = min(len(close) - 1 - place, horizon)
    meeting = barrier_met_so_far(close, place, barrier, horizon, fall=kind == FALL)
    met, on = (None, None) if meeting is None else (meeting[0], index.close.index[meeting[1]])
    outcome = None if gone < horizon else STALL if met is None else met
    return Aftermath(outcome, met, on, gone, float(np.log(close[place + gone] / close[place])))


def _in_time(history: pd.DataFrame, closes: Mapping[str, IndexCloses]) -> np.ndarray:
    """Which rows were given before the close of the session after their surge was out, (n,)."""
    limits: dict[tuple[str, pd.Timestamp], datetime] = {}
    flags = np.zeros(len(history), dtype=bool)
    for place, (series, date, given_at) in enumerate(history[["series", "date", "given_at"]].itertuples(index=False, name=None)):
        if (series, date) not in limits:
            limits[series, date] = _next_close(date, closes.get(series))
        flags[place] = given_at.to_pydatetime(warn=False) < limits[series, date]
    return flags


def _next_close(date: pd.Timestamp, index: IndexCloses | None) -> datetime:
    """When the next close was out; without a calendar, the end of the next weekday."""
    if index is not None:
        return close_after(index.exchange, date)
    return ((date + pd.offsets.BDay(1)).tz_localize("UTC") + pd.Timedelta(days=1)).to_pydatetime()


def counted_records(table: pd.DataFrame) -> list[SettledForecasts]:
    """The counted and settled forecasts of one series and experiment by question, the main one first, in the order of the surges."""
    counted = table[(table["use"] == COUNTED) & table["outcome"].notna()].sort_values("date", kind="stable")
    return [_record(rows_of(counted, question), question) for question in questions_of(table)]


def _record(rows: pd.DataFrame, question: Question) -> SettledForecasts:
    dates, settlement = (rows[name].to_numpy("datetime64[D]") for name in ("date", "known"))
    columns = {POOL: P_COLUMNS, BASE_RATE: BASE_COLUMNS, CLIMATOLOGY: CLIMATOLOGY_COLUMNS}
    return SettledForecasts(
        question,
        dates=dates,
        settlement=settlement,
        outcomes=rows["outcome"].to_numpy(np.int64),
        episodes=_episodes(dates, settlement),
        z=rows["surge_z"].to_numpy(np.float64),
        vol_rank=rows["vol_rank"].to_numpy(np.float64),
        probabilities={name: rows[list(each)].to_numpy(np.float64) for name, each in columns.items()},
        bounds=np.stack([rows[list(side)].to_numpy(np.float64) for side in (LOW_COLUMNS, HIGH_COLUMNS)], axis=2),
        rivals=(),
    )


def _episodes(dates: np.ndarray, settlement: np.ndarray) -> Int:
    """Numbers from 1, (n,): surges within the horizon of the one before share one; of the dates alone, for runs may number otherwise."""
    if not len(dates):
        return np.zeros(0, dtype=np.int64)
    return np.concatenate([[1], 1 + np.cumsum(dates[1:] > settlement[:-1])])
