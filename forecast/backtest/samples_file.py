"""Samples on disk for the workers of a walk-forward: each reads them once, and what it has worked out of them serves all its folds."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib

from forecast.target.sample import Sample


@dataclass(frozen=True)
class SamplesFile:
    """Samples in a file of this machine."""

    path: Path

    def read(self) -> tuple[Sample, ...]:
        """The samples, of which a process holds the last it read."""
        return _samples(self.path)


@dataclass(frozen=True)
class SamplesHere:
    """Samples in the memory of this process."""

    samples: tuple[Sample, ...]

    def read(self) -> tuple[Sample, ...]:
        """The samples."""
        return self.samples


@contextmanager
def samples_for(jobs: int, samples: Sequence[Sample]) -> Iterator[SamplesFile | SamplesHere]:
    """The samples as so many workers take them: in a file as long as the context lasts, or as they are for one, this process itself."""
    if jobs == 1:
        yield SamplesHere(tuple(samples))
        return
    with TemporaryDirectory(prefix="forecast-samples-") as folder:
        path = Path(folder) / "samples"
        joblib.dump(tuple(samples), path)
        yield SamplesFile(path)


@lru_cache(maxsize=1)
def _samples(path: Path) -> tuple[Sample, ...]:
    return tuple(joblib.load(path))
