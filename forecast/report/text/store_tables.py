"""The store of live data as tables of at most 100 columns: what was pulled, is held, has changed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from features.live.store.export import ExportedFile
from features.live.store.inspection import Difference, PlannedFile, StoreCheck, StoredFile
from features.live.store.open_live import now
from features.live.store.pull_log import Pull
from features.live.store.store import Store
from features.live.store.timestamps import age
from features.live.store.vintage import SUFFIX
from forecast.report.text.cells import shortened
from forecast.report.text.console import plain_table, show_notes

FILE = 30  # letters of a file's name


def show_planned(screen: Console, planned: Sequence[PlannedFile], store: Store) -> None:
    """What a pull would ask each origin for, a line a file; nothing was pulled yet."""
    screen.print(f"{store.folder}: no pull yet. `data pull` would ask for:", soft_wrap=True, markup=False)
    table = plain_table(None, ("file", "origin", "asks for"), left=range(3), wrap=(2,))
    for file in planned:
        table.add_row(_name(file.file), file.origin, escape(file.asks))
    screen.print(table)
    addresses = {file.origin: file.address for file in planned}
    for origin, address in addresses.items():
        where = f"is not asked: no {origin} in [live.origins] of the experiment" if address is None else f"at {address}"
        screen.print(f"  {origin:<9}{where}", soft_wrap=True, markup=False, highlight=False)


def show_held(screen: Console, holdings: Sequence[StoredFile], store: Store) -> None:
    """A line a file, and below it why an origin gives nothing now."""
    headings = ("file", "origin", "first", "last", "rows", "vintages", "last had")
    table = plain_table(f"{store.folder}, {len(store.pulls())} pulls", headings, left=range(4))
    for file in holdings:
        had = "never" if file.checked is None else f"{age(now() - file.checked)} ago"
        cells = (_name(file.file), file.origin, file.first or "-", file.last or "-", f"{file.rows}", f"{file.vintages}", had)
        table.add_row(*cells)
    screen.print(table)
    show_notes(screen, [_with(file.file, file.fault) for file in holdings if file.fault])
    show_notes(screen, [f"Files that have no origin, or add to one, are dropped into {store.dropped}"])


def show_pull(screen: Console, pull: Pull, *, quiet: bool) -> None:
    """A line a file: whether it is new, and what changed; then what could not be had."""
    if not quiet:
        table = plain_table(f"Pulled {pull.moment:%Y-%m-%d %H:%M} UTC", ("file", "state", "values"), left=range(3), wrap=(2,))
        for item in pull.items.values():
            table.add_row(_name(item.file), item.state, escape(str(item.change)) if item.fault is None else "")
        screen.print(table)
        show_notes(screen, [note for item in pull.items.values() for note in item.notes])
    show_notes(screen, [_with(item.file, item.fault) for item in pull.items.values() if item.fault])


def show_checked(screen: Console, result: StoreCheck) -> None:
    """How much was checked, and what is wrong with it."""
    damage = "all whole" if not result.damaged else f"{len(result.damaged)} damaged"
    screen.print(f"{result.vintages} vintages, {result.bodies} bodies, {result.pulls} pulls: {damage}")
    show_notes(screen, [*result.damaged, *result.doubts])


def show_differences(screen: Console, changes: Sequence[Difference], start: datetime, end: datetime | None) -> None:
    """A line a file that differs."""
    span = f"{start:%Y-%m-%d %H:%M:%S} UTC to {'now' if end is None else f'{end:%Y-%m-%d %H:%M:%S} UTC'}"
    if not changes:
        screen.print(f"Nothing changed from {span}.")
        return
    table = plain_table(f"Changed from {span}", ("file", "values"), left=range(2), wrap=(1,))
    for change in changes:
        table.add_row(_name(change.file), escape(str(change.change)))
    screen.print(table)


def show_exported(screen: Console, exports: Sequence[ExportedFile], folder: Path) -> None:
    """A line a file, and what to do with them."""
    table = plain_table("Exported", ("file", "of the vintage", "rows"), left=range(2))
    for file in exports:
        table.add_row(_name(file.file), file.vintage.removesuffix(SUFFIX), f"{file.rows}")
    screen.print(table)
    show_notes(screen, [f"train from it with --data {folder}"])


def _name(file: str) -> str:
    return escape(shortened(file, FILE))


def _with(file: str, fault: str) -> str:
    return fault if file in fault else f"{file}: {fault}"
