"""The lines of a diagnosis, part by part."""

import textwrap
from itertools import groupby

from rich.console import Console
from rich.text import Text

from forecast.cli.diagnosis.health_check import Diagnosis, State

STYLE = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "bold red"}
SUBJECT = 22  # columns


def show_diagnosis(screen: Console, diagnosis: Diagnosis, *, only_faults: bool = False) -> None:
    """A line a finding under the heading of its part, then whether a training can run.

    only_faults : leave out what is as it should be.
    """
    shown = [item for item in diagnosis.findings if not only_faults or item.state is not State.OK]
    for part, items in groupby(shown, key=lambda item: item.part):
        screen.print(Text(part, style="bold"))
        for item in items:
            margin = " " * (SUBJECT + 11)
            wrapped = textwrap.wrap(item.said, max(30, screen.width - len(margin))) or [""]
            line = Text("  ").append(f"{item.state.value:<8}", style=STYLE[item.state]).append(f"{item.subject:<{SUBJECT}} ")
            screen.print(line.append(f"\n{margin}".join(wrapped)), soft_wrap=True)
    lacking = sum(item.state is State.MISSING for item in diagnosis.findings)
    screen.print("A training can run." if diagnosis.ready else f"A training cannot run: {lacking} missing, see above.")
