"""The study: every index in turn, those that fail as a line."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.left_out.design import LeftOutDesign, LeftOutIndex, study_of
from experiments.left_out.losses import settled_losses
from features.errors import InputError
from features.files.atomic import atomic_write
from forecast.backtest.backtest import backtest
from forecast.backtest.walk_forward import Progress, silent


@dataclass(frozen=True)
class Trial:
    """An index that was left out: the first and last session of its history, its losses; or why there are none."""

    index: LeftOutIndex
    history: tuple[str, str] | None
    losses: pd.DataFrame | None
    failure: str = ""


def each(
    indices: Sequence[LeftOutIndex], design: LeftOutDesign, *, jobs: int = 1, keep: Path | None = None, progress: Progress = silent
) -> Iterator[Trial]:
    """Each index as soon as it is tested. keep : folder that losses are written to, and read from where they are there already."""
    for place, one in enumerate(indices, start=1):
        try:
            yield _trial(one, design, jobs, keep, _at(f"{one.name} ({place} of {len(indices)})", progress))
        except InputError as error:
            yield Trial(one, None, None, str(error))
        except Exception as error:  # whatever is wrong with one index, the others are worth having, and the page says it
            yield Trial(one, None, None, f"{type(error).__name__}: {' '.join(str(error).split())}")


def _trial(one: LeftOutIndex, design: LeftOutDesign, jobs: int, keep: Path | None, progress: Progress) -> Trial:
    progress("reading the data", 0, 0)
    study = study_of(one, design)
    sample = study.dataset.sample
    path = None if keep is None else keep / f"{one.name.replace(' ', '-')}-{study.digest}.parquet"
    if path is not None and path.is_file():
        losses = pd.read_parquet(path)
    else:
        tested = backtest(study.samples, study.experiment, jobs=jobs, progress=progress).forecasts
        losses = settled_losses(sample, tested, study.experiment.model.components)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            with atomic_write(path) as scratch:
                losses.to_parquet(scratch, index=False)
    if losses.empty:
        raise InputError(f"{one.name}: no surge after {study.experiment.walk_forward.start} whose outcome is known")
    return Trial(one, (str(sample.sessions[0]), str(sample.sessions[-1])), losses)


def _at(where: str, progress: Progress) -> Progress:
    return lambda stage, done, total: progress(f"{where}, {stage}", done, total)
