"""Servers that run for a test alone, on ports of this machine that are free."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from tests.processes import Forked

PATIENCE = 1200  # seconds that anything may take on a busy machine: MLflow makes its tables first, a model compiles its kernels
WITHOUT_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # its jobs judge texts, in processes of their own that take seconds to start


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def running(command: Sequence[object], log: Path, *, user: str | None = None, environment: dict[str, str] | None = None) -> Iterator[None]:
    """The command with its children while the block runs; what it says goes to `log`, beside which it runs."""
    words = [str(word) for word in command]
    with log.open("w") as said:
        started = subprocess.Popen(words, stdout=said, stderr=said, user=user, env=environment, cwd=log.parent, start_new_session=True)
        try:
            yield
        finally:
            os.killpg(started.pid, 15)
            started.wait(PATIENCE)


@contextmanager
def mlflow_server(place: Path, *words: object, environment: dict[str, str] | None = None) -> Iterator[Path]:
    """`mlflow WORDS`, which starts a server, while the block runs in `place`; gives the file of what it says."""
    log = place / "server.log"
    started = Forked(place, _mlflow, log, tuple(map(str, words)), WITHOUT_JOBS | (environment or {}))
    try:
        yield log
    finally:
        os.killpg(started.pid, signal.SIGTERM)
        started.wait(PATIENCE)
        started.stderr.close()


def _mlflow(log: Path, words: tuple[str, ...], environment: dict[str, str]) -> None:
    from mlflow.cli import cli

    with log.open("w") as said:
        for stream in (1, 2):
            os.dup2(said.fileno(), stream)
    os.environ.update(environment)
    cli(words)


def answers(port: int, place: str = "/health") -> bool:
    """Whether a server says OK there."""
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", place)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def until(there: Callable[[], bool], log: Path) -> None:
    """Waits; AssertionError with what the server said, once it has taken longer than PATIENCE."""
    end = time.monotonic() + PATIENCE
    while not there():
        assert time.monotonic() < end, log.read_text("utf-8")
        time.sleep(0.2)
