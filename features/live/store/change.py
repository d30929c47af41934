"""Difference between two downloads of one table."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

SAME = 1e-9  # relative: two readings of one published number
ALIKE = 1e-3  # spread of the logarithms of ratios that are one ratio: prices are quoted to four digits or more


@dataclass(frozen=True)
class Change:
    """Counts of cells that differ, and the largest revision."""

    new: int = 0  # beyond the end of a column
    late: int = 0  # inside its history, where there was no value
    revised: int = 0  # another value than before
    gone: int = 0  # no value any more
    largest: float = float("nan")  # relative size of the largest revision, 1 for a value that was 0; NaN if there is none
    column: str = ""  # where that is; `day`, `before` and `after` too
    day: str = ""
    before: float = float("nan")
    after: float = float("nan")
    ratio: float | None = None  # after over before, where all revised values of that column share one

    @property
    def is_nothing(self) -> bool:
        """Whether no cell differs."""
        return not (self.new or self.at_the_source)

    @property
    def at_the_source(self) -> bool:
        """Whether anything but the end of the table differs."""
        return bool(self.late or self.revised or self.gone)

    def as_json(self) -> dict[str, Any]:
        """With None for NaN."""
        return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in asdict(self).items()}

    @classmethod
    def of_json(cls, fields: Mapping[str, Any]) -> "Change":
        """The change that `as_json` wrote."""
        nan = dict.fromkeys((name for name in ("largest", "before", "after") if fields.get(name) is None), float("nan"))
        return cls(**(dict(fields) | nan))

    def __str__(self) -> str:
        """In words: how many values, and the largest change."""
        parts = [f"{count} {word}" for count, word in ((self.new, "new"), (self.late, "late"), (self.gone, "gone")) if count]
        if self.revised:
            size = f"{100 * self.largest:.3g} %" if np.isfinite(self.largest) else "a text"
            where = f", the largest by {size}: {self.column} of {self.day}, {self.before:g} to {self.after:g}"
            factor = "" if self.ratio is None else f", all by the factor {self.ratio:.6g}"
            parts.append(f"{self.revised} revised{where}{factor}")
        return "; ".join(parts) or "nothing new"


def change_of(before: pd.DataFrame, after: pd.DataFrame) -> Change:
    """Between two tables indexed by key, days first."""
    index = before.index.union(after.index)
    was, now = (table.reindex(index=index, columns=after.columns) for table in (before, after))
    days = pd.DatetimeIndex(index.get_level_values(0))
    new = late = revised = gone = 0
    worst = Change()
    for name in now.columns:
        one, other = was[name], now[name]
        had, has = one.notna().to_numpy(), other.notna().to_numpy()
        fresh = has & ~had
        beyond = fresh & np.asarray(days > days[had].max()) if had.any() else fresh
        new += int(beyond.sum())
        late += int((fresh & ~beyond).sum())
        gone += int((had & ~has).sum())
        both = had & has
        if other.dtype.kind == "f":
            change = _numbers(one.to_numpy("float64"), other.to_numpy("float64"), both, str(name), days)
            revised += change.revised
            worst = change if change.revised and not change.largest <= worst.largest else worst
        else:
            revised += int((both & (one != other).to_numpy(dtype=bool)).sum())
    return replace(worst, new=new, late=late, revised=revised, gone=gone)


def _numbers(one: np.ndarray, other: np.ndarray, both: np.ndarray, name: str, days: pd.DatetimeIndex) -> Change:
    moved = np.where(both, relative(one, other), 0.0)
    revised = moved > SAME
    if not revised.any():
        return Change()
    row = int(moved.argmax())
    return Change(
        revised=int(revised.sum()),
        largest=float(moved[row]),
        column=name,
        day=f"{days[row]:%Y-%m-%d}",
        before=float(one[row]),
        after=float(other[row]),
        ratio=common_ratio(one[revised], other[revised]),
    )


def relative(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(n,) size of the step from `one` to `other` by the size of `one`, or of `other` where that is 0; NaN where one of them is."""
    size = np.where(one == 0, np.abs(other), np.abs(one))
    with np.errstate(over="ignore"):
        steps = np.abs(other - one) / np.where(size == 0, 1.0, size)
    return np.minimum(steps, np.finfo(float).max)


def common_ratio(one: np.ndarray, other: np.ndarray) -> float | None:
    """The one factor of three values or more; None where they are fewer or share none."""
    if len(one) < 3 or (one == 0).any() or (np.sign(one) != np.sign(other)).any():
        return None
    ratios = np.log(np.abs(other)) - np.log(np.abs(one))
    centre = float(np.median(ratios))
    alike = np.abs(ratios - centre).max() < ALIKE < abs(centre) < np.log(np.finfo(float).max)
    return float(np.exp(centre)) if alike else None
