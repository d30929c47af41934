"""The console that people read: plain notes, at most 100 columns."""

import textwrap
from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

WIDTH = 100


def console(stderr: bool = False) -> Console:
    """A console of at most WIDTH columns; colours only on a terminal."""
    wide = Console(stderr=stderr)
    return Console(stderr=stderr, width=min(WIDTH, wide.width) if wide.is_terminal else WIDTH, highlight=False)


def show_notes(screen: Console, notes: Iterable[str]) -> None:
    """One wrapped line a note."""
    for note in notes:
        screen.print(Text("\n".join(textwrap.wrap(note, screen.width - 2, initial_indent="· ", subsequent_indent="  ")), style="dim"))
