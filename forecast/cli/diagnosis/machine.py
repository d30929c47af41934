"""Machine: cores, memory, and whether compiled kernels can be kept."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from forecast.cli.diagnosis.health_check import HealthCheck, State
from forecast.engines.compilation import cache_folder

LEAST_MEMORY = 2.0  # GiB; a worker of the bundled training, 28 questions, held 0.6 at most (2026-11-23), and the rest is the system's
CGROUP = Path("/sys/fs/cgroup/memory.max")  # of a container, in bytes, or `max`


def machine() -> Iterator[HealthCheck]:
    """A line each on cores, memory and numba's cache."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    yield HealthCheck("machine", "cores", State.OK, f"{cores}, all of which a training uses unless --jobs says less")
    if (memory := _memory()) is not None:
        few = memory < LEAST_MEMORY
        message = f"{memory:.1f} GiB{f', less than {LEAST_MEMORY:g}; train with --jobs 1' if few else ''}"
        yield HealthCheck("machine", "memory", State.NOTE if few else State.OK, message)
    yield _cache()


def _memory() -> float | None:
    """GiB, of the container if it has fewer; None if the system does not say."""
    try:
        size = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
    with suppress(OSError, ValueError):
        size = min(size, int(CGROUP.read_text()))
    return float(size) / 2**30


def _cache() -> HealthCheck:
    folder = cache_folder()
    if writable(folder):
        return HealthCheck("machine", "numba cache", State.OK, f"{folder} can be written")
    message = f"{folder} cannot be written; name a folder that can in NUMBA_CACHE_DIR, or kernels may be compiled anew each time"
    return HealthCheck("machine", "numba cache", State.NOTE, message)


def writable(folder: Path) -> bool:
    """Whether files can be made in `folder`, which need not be there yet."""
    place = folder.absolute()
    while not place.exists() and place != place.parent:
        place = place.parent
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK)
