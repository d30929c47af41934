"""Processes of their own, forked from one that has imported everything: imports are paid once, not once a process."""

import multiprocessing
import os
import subprocess
import sys
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]


def forking() -> ForkServerContext:
    """Gives processes that are forked from the server, which is started at the first call and ends with the tests."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.preloaded"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        forkserver.ensure_running()
    return context


class Forked:
    """A call under way in a process of its own, with what tests use of `subprocess.Popen`.

    Its working directory is `place`, its standard error is `stderr`, and it leads a process group.
    """

    def __init__(self, place: Path, call: Callable[..., object], *arguments: object) -> None:
        context = forking()
        reader, writer = context.Pipe(duplex=False)
        self._process: Any = context.Process(target=_run, args=(writer, place, dict(os.environ), call, arguments))
        self._process.start()
        writer.close()
        self.stderr = os.fdopen(os.dup(reader.fileno()), encoding="utf-8")
        reader.close()
        self.stderr.readline()  # it leads its group
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs; the negative number of the signal that ended it."""
        return self._process.exitcode

    def poll(self) -> int | None:
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        code = self.returncode
        if code is None:
            raise subprocess.TimeoutExpired(str(self._process), timeout or 0)
        return code

    def end(self) -> tuple[int, str]:
        """Waits; its exit code and the rest of what it said."""
        with self.stderr:
            said = self.stderr.read()
        return self.wait(), said


def command(place: Path, *words: str) -> Forked:
    """`python -m forecast WORDS`, under way."""
    return Forked(place, _command, words)


def _command(words: tuple[str, ...]) -> None:
    from forecast.cli.app import main

    main(words)


def _run(writer: Connection, place: Path, environment: dict[str, str], call: Callable[..., object], arguments: tuple[object, ...]) -> None:
    os.setsid()
    os.chdir(place)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(writer.fileno(), 2)
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        os.dup2(nowhere.fileno(), 1)
    sys.stdout, sys.stderr = (open(number, "w", buffering=1, encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.stderr.write("\n")
    writer.close()
    call(*arguments)
