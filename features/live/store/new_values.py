"""Whether what is new at the end of a table can be true, by what each of its series has done before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.live.store.change import SAME, relative
from features.live.store.requirements import Bar, RequiredColumn, RequiredFile
from features.live.store.unusual_steps import Step, frozen_runs, unusual_steps
from features.live.store.vintage_sanity import ACCEPT, HANDFUL, MOST
from features.panel.series import Basis, Every

OUTSIDE = 1e-3  # of a price: closes are those of an auction, and indices are computed at other moments than their extremes
WORDS = {
    Step.ZERO: "is 0 on {day:%Y-%m-%d} after {before:g}, from which it never fell so far; a missing value?",
    Step.POINT: "goes from {before:g} to {after:g} on {day:%Y-%m-%d}; another unit, or a misplaced point?",
    Step.BEYOND: "goes from {before:g} to {after:g} on {day:%Y-%m-%d}, far beyond every step before; a wrong digit?",
    Step.LARGE: "goes from {before:g} to {after:g} on {day:%Y-%m-%d}, more than twice as far as before; a wrong digit?",
}


@dataclass(frozen=True)
class Finding:
    """What is odd, in words with the column, and whether the table is refused for it."""

    words: str
    refused: bool = True


def judge_new_values(one: RequiredFile, was: pd.DataFrame | None, now: pd.DataFrame) -> list[str]:
    """A line a finding on two tables by day, of which the first is None at the first pull; OriginError for what cannot be true."""
    if now.index.nlevels > 1:
        return []
    findings = [finding for bar in one.bars for finding in _bars(bar, was, now)]
    if was is not None:
        findings += _changed_places(one.columns, was, now)
        findings += [finding for column in one.columns for finding in _column(column, was, now)]
    for finding in findings:
        if finding.refused and was is not None:
            mark = "" if finding.words.endswith("?") else ";"
            raise OriginError(f"{one.file}, {finding.words}{mark} {ACCEPT} {one.file}")
    return [f"{one.file}, {finding.words}" for finding in findings]


def _numbers(table: pd.DataFrame, name: str | None) -> pd.Series | None:
    return table[name] if name in table and table[name].dtype.kind == "f" else None


def _column(column: RequiredColumn, was: pd.DataFrame, now: pd.DataFrame) -> Iterator[Finding]:
    """The first new value that is odd, and the last one if it has stood too long."""
    old, new = _numbers(was, column.name), _numbers(now, column.name)
    if old is None or new is None or not old.notna().any():
        return
    values = new.dropna()
    values = values[np.isfinite(values.to_numpy()) & ((values.to_numpy() > 0) | (column.basis is not Basis.PRICE))]
    days = pd.DatetimeIndex(values.index)
    fresh = np.asarray(days > pd.Timestamp(str(old.last_valid_index())))
    numbers, daily = values.to_numpy("float64"), column.every is Every.DAY
    if not fresh.any():
        return
    steps = unusual_steps(numbers, column.basis, percent=column.percent, daily=daily)
    odd = np.flatnonzero(fresh & (steps != Step.NONE))
    odd = odd[[not (column.doubted and steps[place] is Step.LARGE) for place in odd]] if len(odd) else odd
    for place in odd[:1]:
        words = WORDS[steps[place]].format(day=days[place], before=numbers[place - 1], after=numbers[place])
        yield Finding(f"column {column.name}: {words}", refused=steps[place] is not Step.LARGE)
    count = int(frozen_runs(numbers)[-1]) if daily else 0
    if count:
        yield Finding(f"column {column.name}: is {numbers[-1]:g} on {count} days in a row, to {days[-1]:%Y-%m-%d}; a frozen feed?", False)


def _changed_places(columns: Sequence[RequiredColumn], was: pd.DataFrame, now: pd.DataFrame) -> Iterator[Finding]:
    """A column that holds what another one held, where many of its values are others than before."""
    days = was.index.intersection(now.index)
    names = [name for name in was.columns if _numbers(was, name) is not None and _numbers(now, name) is not None]
    old, new = was.loc[days, names], now.loc[days, names]
    for column, other in product((column.name for column in columns if column.name in names), names):
        if column == other:
            continue
        one, two, held = (table.to_numpy("float64") for table in (old[column], new[column], old[other]))
        differ = relative(one, two) > SAME
        if differ.sum() >= HANDFUL and (relative(held, two) <= SAME)[differ].mean() > MOST:
            yield Finding(f"column {column}: holds on {int(differ.sum())} days what column {other} held; have they changed places?")


def _bars(bar: Bar, was: pd.DataFrame | None, now: pd.DataFrame) -> Iterator[Finding]:
    """Highs below lows, and opens and closes outside of them, in the rows that are new."""
    high, low, close = (_numbers(now, name) for name in (bar.high, bar.low, bar.close))
    if high is None or low is None:
        return
    old = None if was is None else _numbers(was, bar.close)
    last = None if old is None else old.last_valid_index()
    fresh = np.asarray(now.index > last) if last is not None else np.ones(len(now), dtype=bool)
    ranged = fresh & (high > 0).to_numpy() & (low > 0).to_numpy()
    upside = ranged & (high < low).to_numpy()
    if upside.any():
        day = now.index[upside][0]
        yield Finding(f"column {bar.high}: {high[day]:g} on {day:%Y-%m-%d} is below the low, {low[day]:g}, in column {bar.low}")
    for name, price in ((bar.close, close), (bar.open, _numbers(now, bar.open))):
        if price is None:
            continue
        outside = ranged & ~upside & ((price > high * (1 + OUTSIDE)) | ((price < low * (1 - OUTSIDE)) & (price > 0))).to_numpy()
        if outside.any():
            day = now.index[outside][0]
            where = f"outside of the low and the high, {low[day]:g} to {high[day]:g}"
            yield Finding(f"column {name}: {price[day]:g} on {day:%Y-%m-%d} lies {where}; is a digit wrong?", refused=False)
