"""Columns that end before the day on which their next value was due."""

from datetime import datetime

import numpy as np
import pandas as pd

from features.live.store.requirements import RequiredColumn, RequiredFile
from features.live.store.vintage_sanity import column_list
from features.panel import calendar
from features.panel.series import Every

LATE = 1  # sessions: of rates, which are published a session late and not on the holidays of bonds
PERIODS = 13  # whose typical length is that of a series


def overdue_columns(one: RequiredFile, after: pd.DataFrame, now: datetime) -> list[str]:
    """A line for the columns of a table, in order, that should have gone on by `now`."""
    closed = calendar.last_closed(one.exchange, now)
    by_reason: dict[str, list[str]] = {}
    for column in one.columns:
        values = after[column.name].notna().to_numpy() if column.name in after else np.zeros(0, dtype=bool)
        if not values.any():
            continue
        days = pd.DatetimeIndex(after.iloc[:, 0][values])
        reason = _sessions(column, days[-1], closed, one.exchange) if column.every is Every.DAY else _periods(column, days, closed)
        if reason:
            by_reason.setdefault(f"on {days[-1]:%Y-%m-%d}, {reason}", []).append(column.name)
    ends = {reason: f"{names[0]} ends" if len(names) == 1 else f"{column_list(names)} end" for reason, names in by_reason.items()}
    return [f"{one.file}: {columns} {reason}" for reason, columns in ends.items()]


def _sessions(column: RequiredColumn, last: pd.Timestamp, closed: pd.Timestamp, exchange: str) -> str:
    lag = column.lag
    due = closed - pd.DateOffset(months=lag.months) - pd.Timedelta(days=lag.days)
    missing = int((calendar.sessions(exchange, last, due) > last).sum()) if last < due else 0
    allowed = lag.sessions + LATE * bool(lag.sessions)
    if missing <= allowed:
        return ""
    before = "the last closed one" if due == closed else f"what was due, {due:%Y-%m-%d}"
    return f"{missing} session{'s' * (missing > 1)} before {before}"


def _periods(column: RequiredColumn, days: pd.DatetimeIndex, closed: pd.Timestamp) -> str:
    """Of weekly, monthly or quarterly values: a whole period may pass beyond the day on which the next one was due."""
    if len(days) < 3:
        return ""
    step = pd.Series(days[-PERIODS:]).diff().median()
    lag = column.lag
    due = days[-1] + 2 * step + pd.DateOffset(months=lag.months) + pd.Timedelta(days=lag.days + 2 * lag.sessions)
    return f"and its next value was due before {closed:%Y-%m-%d}" if due < closed else ""
