"""Manner: how a command speaks, decided once for all of them: to people or machines, quiet or verbose, in colours or without."""

import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum
from functools import wraps
from typing import Annotated, Any

import typer

from forecast.report.text.pipe import NobodyReads

PANEL = "Options of every command"
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the result; errors as ever.", rich_help_panel=PANEL)]
VERBOSE = Annotated[
    bool, typer.Option("--verbose", "-v", help="Warnings in full, how long each stage took, where a fault arose.", rich_help_panel=PANEL)
]
NO_COLOR = Annotated[bool, typer.Option("--no-color", help="No colours; so does NO_COLOR in the environment.", rich_help_panel=PANEL)]
AS_JSON = Annotated[bool, typer.Option("--json", help="The same as --format json.", rich_help_panel=PANEL)]


@dataclass(frozen=True)
class OutputOptions:
    """Neither quiet nor verbose is the usual manner; of both, quiet holds on standard output and verbose on standard error."""

    quiet: bool = False
    verbose: bool = False


USUAL = OutputOptions()
_chosen: ContextVar[OutputOptions] = ContextVar("manner", default=USUAL)


def manner() -> OutputOptions:
    """How the command under way is to speak."""
    return _chosen.get()


@contextmanager
def default_output_options() -> Iterator[None]:
    """The usual manner to begin with; what is chosen inside ends with the block, colours included."""
    token, colours = _chosen.set(USUAL), os.environ.get("NO_COLOR")
    try:
        yield
    finally:
        _chosen.reset(token)
        if colours is None:
            os.environ.pop("NO_COLOR", None)
        else:
            os.environ["NO_COLOR"] = colours


def choose(*, quiet: bool, verbose: bool, no_color: bool) -> None:
    """Adds to the manner; nothing takes it back."""
    now = _chosen.get()
    _chosen.set(OutputOptions(now.quiet or quiet, now.verbose or verbose))
    if no_color:
        os.environ["NO_COLOR"] = "1"  # the one word for it that every library of the terminal knows


def with_output_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the options that every command has, and `--json` where it has a `form` to print in."""
    signature = inspect.signature(command, eval_str=True)
    added = {"quiet": QUIET, "verbose": VERBOSE, "no_color": NO_COLOR}
    if "form" in signature.parameters and "as_json" not in signature.parameters:
        added["as_json"] = AS_JSON
    kept = list(signature.parameters.values())
    extra = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind)
        for name, kind in added.items()
        if name not in signature.parameters
    ]

    @wraps(command)
    def spoken(**given: Any) -> None:
        own = {item.name: given.pop(item.name) for item in extra}
        choose(quiet=own.get("quiet", False), verbose=own.get("verbose", False), no_color=own.get("no_color", False))
        if own.get("as_json"):
            given["form"] = _json(given["form"], signature.parameters["form"].default)
        began = time.monotonic()
        try:
            command(**given)
            sys.stdout.flush()  # here, and not when Python ends
        except BrokenPipeError:
            raise NobodyReads from None
        if manner().verbose:
            typer.echo(f"took {time.monotonic() - began:.1f} s", err=True)

    spoken.__signature__ = signature.replace(parameters=[*kept, *extra])  # type: ignore[attr-defined]
    return spoken


def _json(form: Enum, usual: Enum) -> Enum:
    """The command's own word for JSON; a mistake where another format is asked for beside it."""
    from features.errors import InputError

    wanted = type(form)("json")
    if form not in (usual, wanted):
        raise InputError(f"--json and --format {form.value}: one format at a time; leave one out")
    return wanted
