"""The console that people read: plain notes, at most 100 columns."""

import textwrap
from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console
from rich.text import Text

from forecast.report.text.pipe import NobodyReads

WIDTH = 100


class Screen(Console):
    """A console that leaves it to the command line what to do when nobody reads."""

    def on_broken_pipe(self) -> NoReturn:
        """NobodyReads, where rich would end the program."""
        raise NobodyReads


def console(stderr: bool = False) -> Console:
    """A console of at most WIDTH columns; colours only on a terminal, and not where NO_COLOR is set."""
    wide = Screen(stderr=stderr)
    return Screen(stderr=stderr, width=min(WIDTH, wide.width) if wide.is_terminal else WIDTH, highlight=False)


def show_notes(screen: Console, notes: Iterable[str]) -> None:
    """One wrapped line a note."""
    for note in notes:
        screen.print(Text("\n".join(textwrap.wrap(note, screen.width - 2, initial_indent="· ", subsequent_indent="  ")), style="dim"))
