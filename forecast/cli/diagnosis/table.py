"""A diagnosis on the screen: its answer, what is off and what would switch it on, what is there."""

import textwrap
from collections.abc import Iterable
from itertools import groupby

from rich.console import Console
from rich.text import Text

from forecast.cli.diagnosis.health_check import Diagnosis, HealthCheck, State

STYLE = {State.OK: "green", State.NOTE: "yellow", State.MISSING: "bold red"}
SUBJECT = 22  # columns
LOOKED_AT = ("inputs", "companions")  # parts whose healthy lines say what was found; the others say nothing new


def show_diagnosis(screen: Console, diagnosis: Diagnosis, *, quiet: bool = False, verbose: bool = False) -> None:
    """The answer first. `quiet` leaves out what is there, `verbose` shows every check, packages last either way."""
    state = State.OK if diagnosis.ready else State.MISSING
    screen.print(Text(diagnosis.answer, style=STYLE[state]), soft_wrap=True)
    missing = diagnosis.in_state(State.MISSING)
    if len(missing) > 1:
        _show_group(screen, "What stops it", missing)
    _show_group(screen, "Off, or to be known", _packages_last(diagnosis.in_state(State.NOTE)))
    healthy = _packages_last(diagnosis.in_state(State.OK))
    if verbose:
        for part, checks in groupby(healthy, key=lambda check: check.part):
            _show_group(screen, f"In order: {part}", checks)
    elif not quiet:
        _show_group(screen, "What is there", [check for check in healthy if check.part in LOOKED_AT])


def _show_group(screen: Console, heading: str, checks: Iterable[HealthCheck]) -> None:
    """A line a check under `heading`; nothing without checks."""
    margin = " " * (SUBJECT + 3)
    for place, check in enumerate(checks):
        if place == 0:
            screen.print(Text(heading, style="bold"))
        wrapped = textwrap.wrap(check.message, max(30, screen.width - len(margin))) or [""]
        line = Text("  ").append(f"{check.subject:<{SUBJECT}} ", style=STYLE[check.state])
        screen.print(line.append(f"\n{margin}".join(wrapped)), soft_wrap=True)


def _packages_last(checks: list[HealthCheck]) -> list[HealthCheck]:
    return sorted(checks, key=lambda check: check.part == "packages")
