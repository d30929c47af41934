"""Disks that are full, and places that cannot be written: real ones where the tests may mount, what comes nearest elsewhere."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

SIZE = 64 * 2**20  # bytes of a disk of our own: a few runs and a store go onto it
LEFT = 4096  # bytes that a full one takes still, or that a file may grow to


@dataclass(frozen=True)
class Disk:
    """`place` is on it; `error` is what the system says when it is full."""

    place: Path
    error: str

    @contextmanager
    def full(self) -> Iterator[None]:
        """While the block runs there is room for next to nothing."""
        with _filled(self.place) if self.error == "No space left on device" else _bounded():
            yield


@contextmanager
def _filled(place: Path) -> Iterator[None]:
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for chunk in (2**20, LEFT):
            with suppress(OSError):
                while True:
                    file.write(bytes(chunk))
        file.truncate(file.tell() - LEFT)
    try:
        yield
    finally:
        filler.unlink()


@contextmanager
def _bounded() -> Iterator[None]:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LEFT, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(place: Path) -> Iterator[Disk]:
    """A disk at `place` that can be filled; where we may not mount one, a place where files may not grow."""
    with mounted(place) as is_one:
        yield Disk(place, "No space left on device" if is_one else "File too large")


@contextmanager
def mounted(place: Path) -> Iterator[bool]:
    """A disk of SIZE at `place`; False, and a plain folder, where we may not mount one."""
    place.mkdir(exist_ok=True)
    is_one = not os.geteuid() and _done("mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(place))
    try:
        yield is_one
    finally:
        if is_one:
            _done("umount", "--lazy", str(place))


def _done(*command: str) -> bool:
    try:
        return not subprocess.run(command, capture_output=True, check=False).returncode
    except OSError:
        return False


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Nobody may write into `place` while the block runs: not root either, for whom it is a disk of its own."""
    if os.geteuid():
        place.chmod(0o500)
        try:
            yield
        finally:
            place.chmod(0o700)
        return
    if not _done("mount", "-o", "remount,ro", str(place)):
        pytest.skip("root may write everywhere but on a disk mounted read-only, and may not mount one here")
    try:
        yield
    finally:
        _done("mount", "-o", "remount,rw", str(place))
