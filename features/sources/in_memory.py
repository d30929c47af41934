"""Tables in memory where a folder of files goes: each column under the name that an experiment's [inputs] give it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import InputError, did_you_mean
from features.files.dialect import Dialect
from features.files.frame_table import read_frame
from features.files.table import refuse_without
from features.files.text_table import TextTable
from features.panel.series import SMALL
from features.sources.companions import companion_name
from features.sources.inputs import Companion, Input
from features.sources.load import IN_MEMORY, DataSource

NAME = Path("data")  # what messages call the table, as the argument is called
Column = tuple[str, str]  # a file that an experiment names, and a column of it


class FrameTables:
    """Tables by the names of files; `origins`, of one table for all files, says what messages call a column."""

    place = "among the tables of `data`"

    def __init__(self, tables: Mapping[str, TextTable], origins: Mapping[Column, str], lacking: Mapping[str, frozenset[str]]) -> None:
        self.tables, self.origins, self.lacking = tables, origins, lacking

    def has(self, file: str, where: str) -> bool:
        return file in self.tables

    def lacks(self, file: str) -> frozenset[str]:
        return self.lacking.get(file, frozenset())

    def origin(self, file: str, column: str) -> tuple[Path, str]:
        return (NAME, self.origins.get((file, column), column)) if self.origins else (Path(file), column)

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        table = self.tables[file]
        frame = table.frame if date in table.frame.columns else table.frame.rename(columns={table.date: date})
        refuse_without((date, *columns), [str(name) for name in frame.columns], self.origin(file, date)[0].name)
        return frame


def source_in_memory(
    data: Any, inputs: Mapping[str, Input], companions: Mapping[str, Companion], *, notes: Sequence[str] = ()
) -> DataSource:
    """The tables of an experiment, out of one table or of tables by the names of files.

    Parameters
    ----------
    data : Series, DataFrame, other table, or mapping of str to these
        A Series is the closes of the target. A table has a column a series, by the name of the series (`small`, `large`, `vix`) or by
        that of the column in its file, if it is a column of one file only. Units and lags are those of [inputs].
    inputs, companions : mapping
        Those of the experiment. A companion goes by its own name, or by that of its column.
    notes : sequence of str
        Lines that a reader of the data should see.

    Returns
    -------
    DataSource
        What is not in `data` is missing from it, as a file is from a folder.

    Raises
    ------
    InputError
        For data that are no tables of days, a column that several files have, and a target that is not there.
    """
    if isinstance(data, Mapping):
        return DataSource(IN_MEMORY, FrameTables(_by_file(data, inputs, companions), {}, {}), tuple(notes))
    table = read_frame(data, NAME.name)
    wanted = _wanted(inputs, companions)
    if isinstance(data, pd.Series):
        chosen = {place: str(table.frame.columns[1]) for place, names in wanted.items() if SMALL.name in names}
    else:
        chosen = _chosen(table, wanted)
    return DataSource(IN_MEMORY, _frames(table, chosen, wanted, inputs, companions), tuple(notes))


def _by_file(data: Mapping[str, Any], inputs: Mapping[str, Input], companions: Mapping[str, Companion]) -> dict[str, TextTable]:
    """A table a file; InputError for one that the experiment does not name."""
    lags = [*(spec.lag for spec in inputs.values()), *(spec.lag for spec in companions.values())]
    releases = [lag.releases.file for lag in lags if lag.releases is not None]
    files = dict.fromkeys([*(spec.file for spec in (*inputs.values(), *companions.values())), *releases])
    for name in data:
        if name not in files:
            raise InputError(f"{NAME}: no file {str(name)!r} in [inputs] or [companions]{did_you_mean(str(name), files)}")
    return {name: read_frame(table, name) for name, table in data.items()}


def _wanted(inputs: Mapping[str, Input], companions: Mapping[str, Companion]) -> dict[Column, tuple[str, ...]]:
    """By file and column, the names of what is read from there."""
    wanted: dict[Column, tuple[str, ...]] = {}
    for spec in inputs.values():
        for name, column in spec.columns.items():
            wanted[spec.file, column] = (*wanted.get((spec.file, column), ()), name)
    for label, companion in companions.items():
        for column in companion.columns:
            key = (companion.file, column)
            wanted[key] = (*wanted.get(key, ()), companion_name(label, column, companion))
        for extreme, named in (("high", companion.high), ("low", companion.low)):
            if named is not None:
                wanted[companion.file, named] = (*wanted.get((companion.file, named), ()), f"{label} {extreme}")
    return wanted


def _chosen(table: TextTable, wanted: Mapping[Column, tuple[str, ...]]) -> dict[Column, str]:
    """By file and column, the column of `table` that stands for it; InputError where one could stand for two, and without the target."""
    names = [str(name) for name in table.frame.columns if name != table.date]
    chosen: dict[Column, str] = {}
    for (file, column), series in wanted.items():
        own = next((name for name in series if name in names), None)
        if own is None and column in names:
            rivals = [other for other, named in wanted.items() if other[1] == column and other[0] != file and not set(named) & set(names)]
            if rivals:
                could = f"{series[0]} of {file} and {wanted[rivals[0]][0]} of {rivals[0][0]}"
                raise InputError(f"{NAME}: column {column!r} could be {could}; name the columns {series[0]} and {wanted[rivals[0]][0]}")
            own = column
        if own is not None:
            chosen[file, column] = own
        elif SMALL.name in series:
            near = did_you_mean(column, names, otherwise=f"it has {', '.join(map(repr, names[:8]))}")
            raise InputError(f"{NAME}: no column {column!r} or '{SMALL.name}', the small-cap close{near}")
    return chosen


def _frames(
    table: TextTable,
    chosen: Mapping[Column, str],
    wanted: Mapping[Column, tuple[str, ...]],
    inputs: Mapping[str, Input],
    companions: Mapping[str, Companion],
) -> FrameTables:
    """A table a file, of its columns as far as there are any."""
    tables: dict[str, TextTable] = {}
    lacking: dict[str, frozenset[str]] = {}
    days = {spec.file: spec.date for spec in (*inputs.values(), *companions.values())}
    origins = {(file, column): name for (file, column), name in chosen.items()}
    for file in dict.fromkeys(file for file, _ in chosen):
        columns = {column: table.frame[name] for (other, column), name in chosen.items() if other == file}
        frame = pd.DataFrame({days[file]: table.frame[table.date], **columns})
        tables[file] = TextTable(frame, days[file], table.dialect, table.notes)
        lacking[file] = frozenset(column for other, column in wanted if other == file and column not in columns)
        origins[file, days[file]] = table.date
    return FrameTables(tables, origins, lacking)
