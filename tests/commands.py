"""The command line in the tests' own process: imports are paid once, not once a call."""

import signal
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from forecast.cli.app import main
from forecast.cli.signals import SIGNALS


class Done(NamedTuple):
    """What a command left, as `subprocess.run` has it."""

    returncode: int
    stdout: str
    stderr: str


def run(*arguments: str, place: Path | None = None) -> Done:
    """What `python -m forecast ARGUMENTS` leaves, run in `place`, by default the working directory."""
    out, errors = StringIO(), StringIO()
    with chdir(place or Path.cwd()), _signals_kept(), redirect_stdout(out), redirect_stderr(errors), pytest.raises(SystemExit) as done:
        main(arguments)
    return Done(int(done.value.code or 0), out.getvalue(), errors.getvalue())


@contextmanager
def _signals_kept() -> Iterator[None]:
    """A command listens for interrupts; the tests' own handlers are put back."""
    numbers = [getattr(signal, name) for name in SIGNALS if hasattr(signal, name)]
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
