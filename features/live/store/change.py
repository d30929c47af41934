"""Change: how what an origin gives now differs from what it gave before."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

SAME = 1e-9  # relative: two readings of one published number
ALIKE = 1e-3  # spread of the logarithms of ratios that are one ratio: prices are quoted to four digits or more


@dataclass(frozen=True)
class Change:
    """Cells, not rows. late : inside the history, where nothing was known; beyond its end they are `new`, and no change of what was.

    revised : another value than before.   gone : none any more.   largest : the largest relative change of the revised, NaN if none; of
    what was 0 it is 1.
    column, day : where that is.   before, after : its values.   ratio : after over before, where all revised of that column share one.
    """

    new: int = 0
    late: int = 0
    revised: int = 0
    gone: int = 0
    largest: float = float("nan")
    column: str = ""
    day: str = ""
    before: float = float("nan")
    after: float = float("nan")
    ratio: float | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether nothing was learned."""
        return not (self.new or self.at_the_source)

    @property
    def at_the_source(self) -> bool:
        """Whether what was known before is not what is said now."""
        return bool(self.late or self.revised or self.gone)

    def as_json(self) -> dict[str, Any]:
        """With None for NaN."""
        return {name: None if isinstance(value, float) and np.isnan(value) else value for name, value in asdict(self).items()}

    @classmethod
    def of_json(cls, told: Mapping[str, Any]) -> "Change":
        """What `as_json` wrote."""
        nan = {name: float("nan") for name in ("largest", "before", "after")}
        return cls(**(dict(told) | {name: nan for name, nan in nan.items() if told.get(name) is None}))

    def __str__(self) -> str:
        """In words: how many values, and the largest change."""
        parts = [f"{count} {word}" for count, word in ((self.new, "new"), (self.late, "late"), (self.gone, "gone")) if count]
        if self.revised:
            size = f"{100 * self.largest:.3g} %" if np.isfinite(self.largest) else "a text"
            where = f", the largest by {size}: {self.column} of {self.day}, {self.before:g} to {self.after:g}"
            parts.append(f"{self.revised} revised{where}{_factor(self.ratio)}")
        return "; ".join(parts) or "nothing new"


def _factor(ratio: float | None) -> str:
    return "" if ratio is None else f", all by the factor {ratio:.6g}"


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
            found = _numbers(one.to_numpy("float64"), other.to_numpy("float64"), both, str(name), days)
            revised += found.revised
            worst = found if found.revised and not found.largest <= worst.largest else worst
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
    """What several values were multiplied by, where that is one number; None for a single value, or where it is not."""
    if len(one) < 3 or (one == 0).any() or (np.sign(one) != np.sign(other)).any():
        return None
    ratios = np.log(np.abs(other)) - np.log(np.abs(one))
    centre = float(np.median(ratios))
    alike = np.abs(ratios - centre).max() < ALIKE < abs(centre) < np.log(np.finfo(float).max)
    return float(np.exp(centre)) if alike else None
