"""From the name of an origin to a panel: `bundled`, or a folder of files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from features.indices import Index
from features.inputs import Companion, Input
from features.panel import Panel, build_panel

BUNDLED = "bundled"
OF_THE_INDEX = ("small", "small_open", "small_high", "small_low", "small_before")  # what a market says of the index asked about


def load_panel(data: str, inputs: Mapping[str, Input], *, market: str, exchange: str) -> Panel:
    """The panel of `data`: BUNDLED, or the path of a folder read as `inputs` say; InputError for what cannot be read.

    market, exchange : names for a folder's index; bundled data name their own.
    """
    if data == BUNDLED:
        from features.sources import bundled

        return build_panel(bundled.load())
    from features.sources import files

    raw, absent = files.load(Path(data), inputs, market=market, exchange=exchange)
    panel = build_panel(raw)
    return replace(panel, notes=absent + panel.notes)


def load_companions(data: str, companions: Mapping[str, Companion]) -> tuple[list[Index], tuple[str, ...]]:
    """The indices to learn from, and lines on those that are not to be had; BUNDLED data have none."""
    if data == BUNDLED or not companions:
        return [], ()
    from features.sources import indices

    return indices.load(Path(data), companions)


def load_panel_of(data: str, inputs: Mapping[str, Input], label: str, column: str, spec: Companion, *, exchange: str) -> Panel:
    """The panel of the folder `data` with an index of [companions.`label`] asked about in the place of the one that `inputs` name.

    The other inputs stay, but those that are that very index. InputError, one line, for what cannot be read.
    """
    from features.sources import files, indices

    name = indices.name_of(label, column, spec)
    raw, absent = files.load(Path(data), shared_inputs(inputs, spec.file, column), market=name, exchange=exchange)
    panel = build_panel(replace(raw, series={**raw.series, **indices.as_target(Path(data), label, column, spec)}))
    return replace(panel, notes=absent + panel.notes)


def shared_inputs(inputs: Mapping[str, Input], file: str, column: str) -> dict[str, Input]:
    """`inputs` without what they say of the index asked about, and without what is read from `column` of `file`."""
    kept = {}
    for label, spec in inputs.items():
        columns = {name: read for name, read in spec.columns.items() if name not in OF_THE_INDEX and (spec.file, read) != (file, column)}
        if columns:
            kept[label] = spec.model_copy(update={"columns": columns})
    return kept
