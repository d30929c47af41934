"""Faults of a morning, drawn by seed: of the origins, of the way to them, and of this machine."""

import errno
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from unittest.mock import patch

import numpy as np

from features.files import atomic
from features.live.web.limits import Limits
from tests.origins import faults
from tests.origins.clock import QUICK
from tests.origins.server import Origin

HASTY = Limits(connect=1, read=1, whole=1, tries=2)  # on mornings of time-outs, whose waits are real
OUT_OF = 10  # mornings, of which four have a fault of an origin
ONCE = ("clock set back", "down for two days", "disk full", "killed")  # at least once in any span, the first only once


@dataclass(frozen=True)
class Morning:
    """fault : in words, empty for none.   policy : of the client.   runs : how many, of the job."""

    fault: str = ""
    policy: Limits = QUICK
    runs: int = 1


def mornings(count: int, rng: np.random.Generator) -> list[Morning]:
    """What each of `count` mornings has in store, without the changes at the origins."""
    found = [_morning(rng) for _ in range(count)]
    each = max(1, count // 60)
    rare = [fault for fault in ONCE for _ in range(1 if fault == "clock set back" else each)]
    for fault, place in zip(rare, rng.choice(np.arange(3, count - 1, 2), len(rare), replace=False), strict=True):
        found[int(place)] = Morning(fault, runs=2 if fault in ("disk full", "killed") else 1)
    for place in [place for place, morning in enumerate(found) if morning.fault == "down for two days"]:
        found[place + 1] = Morning("down, second day")
    return found


def _morning(rng: np.random.Generator) -> Morning:
    runs = 2 if rng.random() < 0.15 else 1
    if rng.integers(0, OUT_OF) >= 4:
        return Morning(runs=runs)
    fault = str(rng.choice([*PASSING, *LASTING]))
    return Morning(fault, HASTY if fault == "time-out" else QUICK, runs)


PASSING = {"503 once": faults.status(503, retry_after="2"), "reset": faults.reset, "slammed": faults.slammed}
LASTING = {
    "503": faults.status(503),
    "429": faults.status(429, retry_after="600"),
    "web page": faults.html,
    "half a body": faults.half,
    "half, unannounced": faults.half_unannounced,
    "empty": faults.empty,
    "garbage": faults.garbage,
    "time-out": faults.silent,
}


def spoil(morning: Morning, origins: tuple[Origin, Origin], rng: np.random.Generator) -> None:
    """Has one origin, or both, do what the morning has in store."""
    for origin in origins:
        origin.heal()
    if morning.fault.startswith("down"):
        for origin in origins:
            origin.spoil(faults.slammed, times=None)
    elif morning.fault in PASSING:
        origins[int(rng.integers(0, 2))].spoil(PASSING[morning.fault], times=int(rng.integers(1, 3)))
    elif morning.fault in LASTING:
        origins[int(rng.integers(0, 2))].spoil(LASTING[morning.fault], times=None)


def of_the_machine(morning: Morning, run: int, rng: np.random.Generator) -> AbstractContextManager[object]:
    """The disk is full when one file is written, in the first run of such a morning."""
    return _full_disk(int(rng.integers(1, 9))) if morning.fault == "disk full" and run == 0 else nullcontext()


@contextmanager
def _full_disk(at: int) -> Iterator[None]:
    left, fsync = [at], atomic.fsync_file

    def settled(file: Path) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(file)

    with patch.object(atomic, "fsync_file", settled):
        yield


def set_back(morning: Morning, now: datetime) -> datetime:
    """What this machine takes for the time."""
    return now - timedelta(days=3) if morning.fault == "clock set back" else now


PULL = """
import sys
from datetime import datetime
from pathlib import Path
from benchmarks.year.job import pull
from features.live.origins import yahoo
print("ready", flush=True)
pull(Path(sys.argv[1]), Path(sys.argv[2]), datetime.fromisoformat(sys.argv[3]))
print("done", flush=True)
"""


def killed_pull(experiment: Path, cache: Path, now: datetime, rng: np.random.Generator) -> None:
    """A pull in a process of its own that is killed at some moment of the first second, if it has not come to its end by then."""
    with subprocess.Popen([sys.executable, "-c", PULL, str(experiment), str(cache), now.isoformat()], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        if process.stdout.readline() != b"ready\n":
            raise RuntimeError("the pull that was to be killed did not begin")
        time.sleep(float(rng.uniform(0.0, 1.0)))
        process.kill()
