"""Load of the machine, sampled while a training runs."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

INTERVAL = 1.0  # seconds between the first samples
MEGABYTE = 1e6  # bytes, as MLflow has it
MOST = 240  # samples; beyond them every second is dropped, and the interval doubles

SERIES = ("seconds", "cpu_utilization_percentage", "system_memory_usage_megabytes", "process_memory_megabytes")

Samples = dict[str, list[float]]


@contextmanager
def sample_load(interval: float = INTERVAL) -> Iterator[Samples]:
    """Sample the use of processor and memory while the block runs: lists by MLflow's names, and `seconds` since it began.

    They are of the whole machine; `process_memory_megabytes` is of this process without its workers.
    """
    samples: Samples = {name: [] for name in SERIES}
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
    psutil.cpu_percent()  # the first call only starts the clock
    while not last:
        last = done.wait(interval)  # one more at the end, so that the shortest training has a sample
        values = (
            time.monotonic() - began,
            psutil.cpu_percent(),
            psutil.virtual_memory().used / MEGABYTE,
            process.memory_info().rss / MEGABYTE,
        )
        for series, value in zip(samples.values(), values, strict=True):
            series.append(round(value, 2))
        if len(samples["seconds"]) > MOST:
            interval *= 2
            for series in samples.values():
                del series[::2]
