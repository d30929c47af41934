"""What people argue about, as tables of at most 100 columns."""

import textwrap
from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.report.text.console import plain_table, show_notes
from forecast.runs.contrasts.answer import FALL, PRINTED, Contrasts, StateContrast, StateShares

MARK = "*"
NAME, COUNT, SHARE = 27, 8, 14  # columns wide, so that the tables stand below one another as one


def show_contrasts(screen: Console, contrasts: Contrasts) -> None:
    """Every surge, then each thing that people say with its two states, their difference and the verdict; the present state is marked."""
    screen.print(Text("What people argue about", style="italic"))
    show_notes(screen, contrast_notes(contrasts, MARK))
    headings = ("", "episodes", *(f"fall of {contrasts.fall:.0%}" if name == FALL else name for name in PRINTED))
    table = _table(headings)
    _state(table, contrasts.every, " ")
    screen.print(table)
    for number, one in enumerate(contrasts.contrasts, start=1):
        _show(screen, number, one)
    screen.print(Text(contrasts.caution + "\n"))


def contrast_notes(contrasts: Contrasts, mark: str) -> list[str]:
    """What the figures are, what `mark` marks, and what `too few to tell` means."""
    others = len(contrasts.markets) - 1
    beside = f" and {others} other {'market' if others == 1 else 'markets'}" if others else ""
    return [
        f"Settled surges of {contrasts.markets[0]}{beside} since {contrasts.since}, described and not predicted: percent that each "
        f"outcome followed within {contrasts.horizon} sessions, at a barrier, and a fall of {contrasts.fall:.0%}, as far in their own "
        f"volatility as today's, each with its {contrasts.level:.0%} interval. Episodes are independent ones. {mark} marks the state of "
        "today's surge.",
        f"Too few to tell: fewer than {contrasts.least_episodes:g} episodes in a state, or an interval of the difference that holds nil "
        f"and reaches beyond {100 * contrasts.wide:.0f} points. No difference: one that holds nil and does not.",
    ]


def _show(screen: Console, number: int, one: StateContrast) -> None:
    judged = "" if one.measured != FALL else " (judged by the fall)"
    screen.print(Text(f"{number}. {one.says}: ", style="").append(f"{one.words}{judged}", style="bold"))
    if one.lacks:
        screen.print(Text(f"   no {', '.join(one.lacks)}\n", style="dim"))
        return
    table = _table(None)
    for state in (one.first, one.second):
        _state(table, state, MARK if state.today else " ")
    if one.difference is not None and one.interval is not None:
        table.add_row("  difference", "", *_cells(one.difference, one.interval, "+.0f"), style="dim")
    screen.print(table)
    lines = textwrap.wrap(one.standing, screen.width, initial_indent="   ", subsequent_indent="   ")
    screen.print(Text("\n".join([*lines, ""]), style="dim"))


def _table(headings: tuple[str, ...] | None) -> Table:
    table = plain_table(None, headings or ("",) * (2 + len(PRINTED)), show_header=headings is not None, box=None)
    for column, width in zip(table.columns, (NAME, COUNT, *(SHARE,) * len(PRINTED)), strict=True):
        column.min_width = width
    return table


def _state(table: Table, state: StateShares, mark: str) -> None:
    cells = [""] * len(PRINTED) if state.shares is None or state.interval is None else _cells(state.shares, state.interval, ".0f")
    table.add_row(f"{mark} {state.name}", f"{state.episodes:.0f}", *cells, style="bold" if state.today else None)


def _cells(values: Mapping[str, float], interval: Mapping[str, tuple[float, float]], form: str) -> list[str]:
    """28 [20, 38], in the order of print."""
    return [f"{_points(values[name], form)} \\[{', '.join(_points(end, form) for end in interval[name])}]" for name in PRINTED]


def _points(share: float, form: str) -> str:
    return format(round(100 * share) + 0, form)  # no minus before nil
