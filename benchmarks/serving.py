"""Serving: how long `mlflow models serve`, with a worker a core, takes to be ready and to answer: python -m benchmarks.serving RUN."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import psutil

from features.panel import calendar
from features.panel.series import SMALL
from forecast.runs.folder import open_run
from forecast.runs.served_run import ServedRun
from forecast.runs.tracking import log_run

REQUESTS = 200
CLIENTS = 8
SURGE = 1.1  # of the last close on the next session: a move that is a surge by any rule
ADDRESS = "models:/smallcap-surge/1"
PATIENCE = 300  # seconds


def main(folder: Path) -> None:
    """Prints seconds to be ready, the median and the 99th percentile of REQUESTS in sequence, and how many CLIENTS get in a second.

    Each request has a close of its own, so that none is answered from memory; the last line has requests that are all the same.
    """
    tail = next_session(folder)
    served = ServedRun.load(folder)
    served.warm()
    inside = [_seconds(partial(served.predict, _other(tail, number))) for number in range(20)]
    print(f"in process: median {np.median(inside):.3f} s")
    with TemporaryDirectory() as place:
        store = f"sqlite:///{place}/mlflow.db"
        print(f"logged in {_seconds(lambda: log_run(folder, store)):.1f} s")
        began = time.perf_counter()
        with server(store, Path(place)) as (connection, process):
            print(f"ready after {time.perf_counter() - began:.1f} s")
            bodies = [_body(_other(tail, 100 + number)) for number in range(2 * REQUESTS)]
            before = _cpu(process)
            spent = [_seconds(partial(_ask, connection, body)) for body in bodies[:REQUESTS]]
            median, late = np.quantile(spent, [0.5, 0.99])
            print(f"{REQUESTS} requests in sequence: median {median:.3f} s, 99th percentile {late:.3f} s")
            print(f"CPU of the server a request: {(_cpu(process) - before) / REQUESTS:.3f} s")
            print(f"{CLIENTS} clients at once: {_rate(connection, bodies[REQUESTS:]):.1f} requests a second")
            print(f"{CLIENTS} clients that ask alike: {_rate(connection, bodies[:1] * REQUESTS):.1f} requests a second")


def _other(tail: pd.DataFrame, number: int) -> pd.DataFrame:
    """The same rows with another close, by a millionth."""
    return tail.assign(value=tail["value"] * (1 + 1e-6 * number))


def _body(tail: pd.DataFrame) -> str:
    return json.dumps({"dataframe_split": tail.to_dict("split", index=False)})


def _rate(connection: HTTPConnection, bodies: Sequence[str]) -> float:
    """Requests a second of CLIENTS that each take the next of `bodies` as soon as they have their answer."""
    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(lambda body: _ask(HTTPConnection(connection.host, connection.port, timeout=PATIENCE), body), bodies))
    return len(bodies) / (time.perf_counter() - began)


def next_session(folder: Path) -> pd.DataFrame:
    """A tail of one close, on the session after the run's last."""
    panel = open_run(folder).panel()
    day = calendar.session_after(panel.exchange, panel.sessions[-1], 1)
    return pd.DataFrame({"series": [SMALL.name], "stamp": [f"{day:%Y-%m-%d}"], "value": [float(panel[SMALL].iloc[-1] * SURGE)]})


@contextmanager
def server(store: str, place: Path) -> Iterator[tuple[HTTPConnection, psutil.Process]]:
    """A connection to the model served on a free port of this machine, once it answers, and the process that started its workers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["models", "serve", "-m", ADDRESS, "--env-manager", "local", "-p", str(port), "--workers", str(os.cpu_count())]
    command = [Path(sys.executable).with_name("mlflow"), *words]
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))  # MLflow looks for uvicorn there
    environment = os.environ | {"PATH": path, "MLFLOW_TRACKING_URI": store}
    with (place / "serve.log").open("w") as log:
        serving = subprocess.Popen(command, cwd=place, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            yield _ready(port, serving), psutil.Process(serving.pid)
        finally:
            os.killpg(serving.pid, 15)
            serving.wait(30)


def _ready(port: int, serving: "subprocess.Popen[bytes]") -> HTTPConnection:
    connection, end = HTTPConnection("127.0.0.1", port, timeout=PATIENCE), time.monotonic() + PATIENCE
    while time.monotonic() < end:
        try:
            connection.request("GET", "/ping")
            connection.getresponse().read()
            return connection
        except OSError:
            connection.close()
            if serving.poll() is not None:
                raise RuntimeError("the server ended; is uvicorn on the path?") from None
            time.sleep(0.1)
    raise TimeoutError(f"no answer within {PATIENCE} s")


def _cpu(process: psutil.Process) -> float:
    """Seconds of the processor that it and its children have worked."""
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


def _ask(connection: HTTPConnection, body: str) -> None:
    connection.request("POST", "/invocations", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = answer.read()
    if answer.status != 200:
        raise RuntimeError(said.decode())


def _seconds(call: Callable[[], object]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


if __name__ == "__main__":
    main(Path(sys.argv[1]))
