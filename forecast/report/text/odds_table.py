"""Screen: rate odds as tables for a person, at most 100 columns wide."""

import numpy as np
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from features.rates.distribution import STEP, Distribution
from features.rates.fedwatch import Odds
from forecast.report.text.console import show_notes

RANGES = 12  # columns of ranges that fit beside the meeting; the rest is gathered in the outermost
SHOWN = 0.0005  # the least probability that is printed: what rounds to 0.1 percent
MARK = "*"


def show_odds(screen: Console, found: Odds) -> None:
    """The range in force, meeting by target range, what the prices say of each meeting, and what to doubt."""
    screen.rule(Text(f"Rate odds, {found.on:%Y-%m-%d}", style="bold"))
    screen.print(Text(_head(found)))
    screen.print(_ranges(found))
    screen.print(_meetings(found))
    for move in found.moves:
        show_notes(screen, [f"{MARK} {move.meeting.day:%Y-%m-%d}: {flag}" for flag in move.flags])
    show_notes(screen, found.notes)


def _head(found: Odds) -> str:
    target = f"{found.lower:.2f}" if found.lower == found.upper else f"{found.lower:.2f} to {found.upper:.2f}"
    if found.rule is None:
        return f"Target in force {target} percent; probabilities as published."
    where = "the target" if found.lower == found.upper else "the middle of the range"
    return (
        f"Target in force {target} percent; the prices say {found.rate:.3f} now, {found.offset:+.1f} basis points from {where}.\n"
        f"Rule {found.rule}: the futures' month averages, meetings independent, moves split between multiples of 25 basis points."
    )


def _ranges(found: Odds) -> Table:
    table = _table("Probability of each target range after the meeting, percent")
    table.add_column("meeting", no_wrap=True)
    bounds = _bounds(found)
    width = found.distributions[0].width
    for place, bound in enumerate(bounds):
        table.add_column(_heading(bound, width, place, len(bounds), found), justify="right", no_wrap=True)
    for place, each in enumerate(found.distributions):
        marked = MARK if found.moves and found.moves[place].flags else ""
        table.add_row(f"{each.meeting:%Y-%m-%d}{marked}", *(_percent(chance) for chance in _gathered(each, bounds)))
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0))


def _bounds(found: Odds) -> np.ndarray:
    """Lower bounds of the columns, basis points: those that matter and the one in force, at most RANGES about the middle of the mass."""
    shown = [lower for each in found.distributions for lower, chance in zip(each.lower, each.probabilities, strict=True) if chance >= SHOWN]
    first, last = min([*shown, found.distributions[0].current]), max([*shown, found.distributions[0].current])
    bounds = first + STEP * np.arange(round((last - first) / STEP) + 1)
    mass = np.array([sum(each.probability(bound) for each in found.distributions) for bound in bounds])
    while len(bounds) > RANGES:
        lighter = slice(1, None) if mass[0] <= mass[-1] else slice(None, -1)
        bounds, mass = bounds[lighter], mass[lighter]
    return bounds


def _heading(bound: float, width: float, place: int, count: int, found: Odds) -> Text:
    """The range over two lines, `now` below the one in force; the outermost gather what lies beyond them."""
    lower, upper = f"{bound / 100:.2f}", f"{(bound + width) / 100:.2f}"
    beyond = [each for each in found.distributions for at in each.lower if (at < bound - 1 if place == 0 else at > bound + 1)]
    end = place in (0, count - 1) and any(_mass_beyond(each, bound, low=place == 0) >= SHOWN for each in beyond)
    text = f"{lower}" if width == 0 else f"{lower}\n{upper}"
    if end:
        text = ("≤" if place == 0 else "≥") + text
    if abs(bound - found.distributions[0].current) >= 1:
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


def _meetings(found: Odds) -> Table:
    table = _table("Against the target in force")
    headings = ["cut", "unchanged", "hike", "mean change"]
    if found.moves:
        headings += ["move", "tick error", "cut, by the rules"]
    table.add_column("meeting", no_wrap=True)
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    for place, each in enumerate(found.distributions):
        cells = [f"{100 * chance:.1f} %" for chance in (each.p_cut, each.p_unchanged, each.p_hike)] + [f"{each.mean_change:+.1f} bp"]
        marked = ""
        if found.moves:
            move = found.moves[place]
            low, high = (100 * chance for chance in move.between)
            cells += [f"{move.move:+.1f} bp", f"{move.error:.2f} bp", f"{low:.1f} to {high:.1f} %"]
            marked = MARK if move.flags else ""
        table.add_row(f"{each.meeting:%Y-%m-%d}{marked}", *cells)
    return table
