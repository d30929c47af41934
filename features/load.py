"""From the name of an origin to a panel: `bundled`, or a folder of files."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from features.indices import Index
from features.inputs import Companion, Input
from features.panel import Panel, build_panel

BUNDLED = "bundled"


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
