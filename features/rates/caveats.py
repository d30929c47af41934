"""Caveats: the reasons to doubt rate odds, in words."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.panel.fomc import Meeting
from features.rates.contracts import JUMP, month_of, past_is_free
from features.rates.strip import Strip, StripRule

Float = NDArray[np.float64]

LOOSE = 1.25  # basis points; a move that rounding leaves as uncertain moves the odds of a quarter point by five points
FAR = 12.5  # basis points; half a step, beyond which the target itself is in doubt
LAST_DAYS = 0.2  # share of the month that is left after a meeting, below which the month's price says little of it


def of_move(strip: Strip, at: int, meeting: Meeting, *, open_move: bool, error: float, one: float) -> list[str]:
    """Flags of the meeting that is decision `at`; `error` of its move and `one` of one price are in basis points."""
    flags = []
    month = strip.decisions[at].astype("datetime64[M]")
    end = (month + 1).astype("datetime64[D]")
    days = int((end - month.astype("datetime64[D]")).astype(np.int64))
    left = int((end - strip.effective[at]).astype(np.int64))
    if error >= LOOSE:
        where = f"{left} of {days} days of {month} are left after it" if left < LAST_DAYS * days else f"{month} and its neighbours"
        flags.append(f"ill-conditioned: {where}, rounding of one price counts {error / one:.0f} times")
    if open_move:
        flags.append(f"not settled by prices: {int(strip.meetings[strip.months == month].sum())} decisions in {month}")
    elif not (strip.meetings[strip.months > month] == 0).any():
        last = f"the contracts end with {strip.months[-1]}, before a month without a meeting"
        flags.append(f"no anchor after it: {last}, so the rate after it rests on the price of {month} alone, {left} of {days} days")
    if not meeting.published:
        flags.append("day by rule, the schedule was not published")
    return flags


def of_day(
    on: pd.Timestamp,
    months: NDArray[np.datetime64],
    rates: Float,
    rule: StripRule,
    ahead: tuple[Meeting, ...],
    *,
    leans: bool,
    offset: float,
) -> tuple[str, ...]:
    """Notes on a whole day: `rates` (n_months,) is 100 less the prices, `leans` as in RateMap, `offset` from the target in basis points."""
    running = month_of(on)
    notes = []
    if leans:
        notes.append("later prices leave the rate now nearly open: it depends on the target decided this month")
    if months[0] == running and rule is StripRule.PYFEDWATCH and past_is_free(on):
        notes.append(f"no price of {running - 1}: the rule {rule} starts from the first month without a meeting instead")
    if abs(offset) > FAR:
        notes.append(f"funds trade {offset:+.0f} basis points from the target: moves start from there, ranges from the target")
    apart = np.flatnonzero(np.abs(np.diff(rates)) > JUMP)
    if len(apart):
        first = int(apart[0])
        jump = f"{rates[first + 1] - rates[first]:+.2f} points from {months[first]}"
        notes.append(
            f"the rate of contract {months[first + 1]} lies {jump}, more than neighbours ever differed: is its price one of that day?"
        )
    by_rule = [meeting for meeting in ahead if not meeting.published]
    if by_rule:
        notes.append(f"the schedule was not public from {by_rule[0].day:%Y-%m-%d} on: days are put by a rule, mostly within a week")
    return tuple(notes)
