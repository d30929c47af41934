"""The morning sheet on a screen of at most 100 columns."""

from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.text import Text

from forecast.report.markets.change import became
from forecast.report.markets.market_row import LastSurge, MarketRow
from forecast.report.markets.morning_sheet import MorningSheet
from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.cells import shortened
from forecast.report.text.console import plain_table, show_notes

NAME = 24  # letters of a market
ORDER = "/".join(PRINT_ORDER)
HEADINGS = ("market", "surge", "sigma", "forecast", "base rate", "fall 5 %", "skill")


def show_sheet(screen: Console, sheet: MorningSheet, *, quiet: bool = False) -> None:
    """Markets in a surge today, the others with their last surge, and a line on each that failed; `quiet` leaves the second out."""
    _show(screen, sheet, f"In a surge as of {sheet.as_of or 'today'}: {ORDER} in %", sheet.surges, news=True)
    if not sheet.surges:
        screen.print("No market is in a surge today.")
    if not quiet:
        _show(screen, sheet, f"The others, their last surge, forecast as of its own close: {ORDER} in %", sheet.others, news=False)
    show_notes(screen, sheet.problems)


def _show(screen: Console, sheet: MorningSheet, title: str, rows: Sequence[MarketRow], *, news: bool) -> None:
    """`news` : whether the last column is what changed, and else what became of the surge."""
    if not rows:
        return
    names = [_name(sheet, row) for row in rows]
    wrap = (0, 7) if any(name.overflow for name in names) else (7,)
    table = plain_table(title, (*HEADINGS, "since the last sheet" if news else "what became of it"), left=(0, 1, 6, 7), wrap=wrap)
    for row, name in zip(rows, names, strict=True):
        cells = ["none yet", *[""] * 5] if row.surge is None else _cells(row.surge)
        last = sheet.change(row) if news or row.surge is None else became(row.surge)
        table.add_row(name, *cells, last)
    screen.print(table)


def _name(sheet: MorningSheet, row: MarketRow) -> Text:
    """Cut to NAME letters; that of a variant, which is told by its end, is folded instead."""
    title = sheet.title(row)
    return Text(shortened(title, NAME)) if title == row.market else Text(title, overflow="fold")


def _cells(surge: LastSurge) -> list[str]:
    fall = "" if surge.pullback is None else f"{surge.pullback:.0%}"
    skill = "shown" if surge.demonstrated else "unproven"
    return [surge.session, f"{surge.sigmas:.1f}", _in_order(surge.probabilities), _in_order(surge.base_rate), fall, skill]


def _in_order(probabilities: Mapping[str, float]) -> str:
    """Whole per cent in the order of print: 45/19/36."""
    return "/".join(f"{100 * probabilities[name]:.0f}" for name in PRINT_ORDER)
