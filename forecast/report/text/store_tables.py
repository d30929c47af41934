"""Store tables: what was pulled, is held, has changed, for a person, at most 100 columns wide."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from features.live.store.export import Exported
from features.live.store.inspection import Difference, StoreCheck, StoredFile
from features.live.store.open_live import now
from features.live.store.pull_log import Pull
from features.live.store.store import Store
from features.live.store.timestamps import age
from features.live.store.vintage import SUFFIX
from forecast.report.text.console import show_notes

FILE = 30  # letters of a file's name


def show_held(screen: Console, found: Sequence[StoredFile], store: Store) -> None:
    """A line a file, and below it why an origin gives nothing now."""
    table = _table(f"{store.folder}, {len(store.pulls())} pulls", ("file", "origin", "first", "last"), ("rows", "vintages", "last had"))
    for held in found:
        had = "never" if held.checked is None else f"{age(now() - held.checked)} ago"
        told = (_name(held.file), held.origin, held.first or "-", held.last or "-", f"{held.rows}", f"{held.vintages}", had)
        table.add_row(*told)
    screen.print(table)
    show_notes(screen, [_with(held.file, held.fault) for held in found if held.fault])
    show_notes(screen, [f"Files that have no origin, or add to one, are dropped into {store.dropped}"])


def show_pull(screen: Console, found: Pull, *, quiet: bool) -> None:
    """A line a file: whether it is new, and what changed; then what could not be had."""
    if not quiet:
        table = _table(f"Pulled {found.moment:%Y-%m-%d %H:%M} UTC", ("file", "state", "values"), ())
        for item in found.items.values():
            table.add_row(_name(item.file), item.state, escape(str(item.change)) if item.fault is None else "")
        screen.print(table)
        show_notes(screen, [note for item in found.items.values() for note in item.notes])
    show_notes(screen, [_with(item.file, item.fault) for item in found.items.values() if item.fault])


def show_checked(screen: Console, found: StoreCheck) -> None:
    """What was looked at, and what is wrong with it."""
    whole = "all whole" if not found.damaged else f"{len(found.damaged)} damaged"
    screen.print(f"{found.vintages} vintages, {found.bodies} bodies, {found.pulls} pulls: {whole}")
    show_notes(screen, [*found.damaged, *found.doubts])


def show_differences(screen: Console, found: Sequence[Difference], start: datetime, end: datetime | None) -> None:
    """A line a file that differs."""
    span = f"{start:%Y-%m-%d %H:%M:%S} UTC to {'now' if end is None else f'{end:%Y-%m-%d %H:%M:%S} UTC'}"
    if not found:
        screen.print(f"Nothing changed from {span}.")
        return
    table = _table(f"Changed from {span}", ("file", "values"), ())
    for each in found:
        table.add_row(_name(each.file), escape(str(each.change)))
    screen.print(table)


def show_exported(screen: Console, found: Sequence[Exported], folder: Path) -> None:
    """A line a file, and what to do with them."""
    table = _table("Exported", ("file", "of the vintage"), ("rows",))
    for each in found:
        table.add_row(_name(each.file), each.vintage.removesuffix(SUFFIX), f"{each.rows}")
    screen.print(table)
    show_notes(screen, [f"train from it with --data {folder}"])


def _table(title: str, left: Sequence[str], right: Sequence[str]) -> Table:
    table = Table(title=escape(title), title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for heading in left:
        table.add_column(heading, no_wrap=heading != "values")
    for heading in right:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _name(file: str) -> str:
    return escape(file if len(file) <= FILE else f"{file[: FILE - 1]}…")


def _with(file: str, fault: str) -> str:
    return fault if file in fault else f"{file}: {fault}"
