"""The backtest: every surge forecast by models that had seen nothing of it, and pooled as the ensemble would have been learned then."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.backtest.checkpoints import Checkpoints, FoldPrediction
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward import Progress, silent, walk
from forecast.models.ensemble.ensemble import fit_ensemble
from forecast.models.ensemble.intervals import track_records
from forecast.models.ensemble.methods import METHODS
from forecast.models.forecasts import Forecasts
from forecast.target.sample import Sample
from forecast.target.splits import Fold


@dataclass(frozen=True)
class Backtest:
    """Forecasts of a walk-forward.

    Parameters
    ----------
    forecasts : Forecasts
        In the order of time.
    notes : tuple of str
        What the fits had to report, with the session they were trained to.
    reused : int
        How many refits an earlier training had finished.
    """

    forecasts: Forecasts
    notes: tuple[str, ...]
    reused: int = 0


def backtest(
    samples: Sequence[Sample],
    experiment: Experiment,
    *,
    jobs: int = 1,
    progress: Progress = silent,
    checkpoints: Checkpoints | None = None,
) -> Backtest:
    """Forecast every surge of the first sample from the walk-forward's start, learning from all samples.

    Each fold is fitted from scratch on what was known, so folds are independent: any number of workers gives the same bits.

    Parameters
    ----------
    samples : sequence of Sample
        The target market, then the companions to learn from.
    experiment : Experiment
        What is asked, of which models.
    jobs : int
        Workers.
    progress : callable
        Told of the stage, what is done and the total.
    checkpoints : Checkpoints, optional
        Where finished folds are stored, and read from if they are there.

    Returns
    -------
    Backtest

    Raises
    ------
    InputError
        For a history that ends before the walk-forward's start, or a worker that was ended from outside.
    """
    folds = experiment.walk_forward.folds(samples[0])
    walked = walk(folds, samples, experiment, jobs=jobs, progress=progress, checkpoints=checkpoints)
    forecasts, notes = pool_folds(samples[0], folds, walked.predictions, experiment, progress=progress)
    fold_notes = (note for prediction in walked.predictions for note in prediction.notes)
    return Backtest(forecasts, (*fold_notes, *walked.notes, *notes), walked.reused)


def pool_folds(
    target: Sample, folds: Sequence[Fold], predictions: Sequence[FoldPrediction], experiment: Experiment, *, progress: Progress = silent
) -> tuple[Forecasts, tuple[str, ...]]:
    """The forecasts that the components' predictions make, and notes: each fold's ensemble learns from the forecasts before it."""
    forecasts = Forecasts.empty(components=len(experiment.model.components), questions=len(target.questions), methods=len(METHODS))
    notes: list[str] = []
    prior = experiment.model.prior_weights
    for fold, prediction in zip(folds, predictions, strict=True):
        progress("pool and calibration", 0, 0)
        row = fold.trained_to
        ensemble, remarks = fit_ensemble(target, forecasts, row, prior=prior, pool=experiment.pool, calibration=experiment.calibration)
        records = track_records(forecasts, target.up_to(row))
        batch = ensemble.forecast(target, fold.test, row, prediction.prediction, prediction.base, records, experiment.interval.level)
        forecasts = forecasts.append(batch)
        notes.extend(f"{target.sessions[row]}: {remark}" for remark in remarks)
    return forecasts, tuple(notes)
