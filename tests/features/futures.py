"""Futures that price a path of the rate exactly, counted day by day."""

from collections.abc import Sequence

import pandas as pd

from features.panel.fomc import Meeting, meetings_between, target_range
from features.rates.decision_day import DecisionDay


def boundaries(on: pd.Timestamp, ahead: Sequence[Meeting], moves: Sequence[float]) -> list[tuple[pd.Timestamp, float]]:
    """Each decision from the start of the running month on with its move, percent: those made by the calendar, those ahead as given."""
    done = []
    for meeting in meetings_between(on.replace(day=1), on):
        before = target_range(meeting.day - pd.Timedelta(days=1))[1]
        done.append((meeting.day, meeting.upper - before))
    return done + [(meeting.day, move) for meeting, move in zip(ahead, moves, strict=True)]


def rate_on(day: pd.Timestamp, start: float, steps: Sequence[tuple[pd.Timestamp, float]], decision_day: DecisionDay) -> float:
    """The rate of a day: that of the decisions before it, and that of its own by the convention AFTER."""
    return start + sum(move for decided, move in steps if decided < day or (decided == day and decision_day is DecisionDay.AFTER))


def price(month: pd.Period, start: float, steps: Sequence[tuple[pd.Timestamp, float]], decision_day: DecisionDay) -> float:
    """100 less the average over the days of the month."""
    days = pd.date_range(month.start_time.normalize(), month.end_time.normalize(), unit="ns")
    return 100 - sum(rate_on(day, start, steps, decision_day) for day in days) / len(days)


def curve(
    on: pd.Timestamp,
    start: float,
    steps: Sequence[tuple[pd.Timestamp, float]],
    *,
    months: int,
    past: bool,
    decision_day: DecisionDay | None = None,
) -> dict[str, float]:
    """Prices of `months` contracts from the running month on, and of the one before it where `past`, by default as the day has it."""
    first = on.to_period("M") - int(past)
    convention = decision_day or (DecisionDay.AFTER if on < pd.Timestamp("2003-01-01") else DecisionDay.BEFORE)
    return {str(first + ahead): price(first + ahead, start, steps, convention) for ahead in range(months + past)}
