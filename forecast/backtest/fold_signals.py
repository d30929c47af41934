"""Signals of the workers of a walk-forward: which folds are finished, and whether kernels are being compiled, before a batch is whole."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Protocol, runtime_checkable

from forecast.engines.compilation import compilation_noted

STAGE = "walk-forward"
COMPILING = "compiling, once"  # until the folds are finished in which kernels are compiled
EVERY = 0.3  # seconds from one look to the next
BEGUN, FINISHED, FINISHED_AND_COMPILED = b"c", b"f", b"F"


@runtime_checkable
class ContinualProgress(Protocol):
    """Progress that is also told of what is finished between two calls."""

    def __call__(self, stage: str, done: int, total: int) -> None: ...

    def between(self, stage: str, done: int, total: int) -> None:
        """The same, from a thread of its own; what it raises is lost."""


@dataclass(frozen=True)
class FoldSignals:
    """A file that each worker appends a byte to; None where nobody wants to know."""

    path: Path | None

    @contextmanager
    def fold(self) -> Iterator[None]:
        """Signals the end of a fold, and the first compilation in it."""
        if self.path is None:
            yield
            return
        compiled = Event()

        def note() -> None:
            compiled.set()
            self._send(BEGUN)

        with compilation_noted(note):
            yield
        self._send(FINISHED_AND_COMPILED if compiled.is_set() else FINISHED)

    def read(self) -> tuple[int, bool]:
        """How many folds are finished, and whether kernels are being compiled."""
        sent = b"" if self.path is None else self.path.read_bytes()
        compiled = sent.count(FINISHED_AND_COMPILED)
        return sent.count(FINISHED) + compiled, sent.count(BEGUN) > compiled

    def _send(self, signal: bytes) -> None:
        assert self.path is not None
        with suppress(OSError):  # a full disk: the folds matter, and not what is shown of them
            descriptor = os.open(self.path, os.O_WRONLY | os.O_APPEND)
            try:
                os.write(descriptor, signal)
            finally:
                os.close(descriptor)


@contextmanager
def watched_folds(progress: Callable[[str, int, int], None], reused: int, total: int) -> Iterator[FoldSignals]:
    """Signals for workers to send while the block runs, which are passed on to `progress` if it is continual."""
    if not isinstance(progress, ContinualProgress):
        yield FoldSignals(None)
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        signals = FoldSignals(Path(folder) / "folds")
        assert signals.path is not None
        signals.path.touch()
        ended = Event()
        watch = Thread(target=_watch, args=(signals, progress, reused, total, ended), daemon=True)
        watch.start()
        try:
            yield signals
        finally:
            ended.set()
            watch.join()


def _watch(signals: FoldSignals, progress: ContinualProgress, reused: int, total: int, ended: Event) -> None:
    while not ended.wait(EVERY):
        finished, compiling = signals.read()
        progress.between(COMPILING if compiling else STAGE, reused + finished, total)
