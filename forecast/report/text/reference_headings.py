"""References and rivals as headings of tables have room for them, and the notes that say what headings mean."""

import textwrap
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY
from forecast.report.evaluation.evaluation import QuestionEvaluation
from forecast.report.text.cells import shortened
from forecast.report.text.console import plain_table

SHOWN = 3  # references that a table has room for: the base rate, climatology and a rival
NAMES = {BASE_RATE: "base rate", CLIMATOLOGY: "climatology", "ewma": "EWMA", "garch": "GJR"}
LONGEST = 8  # letters of a rival's name in a heading


def references(evaluation: QuestionEvaluation) -> tuple[str, ...]:
    """What skill is shown over: the base rate, climatology and the first rival."""
    return (BASE_RATE, CLIMATOLOGY, *evaluation.rivals)[:SHOWN]


def heading(name: str) -> str:
    """A reference as a heading has room for it."""
    return NAMES.get(name) or shortened(name, LONGEST)


def skill_headings(names: Sequence[str]) -> list[str]:
    """Two headings a reference: the skill over it, and its t."""
    return [text for name in names for text in (f"skill over\n{heading(name)}", "t")]


def full_names(names: Sequence[str]) -> list[str]:
    """A line with the full names of those that headings shorten; none if they shorten none."""
    cut = [f"{heading(name)} is {name}" for name in names if name not in NAMES and len(name) > LONGEST]
    return [f"In the headings, from the left: {', '.join(cut)}."] if cut else []


def worded_table(title: str, *headings: str, left: Sequence[int] = (0,), wrap: Sequence[int] = ()) -> Table:
    """A table whose headings may have two lines, as narrow as it can be."""
    return plain_table(title, headings, left=left, wrap=wrap, padding=(0, 0))


def explain(screen: Console, meanings: Mapping[str, str]) -> None:
    """A line a column: its heading, and what it means."""
    width = max(map(len, meanings), default=0) + 2
    for name, meaning in meanings.items():
        lines = textwrap.wrap(meaning, screen.width - 2, initial_indent=f"{name:<{width}}", subsequent_indent=" " * width)
        screen.print(Text("\n".join(f" {line}" for line in lines), style="dim"))
