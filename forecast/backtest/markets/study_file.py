"""Studies on disk, for workers to read: what several markets share is one file, and one object in the memory of each worker."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import joblib

from features.files.atomic import replacement
from forecast.backtest.fold_key import sample_digest
from forecast.backtest.study import Study
from forecast.target.sample import Sample

STUDIES, SAMPLES = 2, 64  # that a worker holds in memory: its tasks come market by market


@dataclass(frozen=True)
class StudyFile:
    """A study in `path`, and its companions beside it by their digests."""

    path: Path

    @classmethod
    def write(cls, study: Study, folder: Path) -> "StudyFile":
        """The study into `folder`, without results that are worked out anew where they are wanted; companions that are there stay."""
        digests = tuple(map(sample_digest, study.companions))
        for digest, sample in zip(digests, study.companions, strict=True):
            if not (place := _companion(folder, digest)).exists():
                _dump(sample, place)
        panel = study.dataset.panel
        bare = replace(panel, released={name: replace(releases) for name, releases in panel.released.items()})
        file = cls(folder / f"{study.run_name}.study")
        _dump((replace(study, companions=(), dataset=replace(study.dataset, panel=bare)), digests), file.path)
        return file

    def read(self) -> Study:
        """The study, of which a process holds the last few."""
        return _study(self.path)


@lru_cache(maxsize=STUDIES)
def _study(path: Path) -> Study:
    study, digests = joblib.load(path)
    return replace(study, companions=tuple(_sample(_companion(path.parent, digest)) for digest in digests))


@lru_cache(maxsize=SAMPLES)
def _sample(path: Path) -> Sample:
    return joblib.load(path)


def _companion(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.sample"


def _dump(content: Sample | tuple[Study, tuple[str, ...]], path: Path) -> None:
    with replacement(path) as scratch:
        joblib.dump(content, scratch)
