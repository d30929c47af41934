"""The command line: `python -m forecast`, and `smallcap-surge` where the package is installed."""

import atexit
import gc
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Annotated

import typer

from forecast.cli import data
from forecast.cli.analogs import analogs
from forecast.cli.ask import ask
from forecast.cli.doctor import doctor
from forecast.cli.drivers import drivers
from forecast.cli.evaluate import evaluate
from forecast.cli.exit_codes import ExitCode, epilog
from forecast.cli.export import export
from forecast.cli.history import history
from forecast.cli.init import init
from forecast.cli.log import log
from forecast.cli.many import many
from forecast.cli.odds import odds
from forecast.cli.output_options import (
    NO_COLOR,
    QUIET,
    VERBOSE,
    OutputClosed,
    add_output_options,
    default_output_options,
    output_options,
    with_output_options,
)
from forecast.cli.predict import predict
from forecast.cli.report import report
from forecast.cli.score import score
from forecast.cli.signals import CommandInterruptedError, listen
from forecast.cli.train import train

SCRIPT, MODULE = "smallcap-surge", "python -m forecast"
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
GARBAGE = (100_000, 20, 20)  # thresholds of its collection; they cost a training some 20 MB
COMPLETE = "_SMALLCAP_SURGE_COMPLETE"  # of the shells' protocol, whichever way the program is called
COMMANDS: dict[str, tuple[Callable[..., None], ...]] = {  # by purpose; a command is registered here and nowhere else
    "Forecast": (init, train, many, predict, ask, report),
    "Look": (drivers, analogs, odds),
    "Measure": (evaluate, score),
    "Record": (export, history, log),
    "Check": (doctor,),
}
GROUPS = {"Record": (data,)}  # modules, whose COMMANDS are called by two words

app = typer.Typer(
    name="forecast",
    help="Will a small-cap surge continue, stall or reverse? Calibrated probabilities, tested walk-forward.",
    epilog=epilog(),
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
for _panel, _commands in COMMANDS.items():
    for _command in _commands:
        app.command(rich_help_panel=_panel)(with_output_options(_command))
for _panel, _groups in GROUPS.items():
    for _group in _groups:
        _inner = typer.Typer(help=_group.HELP, no_args_is_help=True)
        for _command in _group.COMMANDS:
            _inner.command(name=_command.__name__.rstrip("_"))(with_output_options(_command))
        app.add_typer(_inner, name=_group.GROUP, rich_help_panel=_panel)


def _show_version(requested: bool) -> None:
    if requested:
        from importlib.metadata import version
        from platform import python_version

        typer.echo(f"{SCRIPT} {version(SCRIPT)}, Python {python_version()}")
        raise typer.Exit


@app.callback()
def _options_before_the_command(
    quiet: QUIET = False,
    verbose: VERBOSE = False,
    no_color: NO_COLOR = False,
    _version: Annotated[bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)] = False,
) -> None:
    add_output_options(quiet=quiet, verbose=verbose, no_color=no_color)


def main(arguments: Sequence[str] | None = None, *, command: typer.Typer = app, name: str = MODULE) -> None:
    """Runs a command and exits with its code; a mistake of the user is one line on standard error and exit code 2."""
    listen()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if {"--install-completion", "--show-completion"} & set(words):
        name = SCRIPT  # shells complete a program's name, and `python` is another's
    with default_output_options():
        code = _exit_code(command, words, name)
    sys.exit(code)


def program(arguments: Sequence[str] | None = None, *, name: str = MODULE) -> None:
    """`main` as all that a process does: linear algebra keeps to one thread, and Python seldom looks through all that it holds.

    Threads of OpenBLAS cost a fifth of a second to start and wait for each other on matrices as small as ours. What is imported makes half
    a million objects that stay: to look through them again and again takes a fifth of a second of a forecast, and one of a report; to do so
    at the end, half a second.
    """
    gc.set_threshold(*GARBAGE)
    os.environ.setdefault(BLAS_THREADS, "1")  # read when NumPy is first imported, which no command has been yet
    atexit.register(gc.freeze)
    main(arguments, name=name)


def script() -> None:
    """The entry point `smallcap-surge`."""
    program(name=SCRIPT)


def _exit_code(command: typer.Typer, arguments: list[str], name: str) -> int:
    """Runs the command, prints a line if it failed, and gives its exit code."""
    try:
        code = _parser(command)(args=arguments, prog_name=name, complete_var=COMPLETE, standalone_mode=False)
    except CommandInterruptedError as interruption:
        typer.echo(f"interrupted: {interruption}", err=True)
        return ExitCode.INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        code = ExitCode.INTERRUPTED
    except Exception as error:
        return _failed(error, ours=command is app)
    if code == ExitCode.INTERRUPTED:
        typer.echo("interrupted", err=True)
    return code if isinstance(code, int) else ExitCode.DONE


@lru_cache(maxsize=1)
def _parser(command: typer.Typer) -> Callable[..., object]:
    """What parses and runs the words of a command line, made once for whoever calls `main` often."""
    return typer.main.get_command(command)


def _failed(error: Exception, *, ours: bool) -> int:
    """One line for the error; an unforeseen one is raised again in programs that are not `ours`, for their developers."""
    from features.errors import InputError

    message = getattr(error, "format_message", None)  # of a usage error of the parser, which typer keeps to itself
    if isinstance(error, OutputClosed):
        return _output_closed()
    if isinstance(error, InputError):
        return _mistake(str(error))
    if isinstance(error, OSError):
        return _mistake(f"{error.filename or 'input'}: {error.strerror or error}")
    if isinstance(error, MemoryError):
        return _mistake("there is not enough memory; give the machine less to do at once, with --jobs 1, or free some")
    if message is not None:
        line = message().replace("Value error, ", "")  # pydantic's words, which the parser passes on
        return _mistake(line) if line else ExitCode.MISTAKE
    if not ours:
        raise error
    return _fault(error)


def _mistake(message: str) -> int:
    from features.errors import shortened
    from features.names import printable

    typer.echo(f"error: {shortened(printable(' '.join(message.split())))}", err=True)
    return ExitCode.MISTAKE


def _output_closed() -> int:
    """Standard output goes nowhere from here on, so that Python prints no error about it when it ends."""
    with suppress(OSError, ValueError):  # ValueError: no file, as in a test
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return ExitCode.PIPE_CLOSED


def _fault(error: Exception) -> int:
    """One line for an unforeseen error; with --verbose its traceback."""
    from features.names import printable

    if output_options().verbose:
        traceback.print_exception(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    message = printable(" ".join(str(error).split()))[:300]
    typer.echo(
        f"error: a fault of the program, {type(error).__name__}: {message} ({os.path.basename(place.filename)}, line {place.lineno}); "
        "run the command again with --verbose and report what it shows",
        err=True,
    )
    return ExitCode.FAULT
