"""The lines of a diagnosis, part by part."""

import textwrap
from itertools import groupby

from rich.console import Console
from rich.text import Text

from forecast.cli.diagnosis.health_check import Diagnosis, State

STYLE = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "bold red"}
SUBJECT = 22  # columns


def show_diagnosis(screen: Console, diagnosis: Diagnosis, *, only_faults: bool = False) -> None:
    """A line a health check under the heading of its part, then whether a training can run; `only_faults` leaves out what is `ok`."""
    shown = [check for check in diagnosis.checks if not only_faults or check.state is not State.OK]
    margin = " " * (SUBJECT + 11)
    for part, checks in groupby(shown, key=lambda check: check.part):
        screen.print(Text(part, style="bold"))
        for check in checks:
            wrapped = textwrap.wrap(check.message, max(30, screen.width - len(margin))) or [""]
            line = Text("  ").append(f"{check.state.value:<8}", style=STYLE[check.state]).append(f"{check.subject:<{SUBJECT}} ")
            screen.print(line.append(f"\n{margin}".join(wrapped)), soft_wrap=True)
    missing = sum(check.state is State.MISSING for check in diagnosis.checks)
    screen.print("A training can run." if diagnosis.ready else f"A training cannot run: {missing} missing, see above.")
