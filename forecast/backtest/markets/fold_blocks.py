"""Blocks of neighbouring folds of one market: the tasks of a walk-forward over many markets, whose results are checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from forecast.backtest.checkpoints import Checkpoints, checkpoints_of, identity
from forecast.backtest.markets.study_file import STUDIES, StudyFile
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import BATCH, finish_fold, prediction_shape
from forecast.target.sample import Sample
from forecast.target.splits import Fold


@dataclass(frozen=True)
class FoldBlock:
    """The folds of a study from `first` to before `last`.

    Parameters
    ----------
    study : StudyFile
    place : Path
        The folder in which its folder of checkpoints is.
    identity : str
        Of the study, the code and the kind of machine.
    first, last : int
    """

    study: StudyFile
    place: Path
    identity: str
    first: int
    last: int

    def __len__(self) -> int:
        return self.last - self.first


def fold_blocks(study: Study, file: StudyFile, place: Path, key: str) -> list[FoldBlock]:
    """The folds of a study that no earlier run of the identity `key` has finished and stored in `place`."""
    folds = study.experiment.walk_forward.folds(study.dataset.sample)
    left = _left(folds, study, checkpoints_of(place, study.run_name, key))
    return [FoldBlock(file, place, key, first, last) for first, last in neighbours(folds, left, study.dataset.sample)]


def walk_block(block: FoldBlock) -> None:
    """Fits the folds of a block and stores them. What cannot be stored is fitted again by who pools them.

    ValueError on a machine of another kind, or with other code, than where the study was read: its bits may be others.
    """
    study = block.study.read()
    if _identity_here(block.study) != block.identity:
        raise ValueError(f"{study.run_name}: this worker has another processor, library or code; use workers of one kind")
    checkpoints = checkpoints_of(block.place, study.run_name, block.identity)
    for fold in study.experiment.walk_forward.folds(study.dataset.sample)[block.first : block.last]:
        finish_fold(fold, study.samples, study.experiment, checkpoints)


@lru_cache(maxsize=STUDIES)
def _identity_here(file: StudyFile) -> str:
    study = file.read()
    return identity(study.samples, study.experiment, study.digest)


def neighbours(folds: Sequence[Fold], left: Sequence[int], sample: Sample) -> list[tuple[int, int]]:
    """Neighbours among the places `left`, of one calendar year, or of several so that a block has at least BATCH folds.

    What is refitted once a year is so fitted by one worker.
    """
    cut: list[tuple[int, int]] = []
    for place in left:
        first, last = cut[-1] if cut else (place, place)
        same_year = place and _year(sample, folds[place]) == _year(sample, folds[place - 1])
        if cut and last == place and (same_year or last - first < BATCH):
            cut[-1] = (first, place + 1)
        else:
            cut.append((place, place + 1))
    return cut


def _year(sample: Sample, fold: Fold) -> int:
    return int(sample.sessions[fold.trained_to].astype("datetime64[Y]").astype(int))


def _left(folds: Sequence[Fold], study: Study, checkpoints: Checkpoints) -> list[int]:
    """The places of the folds that are not stored, or not in a way that they can be used."""
    shapes = (prediction_shape(fold, study.dataset.sample, study.experiment) for fold in folds)
    return [
        place for place, (fold, shape) in enumerate(zip(folds, shapes, strict=True)) if checkpoints.read(fold, shape).prediction is None
    ]
