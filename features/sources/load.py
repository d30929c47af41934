"""From the name after `--data` to panels: the bundled data, a folder of files, or what was downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from features.files.folder import Folder, Tables
from features.panel.indices import Index
from features.panel.panel import Panel, build_panel
from features.panel.raw import RawMarket
from features.sources import bundled
from features.sources.companions import companion_as_target, companion_indices, companion_name
from features.sources.inputs import Companion, IndexValues, Input
from features.sources.market import load_market

BUNDLED, LIVE, IN_MEMORY = "bundled", "live", "in memory"
OF_THE_TARGET = ("small", "small_open", "small_high", "small_low", "small_before")  # what a market says of its target index


@dataclass(frozen=True)
class DataSource:
    """Where panels and companions are read from."""

    name: str  # as a run records it
    tables: Tables
    notes: tuple[str, ...] = ()  # lines that a reader of the panel should see

    def market(self, inputs: Mapping[str, Input], *, name: str, exchange: str) -> tuple[RawMarket, tuple[str, ...]]:
        """The series that `inputs` name, and a line for each that is missing."""
        raw, absent = load_market(self.tables, inputs, market=name, exchange=exchange)
        if self.name == BUNDLED:
            return replace(raw, source=BUNDLED, origin=bundled.ORIGIN), absent
        return (replace(raw, source=IN_MEMORY, origin="tables in memory") if self.name == IN_MEMORY else raw), absent


def is_live(data: str) -> bool:
    """Whether `data` names what is downloaded, as it is now or at another moment."""
    return data == LIVE or data.startswith(f"{LIVE}@")


def open_data(data: str | Path | DataSource) -> DataSource:
    """The source of that name, BUNDLED or the path of a folder; InputError for a folder that is missing."""
    if isinstance(data, DataSource):
        return data
    if data == BUNDLED:
        return DataSource(BUNDLED, Folder(bundled.FOLDER, "among the bundled data"), (bundled.NOTE,))
    return DataSource(str(Path(data).resolve()), Folder(Path(data)))


def load_panel(data: str | Path | DataSource, inputs: Mapping[str, Input], *, market: str, exchange: str) -> Panel:
    """The panel of a source.

    Parameters
    ----------
    data : str, Path or DataSource
        BUNDLED, a folder, or a source that is open.
    inputs : mapping of str to Input
        How its tables are read.
    market, exchange : str
        Names of the target index and its calendar.

    Returns
    -------
    Panel
        With the notes of the source.

    Raises
    ------
    InputError
        For a table, column, date or number that cannot be read.
    """
    source = open_data(data)
    raw, absent = source.market(inputs, name=market, exchange=exchange)
    panel = build_panel(raw)
    return replace(panel, notes=tuple(dict.fromkeys((*source.notes, *absent, *panel.notes))))


def load_companions(
    data: str | Path | DataSource, companions: Mapping[str, Companion], *, exchange: str | None = None
) -> tuple[list[Index], tuple[str, ...]]:
    """The indices to learn from, and a line for each that is missing. `exchange` is the market's."""
    return companion_indices(open_data(data).tables, companions, exchange=exchange) if companions else ([], ())


def load_panel_of(
    data: str | Path | DataSource, inputs: Mapping[str, Input], label: str, column: str, spec: Companion, *, exchange: str
) -> Panel:
    """The panel whose target is an index of [companions.`label`]; `inputs` lose their own target, and this index."""
    source = open_data(data)
    name, exchange = companion_name(label, column, spec), spec.exchange or exchange
    raw, absent = source.market(shared_inputs(inputs, spec.file, column), name=name, exchange=exchange)
    target = companion_as_target(source.tables, label, column, spec, exchange=exchange)
    panel = build_panel(replace(raw, series={**raw.series, **target}, made_of_returns=spec.holds is IndexValues.PERCENT_RETURN))
    return replace(panel, notes=absent + panel.notes)


def shared_inputs(inputs: Mapping[str, Input], file: str, column: str) -> dict[str, Input]:
    """`inputs` without the target's own series, and without what is read from `column` of `file`."""
    shared = {}
    for label, spec in inputs.items():
        columns = {name: read for name, read in spec.columns.items() if name not in OF_THE_TARGET and (spec.file, read) != (file, column)}
        if columns:
            shared[label] = spec.model_copy(update={"columns": columns})
    return shared
