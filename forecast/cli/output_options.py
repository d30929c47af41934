"""Options of every command on how it prints: quiet or verbose, in colours or without, as JSON."""

import inspect
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any

import typer

PANEL = "Options of every command"
QUIET = Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but the result; errors as ever.", rich_help_panel=PANEL)]
VERBOSE = Annotated[
    bool,
    typer.Option("--verbose", "-v", help="How long each stage took, every check of doctor, where a fault arose.", rich_help_panel=PANEL),
]
NO_COLOR = Annotated[bool, typer.Option("--no-color", help="No colours; so does NO_COLOR in the environment.", rich_help_panel=PANEL)]
AS_JSON = Annotated[bool, typer.Option("--json", help="The same as --format json.", rich_help_panel=PANEL)]


class OutputClosed(Exception):  # noqa: N818 - an event, and no error
    """Nobody reads standard output any more, as after `| head`; the command ends without a word."""


@dataclass(frozen=True)
class OutputOptions:
    """`quiet` holds on standard output and `verbose` on standard error, so that both can be asked for."""

    quiet: bool = False
    verbose: bool = False


DEFAULT = OutputOptions()
_options: ContextVar[OutputOptions] = ContextVar("output_options", default=DEFAULT)


def output_options() -> OutputOptions:
    """The options of the command that is running."""
    return _options.get()


@contextmanager
def default_output_options() -> Iterator[None]:
    """The defaults to begin with; what is set inside the block, NO_COLOR included, ends with it."""
    token, no_color = _options.set(DEFAULT), os.environ.get("NO_COLOR")
    try:
        yield
    finally:
        _options.reset(token)
        if no_color is None:
            os.environ.pop("NO_COLOR", None)
        else:
            os.environ["NO_COLOR"] = no_color


def add_output_options(*, quiet: bool = False, verbose: bool = False, no_color: bool = False) -> None:
    """Sets what is True; nothing unsets it."""
    now = _options.get()
    _options.set(OutputOptions(now.quiet or quiet, now.verbose or verbose))
    if no_color:
        os.environ["NO_COLOR"] = "1"  # the one name for it that every library of the terminal knows


def with_output_options(command: Callable[..., None]) -> Callable[..., None]:
    """`command` with the options of every command, and `--json` if it has a parameter `form`."""
    signature = inspect.signature(command, eval_str=True)
    added = {"quiet": QUIET, "verbose": VERBOSE, "no_color": NO_COLOR}
    if "form" in signature.parameters:
        added["as_json"] = AS_JSON
    extra = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=False, annotation=kind) for name, kind in added.items()]

    @wraps(command)
    def extended(**values: Any) -> None:
        own = {name: values.pop(name) for name in added}
        if own.pop("as_json", False):
            values["form"] = _json(values["form"], signature.parameters["form"].default)
        add_output_options(**own)
        began = time.monotonic()
        try:
            command(**values)
            sys.stdout.flush()  # here, and not when Python ends
        except BrokenPipeError:
            raise OutputClosed from None
        if output_options().verbose:
            typer.echo(f"took {time.monotonic() - began:.1f} s", err=True)

    extended.__signature__ = signature.replace(parameters=[*signature.parameters.values(), *extra])  # type: ignore[attr-defined]
    return extended


def _json(form: str, default: str) -> str:
    """json; InputError if another format is asked for beside it."""
    from features.errors import InputError

    if form not in (default, "json"):
        raise InputError(f"--json and --format {form}: one format at a time; leave one out")
    return "json"
