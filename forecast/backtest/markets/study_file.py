"""Studies on disk, for workers to read: what several markets share is one file, and one object in the memory of each worker."""

from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import joblib

from features.files.atomic import replacement
from forecast.backtest.samples_file import SampleFile
from forecast.backtest.study import Study

STUDIES = 2  # that a worker holds in memory: its tasks come market by market


@dataclass(frozen=True)
class StudyFile:
    """A study in `path`, and its companions beside it."""

    path: Path

    @classmethod
    def write(cls, study: Study, folder: Path) -> "StudyFile":
        """The study into `folder`, without results that are worked out anew where they are wanted; companions that are there stay."""
        companions = tuple(SampleFile.write(sample, folder) for sample in study.companions)
        panel = study.dataset.panel
        bare = replace(panel, released={name: replace(releases) for name, releases in panel.released.items()})
        file = cls(folder / f"{study.run_name}.study")
        with replacement(file.path) as scratch:
            joblib.dump((replace(study, companions=(), dataset=replace(study.dataset, panel=bare)), companions), scratch)
        return file

    def read(self) -> Study:
        """The study, of which a process holds the last few."""
        return _read(self.path)


@lru_cache(maxsize=STUDIES)
def _read(path: Path) -> Study:
    study, companions = joblib.load(path)
    return replace(study, companions=tuple(file.read() for file in companions))
