"""The folds of a walk-forward, each fitted by itself, on any number of workers; those that an earlier run finished are read."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from joblib import Parallel, delayed
from joblib.externals.loky.process_executor import TerminatedWorkerError
from threadpoolctl import threadpool_limits

from features.errors import InputError
from forecast.backtest.checkpoints import Checkpoints, FoldPrediction, StoredFold
from forecast.backtest.experiment import Experiment
from forecast.backtest.fold_key import fold_keys
from forecast.backtest.fold_signals import STAGE, FoldSignals, watched_folds
from forecast.backtest.samples_file import samples_for
from forecast.engines.probabilities import stack
from forecast.models.base_rate import stack_base_rates
from forecast.models.forecaster import FAULT, fit_forecaster
from forecast.target.sample import Sample, samples_as_of
from forecast.target.splits import Fold

BATCH = 4  # neighbouring folds that one worker fits: what is refitted once a year is then shared by most of them

Progress = Callable[[str, int, int], None]  # stage, done, total; total 0 where there is nothing to count


def silent(_stage: str, _done: int, _total: int) -> None:
    """Progress that is not shown."""


@dataclass(frozen=True)
class WalkedFolds:
    """What each fold predicts, in their order; how many an earlier training had finished, and notes on storing them."""

    predictions: list[FoldPrediction]
    reused: int
    notes: tuple[str, ...]


@dataclass(frozen=True)
class FoldStep:
    """A fold to be fitted, or read if it is among the `checkpoints` by its `key`."""

    fold: Fold
    checkpoints: Checkpoints | None
    key: str

    def stored(self, target: Sample, experiment: Experiment) -> StoredFold:
        """The fold if it is stored."""
        if self.checkpoints is None:
            return StoredFold(None)
        return self.checkpoints.read(self.key, prediction_shape(self.fold, target, experiment))

    def finish(self, samples: Sequence[Sample], experiment: Experiment) -> tuple[FoldPrediction, str | None]:
        """The fold, by now perhaps finished by another training; and why it could not be stored, or None.

        One in which the program failed is not stored: that may have been chance.
        """
        if stored := self.stored(samples[0], experiment).prediction:
            return stored, None
        prediction = predict_fold(self.fold, samples, experiment)
        if self.checkpoints is None or any(FAULT in note for note in prediction.notes):
            return prediction, None
        return prediction, self.checkpoints.write(self.key, prediction)


def fold_steps(folds: Sequence[Fold], samples: Sequence[Sample], experiment: Experiment, checkpoints: Checkpoints | None) -> list[FoldStep]:
    """The folds with their keys, where there are checkpoints."""
    keys = [""] * len(folds) if checkpoints is None else fold_keys(folds, samples, experiment)
    return [FoldStep(fold, checkpoints, key) for fold, key in zip(folds, keys, strict=True)]


def walk(
    folds: Sequence[Fold],
    samples: Sequence[Sample],
    experiment: Experiment,
    *,
    jobs: int = 1,
    progress: Progress = silent,
    checkpoints: Checkpoints | None = None,
) -> WalkedFolds:
    """`predict_fold` of each fold. Progress begins with those in `checkpoints`; the worker that finishes another stores it there.

    checkpoints : where finished folds are read and stored; without, each is fitted and none stored.

    InputError where a worker is ended from outside.
    """
    if not folds:
        return WalkedFolds([], 0, ())
    steps = fold_steps(folds, samples, experiment, checkpoints)
    done, notes = _stored(steps, samples[0], experiment)
    reused, failure = len(done), None
    progress(STAGE, reused, len(folds))
    left = [place for place in range(len(folds)) if place not in done]
    workers = max(1, min(jobs, len(left)))
    try:
        with watched_folds(progress, reused, len(folds)) as signals, samples_for(workers, samples) as held:
            tasks = (delayed(_finish)(steps[place], held, experiment, signals) for place in left)
            results = Parallel(n_jobs=workers, return_as="generator", batch_size=BATCH)(tasks)
            for place, (prediction, why) in zip(left, results, strict=True):
                done[place], failure = prediction, failure or why
                progress(STAGE, len(done), len(folds))
    except TerminatedWorkerError:
        raise InputError(f"--jobs {jobs}: a worker was ended from outside, often for want of memory; ask for fewer") from None
    if failure:
        notes = (*notes, f"finished folds are not kept ({failure}): a rerun of this training would begin anew")
    return WalkedFolds([done[place] for place in range(len(folds))], reused, notes)


def predict_fold(fold: Fold, samples: Sequence[Sample], experiment: Experiment) -> FoldPrediction:
    """The components of one refit, fitted on what was known, and their predictions for the fold's surges."""
    target = samples[0]
    cutoff = target.sessions[fold.trained_to]
    forecaster = fit_forecaster(samples_as_of(samples, cutoff), experiment.model)
    paths = experiment.interval.paths
    seen = [target.up_to(int(target.rows[m])) for m in fold.test]
    with threadpool_limits(1):  # as `fit_forecaster`
        each = [forecaster.predict(sample, experiment.seed, draw_paths=paths) for sample in seen]
        base = stack_base_rates([forecaster.base_rates(sample) for sample in seen])
    notes = (*forecaster.notes, *(note for _, notes in each for note in notes))
    return FoldPrediction(stack([prediction for prediction, _ in each]), base, tuple(f"{cutoff}: {note}" for note in notes))


def _stored(steps: Sequence[FoldStep], target: Sample, experiment: Experiment) -> tuple[dict[int, FoldPrediction], tuple[str, ...]]:
    """The stored folds by their place; and a note on each file that is there but cannot be used."""
    done: dict[int, FoldPrediction] = {}
    notes: list[str] = []
    for place, step in enumerate(steps):
        stored = step.stored(target, experiment)
        if stored.prediction:
            done[place] = stored.prediction
        elif stored.harm:
            day = target.sessions[step.fold.trained_to]
            notes.append(f"{day}: the kept fold cannot be used ({stored.harm}) and is computed anew")
    return done, tuple(notes)


def _finish(
    step: FoldStep, held: Callable[[], Sequence[Sample]], experiment: Experiment, signals: FoldSignals
) -> tuple[FoldPrediction, str | None]:
    """`FoldStep.finish`, whose end is signalled."""
    with signals.fold():
        return step.finish(held(), experiment)


def prediction_shape(fold: Fold, target: Sample, experiment: Experiment) -> tuple[int, ...]:
    """(n, k, q, 3) of the probabilities of a fold: its surges, the components, the questions."""
    return len(fold.test), len(experiment.model.components), len(target.questions), 3
