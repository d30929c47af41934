"""First cuts: the meetings at which the Federal Reserve began to ease, by rule from the record of its target."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import pandas as pd

QUIET_MONTHS = 12  # without a cut before: of those since 1994 the longest pause inside a cycle was 11, from December 2001
ANNOUNCED = pd.Timestamp("1994-02-04")  # from here on decisions are announced on their day; before, markets had to infer them

# Changes of the target (from 2008-12-16 of the range's upper end) by the day they were announced, percent.
# Source: Board of Governors, "Open Market Operations" and "FOMC's target federal funds rate or range, change and level".
_CHANGES = """
1992-09-04 3.00  1994-02-04 3.25  1994-03-22 3.50  1994-04-18 3.75  1994-05-17 4.25  1994-08-16 4.75  1994-11-15 5.50
1995-02-01 6.00  1995-07-06 5.75  1995-12-19 5.50  1996-01-31 5.25  1997-03-25 5.50  1998-09-29 5.25  1998-10-15 5.00
1998-11-17 4.75  1999-06-30 5.00  1999-08-24 5.25  1999-11-16 5.50  2000-02-02 5.75  2000-03-21 6.00  2000-05-16 6.50
2001-01-03 6.00  2001-01-31 5.50  2001-03-20 5.00  2001-04-18 4.50  2001-05-15 4.00  2001-06-27 3.75  2001-08-21 3.50
2001-09-17 3.00  2001-10-02 2.50  2001-11-06 2.00  2001-12-11 1.75  2002-11-06 1.25  2003-06-25 1.00  2004-06-30 1.25
2004-08-10 1.50  2004-09-21 1.75  2004-11-10 2.00  2004-12-14 2.25  2005-02-02 2.50  2005-03-22 2.75  2005-05-03 3.00
2005-06-30 3.25  2005-08-09 3.50  2005-09-20 3.75  2005-11-01 4.00  2005-12-13 4.25  2006-01-31 4.50  2006-03-28 4.75
2006-05-10 5.00  2006-06-29 5.25  2007-09-18 4.75  2007-10-31 4.50  2007-12-11 4.25  2008-01-22 3.50  2008-01-30 3.00
2008-03-18 2.25  2008-04-30 2.00  2008-10-08 1.50  2008-10-29 1.00  2008-12-16 0.25  2015-12-16 0.50  2016-12-14 0.75
2017-03-15 1.00  2017-06-14 1.25  2017-12-13 1.50  2018-03-21 1.75  2018-06-13 2.00  2018-09-26 2.25  2018-12-19 2.50
2019-07-31 2.25  2019-09-18 2.00  2019-10-30 1.75  2020-03-03 1.25  2020-03-15 0.25  2022-03-16 0.50  2022-05-04 1.00
2022-06-15 1.75  2022-07-27 2.50  2022-09-21 3.25  2022-11-02 4.00  2022-12-14 4.50  2023-02-01 4.75  2023-03-22 5.00
2023-05-03 5.25  2023-07-26 5.50  2024-09-18 5.00  2024-11-07 4.75  2024-12-18 4.50  2025-09-17 4.25  2025-10-29 4.00
2025-12-10 3.75
"""


def first_cuts(known: pd.Timestamp) -> list[pd.Timestamp]:
    """Days of the first cuts announced on or before `known`."""
    return [day for day in by_rule(_record()) if day <= known]


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


@lru_cache(maxsize=1)
def _record() -> tuple[tuple[pd.Timestamp, float], ...]:
    words = _CHANGES.split()
    return tuple((pd.Timestamp(day), float(target)) for day, target in zip(words[::2], words[1::2], strict=True))
