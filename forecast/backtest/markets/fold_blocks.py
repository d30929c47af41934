"""Blocks of neighbouring folds of one market: the tasks of a walk-forward over many markets, whose results are checkpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from forecast.backtest.checkpoints import Checkpoints
from forecast.backtest.markets.study_file import StudyFile
from forecast.backtest.study import Study
from forecast.backtest.walk_forward import BATCH, fold_steps
from forecast.target.sample import Sample
from forecast.target.splits import Fold


@dataclass(frozen=True)
class FoldBlock:
    """The folds of a study from `first` to before `last`.

    Parameters
    ----------
    study : StudyFile
    place : Path
        The folder of the runs, beside which finished folds are.
    first, last : int
    keys : tuple of str
        Of the folds, as the process that read the study has them.
    """

    study: StudyFile
    place: Path
    first: int
    last: int
    keys: tuple[str, ...]

    def __len__(self) -> int:
        return self.last - self.first


def fold_blocks(study: Study, file: StudyFile, place: Path) -> list[FoldBlock]:
    """The folds of a study that no earlier training has finished and stored in `place`."""
    target, folds = study.dataset.sample, study.experiment.walk_forward.folds(study.dataset.sample)
    steps = fold_steps(folds, study.samples, study.experiment, Checkpoints.within(place))
    left = [number for number, step in enumerate(steps) if step.stored(target, study.experiment).prediction is None]
    cuts = neighbours(folds, left, target)
    return [FoldBlock(file, place, first, last, tuple(step.key for step in steps[first:last])) for first, last in cuts]


def walk_block(block: FoldBlock) -> None:
    """Fits the folds of a block and stores them. What cannot be stored is fitted again by who pools them.

    ValueError on a machine of another kind, or with other code, than where the study was read: its bits may be others.
    """
    study = block.study.read()
    folds = study.experiment.walk_forward.folds(study.dataset.sample)[block.first : block.last]
    steps = fold_steps(folds, study.samples, study.experiment, Checkpoints.within(block.place))
    if block.keys != tuple(step.key for step in steps):
        raise ValueError(f"{study.run_name}: this worker has another processor, library or code; use workers of one kind")
    for step in steps:
        step.finish(study.samples, study.experiment)


def distinct(blocks: Sequence[FoldBlock]) -> list[FoldBlock]:
    """The blocks without those whose every fold is in one before: experiments that differ only in how they pool have the same folds."""
    seen: set[str] = set()
    chosen = []
    for block in blocks:
        if not seen.issuperset(block.keys):
            chosen.append(block)
            seen.update(block.keys)
    return chosen


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
