"""Samples on disk, for workers to read: a file each, and one object in the memory of a worker, whoever asks for it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import joblib

from features.files.atomic import replacement
from forecast.backtest.fold_key import sample_digest
from forecast.target.sample import Sample

HELD = 64  # samples that a process keeps in memory, with what was worked out of them


@dataclass(frozen=True)
class SampleFile:
    """A sample in a folder; by its digest it is the same in any."""

    digest: str
    folder: Path = field(compare=False)

    @classmethod
    def write(cls, sample: Sample, folder: Path) -> "SampleFile":
        """The sample into `folder`, unless it is there."""
        file = cls(sample_digest(sample), folder)
        if not file.path.exists():
            with replacement(file.path) as scratch:
                joblib.dump(sample, scratch)
        return file

    @property
    def path(self) -> Path:
        return self.folder / f"{self.digest}.sample"

    def read(self) -> Sample:
        """The sample, of which a process holds the last HELD."""
        return _read(self)


@dataclass(frozen=True)
class SampleFiles:
    """Several of them."""

    files: tuple[SampleFile, ...]

    def read(self) -> tuple[Sample, ...]:
        """The samples."""
        return tuple(file.read() for file in self.files)


@contextmanager
def samples_for(jobs: int, samples: Sequence[Sample]) -> Iterator[Callable[[], Sequence[Sample]]]:
    """What gives the samples in so many workers: from files as long as the context lasts, or as they are in one, this process itself."""
    if jobs == 1:
        yield lambda: samples
        return
    with TemporaryDirectory(prefix="forecast-samples-") as folder:
        yield SampleFiles(tuple(SampleFile.write(sample, Path(folder)) for sample in samples)).read


@lru_cache(maxsize=HELD)
def _read(file: SampleFile) -> Sample:
    return joblib.load(file.path)
