"""Tasks on the workers of a Dask scheduler, of which the scheduler or a worker may be gone."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from features.errors import InputError
from forecast.backtest.markets.cluster import Cluster
from forecast.backtest.markets.workers import Workers, worker_pool
from tests.commands import assert_refused, run
from tests.killed_worker import killed_always, killed_once


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """Two workers of one thread."""
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'smallcap-surge[dask]'")
    from distributed import LocalCluster

    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0", memory_limit=0) as cluster:
        yield cluster.scheduler_address


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
