"""The command line in the tests' own process: imports are paid once, not once a call."""

import signal
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import NamedTuple

import pytest

from features.errors import InputError
from forecast.cli.app import main
from forecast.cli.signals import SIGNALS

ROOT = Path(__file__).resolve().parents[1]


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


def assert_refused(done: Done, said: str) -> None:
    """The command ended with exit code 2 and one line on stderr, in which `said` stands."""
    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def refusal(call: Callable[[], object]) -> str:
    """The one line with which the package refuses the call."""
    with pytest.raises(InputError) as caught:
        call()
    assert "\n" not in str(caught.value)
    return str(caught.value)


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
