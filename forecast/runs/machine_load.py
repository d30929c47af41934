"""System: what a training takes of the machine, sample_load while it runs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

INTERVAL = 1.0  # seconds between the first samples
MEGABYTE = 1e6  # bytes, as in what MLflow samples under the same names
MOST = 240  # samples kept; beyond them every other goes, and the interval doubles

TOLD = ("seconds", "cpu_utilization_percentage", "system_memory_usage_megabytes", "process_memory_megabytes")

Samples = dict[str, list[float]]


@contextmanager
def sample_load(interval: float = INTERVAL) -> Iterator[Samples]:
    """Lists that grow while the block runs: `seconds` since it began and, under MLflow's names for them, use of processor and memory.

    Of the whole machine, in percent and megabytes; `process_memory_megabytes` is that of this process without its workers.
    """
    samples: Samples = {name: [] for name in TOLD}
    done = threading.Event()
    sampler = threading.Thread(target=_sample, args=(samples, done, interval), daemon=True)
    sampler.start()
    try:
        yield samples
    finally:
        done.set()
        sampler.join()


def _sample(samples: Samples, done: threading.Event, interval: float) -> None:
    import psutil

    process, began, last = psutil.Process(), time.monotonic(), False
    psutil.cpu_percent()  # the first call only marks the time
    while not last:
        last = done.wait(interval)  # once more at the end, so that the shortest training has a sample
        told = (
            time.monotonic() - began,
            psutil.cpu_percent(),
            psutil.virtual_memory().used / MEGABYTE,
            process.memory_info().rss / MEGABYTE,
        )
        for values, value in zip(samples.values(), told, strict=True):
            values.append(round(value, 2))
        if len(samples["seconds"]) > MOST:
            interval *= 2
            for values in samples.values():
                del values[::2]
