"""The console that people read: lines, notes and tables of at most 100 columns."""

import textwrap
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

WIDTH = 100
NOTES_SHOWN = 3


class Screen(Console):
    """A console that raises BrokenPipeError when nobody reads, where rich would end the program."""

    def on_broken_pipe(self) -> NoReturn:
        """Called by rich when the other end of the pipe is closed."""
        raise BrokenPipeError


def console(stderr: bool = False) -> Console:
    """A console of at most WIDTH columns; colours only on a terminal, and not if NO_COLOR is set."""
    wide = Screen(stderr=stderr)
    return Screen(stderr=stderr, width=min(WIDTH, wide.width) if wide.is_terminal else WIDTH, highlight=False)


def show_notes(screen: Console, notes: Iterable[str]) -> None:
    """One wrapped line a note."""
    for note in notes:
        screen.print(Text("\n".join(textwrap.wrap(note, screen.width - 2, initial_indent="· ", subsequent_indent="  ")), style="dim"))


def show_first_notes(screen: Console, notes: Sequence[str], *, full: bool = False) -> None:
    """The first notes, each cut to one line, and how many more there are; all of them, wrapped, if `full`."""
    if full:
        show_notes(screen, notes)
        return
    for note in notes[:NOTES_SHOWN]:
        screen.print(Text(f"· {note}", style="dim"), no_wrap=True, overflow="ellipsis")
    if len(notes) > NOTES_SHOWN:
        screen.print(Text(f"  {len(notes) - NOTES_SHOWN} more with --full, and in the report", style="dim"))


def show_line(screen: Console, label: str, value: object) -> None:
    """`label: value` on one line, however long, so that a path can be copied."""
    screen.print(f"{label}: {value}", soft_wrap=True, markup=False)


def plain_table(
    title: str | None, headings: Sequence[str | Text], *, left: Sequence[int] = (0,), wrap: Sequence[int] = (), **options: Any
) -> Table:
    """A table without frames: the columns at `left` flush left, the others right; only the columns at `wrap` may wrap.

    Brackets in title and headings are no markup. `options` are those of rich's Table.
    """
    table = Table(**({"title": title and escape(title), "title_justify": "left", "box": SIMPLE_HEAD, "padding": (0, 1, 0, 0)} | options))
    for place, heading in enumerate(headings):
        header = escape(heading) if isinstance(heading, str) else heading
        table.add_column(header, justify="left" if place in left else "right", no_wrap=place not in wrap)
    return table
