"""Walk: the folds of a walk-forward, each fitted by itself, on any number of workers; those that were finished before are taken as kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError

from features.errors import InputError
from forecast.backtest.checkpoints import Checkpoints, Finished
from forecast.backtest.experiment import Experiment
from forecast.engines.probabilities import stack
from forecast.models.forecaster import fit_forecaster
from forecast.target.sample import Sample, samples_as_of
from forecast.target.splits import Fold

BATCH = 4  # neighbouring folds that one worker fits: what is refitted once a year is then shared by most of them

Progress = Callable[[str, int, int], None]  # stage, done, total; total 0 where there is nothing to count
STAGE = "walk-forward"


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that is not shown."""


@dataclass(frozen=True)
class Walked:
    """What each fold gave, in their order; how many were finished before, and what there is to say of keeping them."""

    results: list[Finished]
    resumed: int
    notes: tuple[str, ...]


def walk(
    folds: Sequence[Fold],
    samples: Sequence[Sample],
    experiment: Experiment,
    *,
    jobs: int = 1,
    progress: Progress = silent,
    kept: Checkpoints | None = None,
) -> Walked:
    """`forecast_fold` of each fold. Progress begins with those in `kept`; the others are kept there by the worker that finishes them.

    InputError where a worker is ended from outside.
    """
    if not folds:
        return Walked([], 0, ())
    done, notes = _taken(folds, samples, experiment, kept)
    resumed, unkept = len(done), None
    progress(STAGE, resumed, len(folds))
    left = [place for place in range(len(folds)) if place not in done]
    tasks = (delayed(_finish)(folds[place], samples, experiment, kept) for place in left)
    try:
        found = Parallel(n_jobs=max(1, min(jobs, len(left))), return_as="generator", batch_size=BATCH)(tasks)
        for place, (finished, why) in zip(left, found, strict=True):
            done[place], unkept = finished, unkept or why
            progress(STAGE, len(done), len(folds))
    except TerminatedWorkerError:
        raise InputError(f"--jobs {jobs}: a worker was ended from outside, often for want of memory; ask for fewer") from None
    if unkept:
        notes = (*notes, f"finished folds are not kept ({unkept}): a rerun of this training would begin anew")
    return Walked([done[place] for place in range(len(folds))], resumed, notes)


def forecast_fold(fold: Fold, samples: Sequence[Sample], experiment: Experiment) -> Finished:
    """The components' chances for the fold's surges, (n_test, n_components, q, 3), and its notes."""
    target = samples[0]
    cutoff = target.sessions[fold.trained_to]
    forecaster = fit_forecaster(samples_as_of(samples, cutoff), experiment.model)
    paths = experiment.interval.paths
    given = [forecaster.predict(target.up_to(int(target.rows[m])), experiment.seed, draw_paths=paths) for m in fold.test]
    notes = (*forecaster.notes, *(note for _, noted in given for note in noted))
    return stack([chances for chances, _ in given]), tuple(f"{cutoff}: {note}" for note in notes)


def _taken(
    folds: Sequence[Fold], samples: Sequence[Sample], experiment: Experiment, kept: Checkpoints | None
) -> tuple[dict[int, Finished], tuple[str, ...]]:
    """By their place, the folds that are kept; and a note on each file that is there but cannot be used."""
    done: dict[int, Finished] = {}
    notes: list[str] = []
    for place, fold in enumerate(folds) if kept else ():
        found = kept.read(fold, _shape(fold, samples[0], experiment)) if kept else None
        if found and found.finished:
            done[place] = found.finished
        elif found and found.harm:
            notes.append(f"{samples[0].sessions[fold.trained_to]}: the kept fold cannot be used ({found.harm}) and is computed anew")
    return done, tuple(notes)


def _finish(fold: Fold, samples: Sequence[Sample], experiment: Experiment, kept: Checkpoints | None) -> tuple[Finished, str | None]:
    """The fold, by now perhaps finished by another run of the same; and why it could not be kept, or None."""
    if kept is None:
        return forecast_fold(fold, samples, experiment), None
    if found := kept.read(fold, _shape(fold, samples[0], experiment)).finished:
        return found, None
    finished = forecast_fold(fold, samples, experiment)
    return finished, kept.keep(fold, finished)


def _shape(fold: Fold, target: Sample, experiment: Experiment) -> tuple[int, ...]:
    return len(fold.test), len(experiment.model.components), len(target.questions), 3
