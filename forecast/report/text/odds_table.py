"""Rate odds as tables of at most 100 columns."""

import numpy as np
from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.rates.decision_day import DecisionDay
from features.rates.distribution import STEP, Distribution
from features.rates.fedwatch import Odds
from forecast.report.text.console import plain_table, show_notes

RANGES = 12  # columns of ranges that fit beside the meeting; the rest is gathered in the outermost
SHOWN = 0.0005  # the least probability that is printed: what rounds to 0.1 percent
MARK = "*"
DAY_OF_DECISION = {
    DecisionDay.BEFORE: "the new rate holds from the next day",
    DecisionDay.AFTER: "the new rate holds from that day on",
    None: "",
}


def show_odds(screen: Console, odds: Odds) -> None:
    """The range in force, the odds by meeting and range, the moves that the prices imply, and doubts."""
    screen.rule(Text(f"Rate odds, {odds.on:%Y-%m-%d}", style="bold"))
    screen.print(Text(_head(odds)))
    screen.print(_ranges(odds))
    screen.print(_changes(odds))
    for move in odds.moves:
        show_notes(screen, [f"{MARK} {move.meeting.day:%Y-%m-%d}: {flag}" for flag in move.flags])
    show_notes(screen, odds.notes)


def _head(odds: Odds) -> str:
    target = f"{odds.lower:.2f}" if odds.lower == odds.upper else f"{odds.lower:.2f} to {odds.upper:.2f}"
    if odds.rule is None:
        return f"Target in force {target} percent; probabilities as published."
    where = "the target" if odds.lower == odds.upper else "the middle of the range"
    return (
        f"Target in force {target} percent; the prices say {odds.rate:.3f} now, {odds.offset:+.1f} basis points from {where}.\n"
        f"Rule {odds.rule}: the futures' month averages, meetings independent, moves split between multiples of 25 basis points.\n"
        f"The day of a decision counts {odds.decision_day} it: {DAY_OF_DECISION[odds.decision_day]}."
    )


def _ranges(odds: Odds) -> Table:
    bounds, width = _bounds(odds), odds.distributions[0].width
    headings = [_heading(bound, width, place, len(bounds), odds) for place, bound in enumerate(bounds)]
    table = plain_table("Probability of each target range after the meeting, percent", ("meeting", *headings))
    for meeting, each in zip(_meetings(odds), odds.distributions, strict=True):
        table.add_row(meeting, *(_percent(chance) for chance in _gathered(each, bounds)))
    return table


def _meetings(odds: Odds) -> list[str]:
    """The days of the meetings, those to doubt with a MARK."""
    marks = [MARK if move.flags else "" for move in odds.moves] or [""] * len(odds.distributions)
    return [f"{each.meeting:%Y-%m-%d}{mark}" for each, mark in zip(odds.distributions, marks, strict=True)]


def _bounds(odds: Odds) -> np.ndarray:
    """Lower bounds of the columns, basis points: those that matter and the one in force, at most RANGES about the middle of the mass."""
    shown = [lower for each in odds.distributions for lower, chance in zip(each.lower, each.probabilities, strict=True) if chance >= SHOWN]
    first, last = min([*shown, odds.distributions[0].current]), max([*shown, odds.distributions[0].current])
    bounds = first + STEP * np.arange(round((last - first) / STEP) + 1)
    mass = np.array([sum(each.probability(bound) for each in odds.distributions) for bound in bounds])
    while len(bounds) > RANGES:
        lighter = slice(1, None) if mass[0] <= mass[-1] else slice(None, -1)
        bounds, mass = bounds[lighter], mass[lighter]
    return bounds


def _heading(bound: float, width: float, place: int, count: int, odds: Odds) -> Text:
    """The range over two lines, `now` below the one in force; the outermost gather what lies beyond them."""
    lower, upper = f"{bound / 100:.2f}", f"{(bound + width) / 100:.2f}"
    text = f"{lower}" if width == 0 else f"{lower}\n{upper}"
    if place in (0, count - 1) and any(_mass_beyond(each, bound, low=place == 0) >= SHOWN for each in odds.distributions):
        text = ("≤" if place == 0 else "≥") + text
    if abs(bound - odds.distributions[0].current) >= 1:
        return Text(text)
    return Text(f"{text}\nnow", style="bold")


def _mass_beyond(each: Distribution, bound: float, *, low: bool) -> float:
    outside = each.lower < bound - 1 if low else each.lower > bound + 1
    return float(each.probabilities[outside].sum())


def _gathered(each: Distribution, bounds: np.ndarray) -> list[float]:
    chances = [each.probability(bound) for bound in bounds]
    chances[0] += _mass_beyond(each, bounds[0], low=True)
    chances[-1] += _mass_beyond(each, bounds[-1], low=False)
    return chances


def _percent(chance: float) -> str:
    return f"{100 * chance:.1f}" if chance >= SHOWN else "·"


def _changes(odds: Odds) -> Table:
    """Each meeting against the target in force; with the futures' move and its error if there are prices."""
    headings = ["meeting", "cut", "unchanged", "hike", "mean change"]
    if odds.moves:
        headings += ["move", "tick error", "cut, by the rules"]
    table = plain_table("Against the target in force", headings)
    for place, (meeting, each) in enumerate(zip(_meetings(odds), odds.distributions, strict=True)):
        cells = [f"{100 * chance:.1f} %" for chance in (each.p_cut, each.p_unchanged, each.p_hike)] + [f"{each.mean_change:+.1f} bp"]
        if odds.moves:
            move = odds.moves[place]
            low, high = (100 * chance for chance in move.between)
            cells += [f"{move.move:+.1f} bp", f"{move.error:.2f} bp", f"{low:.1f} to {high:.1f} %"]
        table.add_row(meeting, *cells)
    return table
