"""Futures that price a path of the rate exactly, counted day by day."""

from collections.abc import Sequence

import pandas as pd

from features.panel.fomc import Meeting, meetings_between, target_range


def boundaries(on: pd.Timestamp, ahead: Sequence[Meeting], moves: Sequence[float]) -> list[tuple[pd.Timestamp, float]]:
    """Each decision from the start of the running month on with its move, percent: those made by the calendar, those ahead as given."""
    done = []
    for meeting in meetings_between(on.replace(day=1), on):
        before = target_range(meeting.day - pd.Timedelta(days=1))[1]
        done.append((meeting.day, meeting.upper - before))
    return done + [(meeting.day, move) for meeting, move in zip(ahead, moves, strict=True)]


def rate_on(day: pd.Timestamp, start: float, steps: Sequence[tuple[pd.Timestamp, float]]) -> float:
    """The rate of a day: the decision of a day counts from that day on."""
    return start + sum(move for decided, move in steps if decided <= day)


def price(month: pd.Period, start: float, steps: Sequence[tuple[pd.Timestamp, float]]) -> float:
    """100 less the average over the days of the month."""
    days = pd.date_range(month.start_time.normalize(), month.end_time.normalize(), unit="ns")
    return 100 - sum(rate_on(day, start, steps) for day in days) / len(days)


def curve(on: pd.Timestamp, start: float, steps: Sequence[tuple[pd.Timestamp, float]], *, months: int, past: bool) -> dict[str, float]:
    """Prices of `months` contracts from the running month on, and of the one before it where `past`."""
    first = on.to_period("M") - int(past)
    return {str(first + ahead): price(first + ahead, start, steps) for ahead in range(months + past)}
