"""The study: every index in turn, those that fail as a line."""

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from experiments.left_out.losses import table_of
from experiments.left_out.market import LeftOut, Setting, study_of
from features.errors import InputError
from forecast.backtest.backtest import Progress, backtest, silent


@dataclass(frozen=True)
class Trial:
    """An index that was left out: the first and last session of its history, its losses; or why there are none."""

    index: LeftOut
    history: tuple[str, str] | None
    losses: pd.DataFrame | None
    failure: str = ""


def each(
    indices: Sequence[LeftOut], given: Setting, *, jobs: int = 1, keep: Path | None = None, progress: Progress = silent
) -> Iterator[Trial]:
    """Each index as soon as it is tested. keep : folder that losses are written to, and read from where they are there already."""
    for place, one in enumerate(indices, start=1):
        try:
            yield _tested(one, given, jobs, keep, _at(f"{one.name} ({place} of {len(indices)})", progress))
        except InputError as error:
            yield Trial(one, None, None, str(error))
        except Exception as error:  # whatever is wrong with one index, the others are worth having, and the page says it
            yield Trial(one, None, None, f"{type(error).__name__}: {' '.join(str(error).split())}")


def _tested(one: LeftOut, given: Setting, jobs: int, keep: Path | None, progress: Progress) -> Trial:
    progress("reading the data", 0, 0)
    study = study_of(one, given)
    sample = study.dataset.sample

    def computed() -> pd.DataFrame:
        tested = backtest(study.samples, study.experiment, jobs=jobs, progress=progress)
        return table_of(sample, tested, study.experiment.model.components)

    losses = computed() if keep is None else _kept(keep / f"{one.name.replace(' ', '-')}-{study.digest}.parquet", computed)
    if losses.empty:
        raise InputError(f"{one.name}: no surge after {study.experiment.walk_forward.start} whose outcome is known")
    return Trial(one, (str(sample.sessions[0]), str(sample.sessions[-1])), losses)


def _kept(path: Path, computed: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """What is in `path`, which is computed and written first if it is not there; never seen half written."""
    if path.is_file():
        return pd.read_parquet(path)
    found = computed()
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        found.to_parquet(scratch, index=False)
        scratch.replace(path)
    finally:
        scratch.unlink(missing_ok=True)
    return found


def _at(where: str, progress: Progress) -> Progress:
    return lambda stage, done, total: progress(f"{where}, {stage}", done, total)
