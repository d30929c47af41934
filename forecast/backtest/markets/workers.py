"""Workers: the processes of this machine that the tasks of all markets share."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from features.errors import InputError

LOSSES = 3  # times that a worker may be ended from outside in one stage; its tasks are then given to others

T = TypeVar("T")
R = TypeVar("R")


class WorkerPool(Protocol):
    """Processes that tasks are handed to: `Workers` of this machine, or those of a `Cluster`."""

    def results(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """What `function` gives for each task, in the order in which they are done; InputError where the processes fail."""
        ...


@dataclass(frozen=True)
class Workers:
    """So many processes of this machine; one is this process itself."""

    count: int

    def results(self, function: Callable[[T], R], tasks: Sequence[T]) -> Iterator[R]:
        """What `function` gives for each task, in the order in which they are done; InputError if workers are ended again and again."""
        left, losses = dict(enumerate(tasks)), 0
        while left:
            calls = [delayed(_with_place)(function, place, task) for place, task in left.items()]
            try:
                for place, result in Parallel(n_jobs=self.count, return_as="generator_unordered", batch_size=1)(calls):
                    del left[place]
                    yield result
            except TerminatedWorkerError:
                losses += 1
                if losses > LOSSES:
                    raise InputError(
                        f"--workers {self.count}: workers were ended from outside {losses} times, often for want of memory; ask for fewer"
                    ) from None


def worker_pool(count: int | None, scheduler: str | None) -> WorkerPool:
    """So many processes of this machine, by default as many as it has cores, or those of a Dask scheduler."""
    if scheduler is None:
        return Workers(count or os.cpu_count() or 1)
    if count is not None:
        raise InputError(f"--workers {count} and --scheduler {scheduler}: the scheduler has its own workers; leave one of them out")
    from forecast.backtest.markets.cluster import Cluster

    return Cluster(scheduler)


def _with_place(function: Callable[[T], R], place: int, task: T) -> tuple[int, R]:
    return place, function(task)
