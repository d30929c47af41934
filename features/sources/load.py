"""From the name after `--data` to panels: the bundled data, a folder of files, or what was downloaded."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from features.files.folder import Folder, Tables
from features.panel.indices import Index
from features.panel.inputs import Companion, Input
from features.panel.panel import Panel, build_panel

BUNDLED, LIVE = "bundled", "live"
OF_THE_TARGET = ("small", "small_open", "small_high", "small_low", "small_before")  # what a market says of its target index


@dataclass(frozen=True)
class DataSource:
    """Where panels and companions are read from."""

    name: str  # as a run records it
    tables: Tables | None = None  # None for the bundled data
    notes: tuple[str, ...] = ()  # lines that a reader of the panel should see

    @property
    def is_bundled(self) -> bool:
        return self.tables is None


def open_data(data: str | Path | DataSource) -> DataSource:
    """The source of that name, BUNDLED or the path of a folder; InputError for a folder that is missing."""
    if isinstance(data, DataSource):
        return data
    return DataSource(BUNDLED) if data == BUNDLED else DataSource(str(Path(data).resolve()), Folder(Path(data)))


def load_panel(data: str | Path | DataSource, inputs: Mapping[str, Input], *, market: str, exchange: str) -> Panel:
    """The panel of a source.

    Parameters
    ----------
    data : str, Path or DataSource
        BUNDLED, a folder, or a source that is open.
    inputs : mapping of str to Input
        How its tables are read; bundled data do not read them.
    market, exchange : str
        Names of the target index and its calendar; bundled data bring their own.

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
    if source.tables is None:
        from features.sources import bundled

        return build_panel(bundled.load())
    from features.sources.market import load_market

    raw, absent = load_market(source.tables, inputs, market=market, exchange=exchange)
    panel = build_panel(raw)
    return replace(panel, notes=tuple(dict.fromkeys((*source.notes, *absent, *panel.notes))))


def load_companions(
    data: str | Path | DataSource, companions: Mapping[str, Companion], *, exchange: str | None = None
) -> tuple[list[Index], tuple[str, ...]]:
    """The indices to learn from, and a line for each that is missing; bundled data have none. `exchange` is the market's."""
    tables = open_data(data).tables if companions else None
    if tables is None:
        return [], ()
    from features.sources.companions import companion_indices

    return companion_indices(tables, companions, exchange=exchange)


def load_panel_of(
    data: str | Path | DataSource, inputs: Mapping[str, Input], label: str, column: str, spec: Companion, *, exchange: str
) -> Panel:
    """The panel whose target is an index of [companions.`label`]; `inputs` lose their own target, and this index."""
    from features.sources.companions import companion_as_target, companion_name
    from features.sources.market import load_market

    tables = open_data(data).tables
    assert tables is not None  # bundled data have no companions
    name, exchange = companion_name(label, column, spec), spec.exchange or exchange
    raw, absent = load_market(tables, shared_inputs(inputs, spec.file, column), market=name, exchange=exchange)
    target = companion_as_target(tables, label, column, spec, exchange=exchange)
    panel = build_panel(replace(raw, series={**raw.series, **target}))
    return replace(panel, notes=absent + panel.notes)


def shared_inputs(inputs: Mapping[str, Input], file: str, column: str) -> dict[str, Input]:
    """`inputs` without the target's own series, and without what is read from `column` of `file`."""
    shared = {}
    for label, spec in inputs.items():
        columns = {name: read for name, read in spec.columns.items() if name not in OF_THE_TARGET and (spec.file, read) != (file, column)}
        if columns:
            shared[label] = spec.model_copy(update={"columns": columns})
    return shared
