"""Cluster: the workers of a Dask scheduler, on this machine or on others."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from features.errors import InputError

if TYPE_CHECKING:
    from distributed import Client

PATIENCE = 20  # seconds for a scheduler to answer
GOES_ON = "start it again and repeat the command, which goes on from the folds that are finished"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Cluster:
    """The workers of the Dask scheduler at an address, such as tcp://10.0.0.5:8786; they see the same folders as this process."""

    scheduler: str

    def results(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """What `function` gives for each task, in the order in which they are done; InputError where the cluster fails.

        A task whose worker is ended is given to another one, as often as the scheduler's setting `allowed-failures` says.
        """
        if not tasks:
            return
        with self._client() as client:
            from distributed import as_completed
            from distributed.comm.core import CommClosedError
            from distributed.scheduler import KilledWorker

            try:
                futures = client.map(function, tasks, pure=False)
                for future in as_completed(futures, loop=client.loop):
                    result = future.result()
                    future.release()  # which the cluster need not remember
                    yield result
            except KilledWorker as error:
                line = f"--scheduler {self.scheduler}: a task ended every worker it was given to, the last one {error.last_worker.address}"
                raise InputError(f"{line}, often for want of memory; give workers more") from None
            except (CommClosedError, CancelledError, asyncio.CancelledError, OSError):
                raise InputError(f"--scheduler {self.scheduler}: the scheduler is gone; {GOES_ON}") from None

    @contextmanager
    def _client(self) -> "Iterator[Client]":
        """A client of the scheduler, whose workers have one thread each."""
        try:
            from distributed import Client
        except ModuleNotFoundError:
            raise InputError("--scheduler: Dask is not installed; install it with: pip install 'smallcap-surge[dask]'") from None
        with _quiet():
            try:
                client = Client(self.scheduler, timeout=PATIENCE, set_as_default=False)
            except (OSError, ValueError) as error:
                reason = (str(error).splitlines() or [type(error).__name__])[0]
                raise InputError(f"--scheduler {self.scheduler}: no scheduler answers ({reason}); start one with: dask scheduler") from None
            try:
                self._check_workers(client)
                yield client
            finally:
                client.close(timeout=1)

    def _check_workers(self, client: "Client") -> None:
        """InputError unless there are workers, of one thread each."""
        threads = client.nthreads()
        if not threads:
            raise InputError(f"--scheduler {self.scheduler}: has no workers; start some with: dask worker {self.scheduler} --nthreads 1")
        if most := next((count for count in threads.values() if count > 1), None):
            raise InputError(f"--scheduler {self.scheduler}: a worker has {most} threads; start workers with --nthreads 1")


@contextmanager
def _quiet() -> Iterator[None]:
    """Dask's own lines and tracebacks are left out while the block runs: what goes wrong is said in one line."""
    loggers = [logging.getLogger(name) for name in logging.root.manager.loggerDict if name.partition(".")[0] == "distributed"]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
