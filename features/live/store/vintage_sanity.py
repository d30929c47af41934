"""Whether a history that comes is still that of the same series, in the same unit.

The bounds are ours. None of them refuses a day of the histories that the project was made with (docs/howto/faults.md says how that was
tried): true moves are told from errors by what they do to many values, or, where it is one, by a step that no market makes.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.store.change import SAME, common_ratio, relative
from features.live.store.requirements import RequiredColumn
from features.panel.series import Basis

MOST = 0.5  # of a column's values revised at once: another series, unless it is by little, or by one factor
LEAST = 20  # values in common, before such a share says anything
MOVED = 0.05  # typical size of a revision, beyond which many at once are no revisions; benchmark revisions of payrolls are below 1 %
BLOCK = 0.2  # the same of LEAST prices or more, though not of most: no published price is corrected so, for a month
GONE = 0.01  # of a column's values, and more than a handful: holes and no corrections
HANDFUL = 5
TENFOLD = 0.02  # in powers of ten, how near to a whole one a factor is a change of unit
HUNDREDFOLD = 1.3  # how near to 100 a step is one of unit; the largest true one of an index in a day, Black Monday's, is 1.26
PERCENT = 0.5  # of a rate, in percent: a smaller step may be from a hundredth to one, where rates are near zero
NEXT = 5  # new values whose middle is compared with the last known: one of them may be a wrong digit
MONTH, YEAR = 10, 250  # new values, of what goes round zero, before their size says anything; known ones that they are compared with
STEP = "a hundredfold step; another unit?"
ACCEPT = "look at it, and if it is right take it with: data pull --accept"


@dataclass(frozen=True)
class SanityFinding:
    """What is odd about a column, in words, and whether the table is refused for it."""

    words: str
    refused: bool = True


def compare_vintages(file: str, columns: Sequence[RequiredColumn], was: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """A line a finding, with the columns that share it, on two tables by key; OriginError where a column has become another series."""
    by_finding: dict[SanityFinding, list[str]] = {}
    for column in columns:
        if all(column.name in table and table[column.name].dtype.kind == "f" for table in (was, now)):
            one, other = was[column.name].align(now[column.name], join="outer")
            finding = _finding(column, one.to_numpy("float64"), other.to_numpy("float64"), by_day=was.index.nlevels == 1)
            if finding is not None:
                by_finding.setdefault(finding, []).append(column.name)
    for finding, names in by_finding.items():
        if finding.refused:
            mark = "" if finding.words.endswith("?") else ";"
            raise OriginError(f"{file}, {column_list(names)}: {finding.words}{mark} {ACCEPT} {file}")
    return [f"{file}, {column_list(names)}: {finding.words}" for finding, names in by_finding.items()]


def column_list(columns: Sequence[str]) -> str:
    """The columns, all of a few and the ends of many."""
    if len(columns) == 1:
        return f"column {columns[0]}"
    return f"columns {', '.join(columns)}" if len(columns) < 5 else f"{len(columns)} columns, {columns[0]} to {columns[-1]}"


def _finding(column: RequiredColumn, old: np.ndarray, new: np.ndarray, *, by_day: bool) -> SanityFinding | None:
    had, both = ~np.isnan(old), ~np.isnan(old) & ~np.isnan(new)
    gone = int((had & ~both).sum())
    if gone > max(HANDFUL, GONE * had.sum()):
        return SanityFinding(f"{gone} of {int(had.sum())} values are no longer there")
    finding = _revised(column, old[both], new[both])
    return finding or (_step(column, old, new) if by_day else None)


def _revised(column: RequiredColumn, old: np.ndarray, new: np.ndarray) -> SanityFinding | None:
    """The finding on the values that both tables have."""
    revised = relative(old, new) > SAME
    count = int(revised.sum())
    if len(old) < LEAST or count < LEAST:
        return None
    size = _size(column, old, new, revised)
    others = SanityFinding(
        f"{count} of {len(old)} values are others than before, by {100 * size:.0f} % at the median; another series under that name?"
    )
    if count <= MOST * len(old):
        return others if column.basis is Basis.PRICE and size > BLOCK else None
    ratio = common_ratio(old[revised], new[revised])
    if ratio is None:
        return others if size > MOVED else None
    if _power_of_ten(ratio) or column.basis is not Basis.PRICE:
        return SanityFinding(f"every value is {ratio:.4g} times what it was; the unit changed?")
    return SanityFinding(f"{count} values are {ratio:.6g} times what they were: a split, a new base, or prices re-adjusted", refused=False)


def _size(column: RequiredColumn, old: np.ndarray, new: np.ndarray, revised: np.ndarray) -> float:
    """The median revision: of prices relative to each price, of what may be near zero relative to the median size."""
    if column.basis is Basis.PRICE:
        return float(np.median(relative(old, new)[revised]))
    usual = float(np.median(np.abs(old)))
    return float(np.median(np.abs(new - old)[revised])) / usual if usual else 1.0


def _step(column: RequiredColumn, old: np.ndarray, new: np.ndarray) -> SanityFinding | None:
    """The finding on new values beside the last old ones: a hundredfold step is a change of unit."""
    filled = np.flatnonzero(~np.isnan(old))
    fresh = np.flatnonzero(~np.isnan(new) & np.isnan(old))
    fresh = fresh[fresh > filled[-1]] if len(filled) else fresh[:0]
    if not len(fresh):
        return None
    last, first = float(old[filled[-1]]), float(np.median(new[fresh[:NEXT]]))
    if column.basis in (Basis.PRICE, Basis.RATE):
        small = column.basis is Basis.RATE and abs(first - last) <= PERCENT * column.percent
        return SanityFinding(f"goes on at {first:g} after {last:g}, {STEP}") if _hundredfold(last, first) and not small else None
    if len(fresh) < MONTH or len(filled) < YEAR:
        return None
    before, after = (float(np.median(np.abs(values))) for values in (old[filled[-YEAR:]], new[fresh]))
    return SanityFinding(f"is of the size of {after:.2g} after {before:.2g}, {STEP}") if _hundredfold(before, after) else None


def _hundredfold(one: float, other: float) -> bool:
    return bool(np.sign(one) == np.sign(other) != 0 and abs(abs(np.log10(abs(other)) - np.log10(abs(one))) - 2) < np.log10(HUNDREDFOLD))


def _power_of_ten(ratio: float) -> bool:
    power = np.log10(ratio)
    return bool(abs(power) > 0.5 and abs(power - round(power)) < TENFOLD)
