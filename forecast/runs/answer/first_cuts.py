"""First cuts: the meetings at which the Federal Reserve began to ease, by rule from the record of its target."""

import math
from collections.abc import Sequence
from itertools import pairwise

import pandas as pd

from features.panel import fomc

QUIET_MONTHS = 12  # without a cut before: of those since 1994 the longest pause inside a cycle was 11, from December 2001
ANNOUNCED = pd.Timestamp("1994-02-04")  # from here on decisions are announced on their day; before, markets had to infer them


def first_cuts(known: pd.Timestamp) -> list[pd.Timestamp]:
    """Days of the first cuts announced on or before `known`."""
    record = [(meeting.day, meeting.upper) for meeting in fomc.meetings() if meeting.cancelled is None and not math.isnan(meeting.upper)]
    return [day for day in by_rule(record) if day <= known]


def by_rule(record: Sequence[tuple[pd.Timestamp, float]]) -> list[pd.Timestamp]:
    """Cuts that follow at least QUIET_MONTHS without one, since ANNOUNCED.

    record : days of decisions in order and the target each left, percent; whether decisions that changed nothing are in it does not
    matter. The first is taken for no cut.
    """
    found: list[pd.Timestamp] = []
    last_cut: pd.Timestamp | None = None
    for (_, before), (day, after) in pairwise(record):
        if after >= before:
            continue
        quiet = last_cut is None or day >= last_cut + pd.DateOffset(months=QUIET_MONTHS)
        if quiet and day >= ANNOUNCED:
            found.append(day)
        last_cut = day
    return found
