"""Tasks on the workers of a Dask scheduler, of which the scheduler or a worker may be gone."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import psutil
import pytest

from features.errors import InputError
from forecast import api
from forecast.backtest.markets.cluster import Cluster
from forecast.backtest.markets.workers import Workers, worker_pool
from forecast.runs.manifest import COMPONENTS
from tests.commands import assert_refused, run
from tests.killed_worker import killed_always, killed_once
from tests.market_files import write_markets

PATIENCE = 120.0  # seconds for a scheduler and its workers to come up on a loaded machine
NAMES = ["alpha", "beta"]


class HandMade(NamedTuple):
    """A scheduler and two workers, each started by a command of its own."""

    address: str
    scheduler: psutil.Popen
    workers: list[psutil.Popen]

    def kill_worker(self) -> None:
        _kill(self.workers[0])


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two workers of one thread."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'smallcap-surge[dask]'")
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0) as cluster:
        yield cluster.scheduler_address


@pytest.fixture
def by_hand() -> Iterator[HandMade]:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'smallcap-surge[dask]'")
    from distributed import Client

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    first = _started("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--dashboard-address", ":0")
    workers = [_started("dask_worker", address, "--nthreads", "1", "--no-dashboard") for _ in range(2)]
    try:
        with Client(address, timeout=PATIENCE, set_as_default=False) as client:
            client.wait_for_workers(2, timeout=PATIENCE)
        yield HandMade(address, first, workers)
    finally:
        for process in (*workers, first):
            _kill(process)


def _started(command: str, *words: str) -> psutil.Popen:
    place = os.pathsep.join([str(Path(__file__).parents[3]), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = os.environ | {"PYTHONPATH": place, "PYTHONWARNINGS": "ignore"}
    call = [sys.executable, "-m", f"distributed.cli.{command}", *words]
    return psutil.Popen(call, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _kill(process: psutil.Popen) -> None:
    """The process and those that it has started."""
    try:
        children = process.children(recursive=True)
    except psutil.NoSuchProcess:
        children = []
    for each in (process, *children):
        if each.is_running():
            each.send_signal(signal.SIGKILL)
    process.wait()


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The list of two markets, and their runs by this process in `alone` beside it."""
    file = write_markets(tmp_path_factory.mktemp("world"), NAMES)
    _many(file, "alone", workers=1)
    return file


def _many(
    file: Path, output: str, *, workers: int | None = None, scheduler: str | None = None, after: Callable[[], None] | None = None
) -> list[int]:
    """The folds that were done at each sign of the walk-forward; `after` is called with the second of these."""
    done: list[int] = []

    def progress(stage: str, count: int, _total: int) -> None:
        if stage == "walk-forward":
            done.append(count)
            if after is not None and len(done) == 2:
                after()

    words = {"track": False, "report": "none", "keep_history": False, "progress": progress}
    api.many([file], output=file.parent / output, workers=workers, scheduler=scheduler, **words)  # type: ignore[arg-type]
    return done


def _assert_same_bits(file: Path, output: str) -> None:
    for name in NAMES:
        one, other = (file.parent / place / name for place in ("alone", output))
        pd.testing.assert_frame_equal(
            api.load_predictions(one).drop(columns="run_id"), api.load_predictions(other).drop(columns="run_id"), check_exact=True
        )
        for part in (COMPONENTS, "model.json"):
            assert (one / part).read_bytes() == (other / part).read_bytes()


@pytest.mark.slow
def test_the_bits_are_those_of_one_process_on_two_workers_of_this_machine_and_of_a_scheduler(world: Path, scheduler: str) -> None:
    _many(world, "loky", workers=2)
    _assert_same_bits(world, "loky")
    _many(world, "dask", scheduler=scheduler)
    _assert_same_bits(world, "dask")


@pytest.mark.slow
def test_a_worker_that_is_killed_in_the_middle_changes_no_bit(world: Path, by_hand: HandMade) -> None:
    _many(world, "killed", scheduler=by_hand.address, after=by_hand.kill_worker)
    assert not by_hand.workers[0].is_running()
    _assert_same_bits(world, "killed")


@pytest.mark.slow
def test_a_scheduler_that_is_killed_is_one_line_and_a_rerun_goes_on(
    world: Path, by_hand: HandMade, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(InputError, match="the scheduler is gone; start it again and repeat the command"):
        _many(world, "gone", scheduler=by_hand.address, after=lambda: _kill(by_hand.scheduler))
    assert capfd.readouterr() == ("", "")
    assert _many(world, "gone", workers=1)[0] > 0  # folds that were finished before
    _assert_same_bits(world, "gone")


@pytest.mark.slow
def test_tasks_of_a_worker_that_is_ended_are_given_to_another(scheduler: str, tmp_path: Path) -> None:
    names = [tmp_path / name for name in ("a", "fatal", "b", "c")]
    assert sorted(Cluster(scheduler).results(killed_once, names)) == ["a", "b", "c", "fatal"]


@pytest.mark.slow
def test_a_task_that_ends_every_worker_is_one_line(scheduler: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a task ended every worker it was given to"):
        list(Cluster(scheduler).results(killed_always, [tmp_path]))


@pytest.mark.slow
def test_a_worker_with_several_threads_is_refused() -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'smallcap-surge[dask]'")
    from distributed import LocalCluster

    with (
        LocalCluster(n_workers=1, threads_per_worker=2, processes=False, dashboard_address=":0") as cluster,
        pytest.raises(InputError, match="a worker has 2 threads; start workers with --nthreads 1"),
    ):
        list(Cluster(cluster.scheduler_address).results(str, [1]))


def test_without_dask_its_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'smallcap-surge\[dask\]'"):
        list(Cluster("tcp://127.0.0.1:1").results(str, [1]))


def test_nothing_to_do_asks_no_scheduler() -> None:
    assert list(Cluster("tcp://127.0.0.1:1").results(str, [])) == []


def test_a_pool_is_of_this_machine_or_of_a_scheduler() -> None:
    assert worker_pool(3, None) == Workers(3)
    assert worker_pool(None, "tcp://10.0.0.5:8786") == Cluster("tcp://10.0.0.5:8786")
    assert_refused(run("many", "world", "--workers", "2", "--scheduler", "tcp://127.0.0.1:1"), "leave one of them out")
