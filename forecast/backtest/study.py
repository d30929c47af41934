"""Study: an experiment on its data, through walk-forward, final fit and evaluation."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.panel.calendar import day
from features.panel.indices import Index
from features.panel.panel import Panel
from features.sources.load import DataSource
from forecast.backtest.backtest import backtest
from forecast.backtest.checkpoints import Checkpoints
from forecast.backtest.companions import companion_samples, samples_of
from forecast.backtest.dataset import Data, Dataset, LiveOptions, data_of, dataset_of, known_panel, refuse_short_history
from forecast.backtest.experiment import Experiment, chosen_experiment
from forecast.backtest.own_prices import experiment_in_memory
from forecast.backtest.promotion import promotion
from forecast.backtest.verification import evaluate
from forecast.backtest.verification.calibration_monitor import backtest_monitor
from forecast.backtest.verification.pooling_comparison import compare_pooling
from forecast.backtest.walk_forward import Progress, silent
from forecast.models.ensemble.ensemble import fit_ensemble
from forecast.models.ensemble.intervals import track_records
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecaster import fit_forecaster
from forecast.models.forecasts import Forecasts
from forecast.target.sample import Sample, samples_as_of


@dataclass(frozen=True)
class StudyResult:
    """What a study finds.

    Parameters
    ----------
    forecasts : Forecasts
        Those of the walk-forward; where the last session is a surge, its forecast is that of `model`.
    model : ForecastModel
        Fitted on all that is known.
    today : bool
        Whether the last session is a surge.
    metrics : dict
        The content of metrics.json.
    """

    forecasts: Forecasts
    model: ForecastModel
    today: bool
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Study:
    """An experiment and the data it is run on; `data` tells where they come from, `companions` what else is learned from."""

    experiment: Experiment
    data: str
    dataset: Dataset
    companions: tuple[Sample, ...] = ()

    @classmethod
    def prepare(
        cls,
        experiment: str | Path | Experiment | None,
        *,
        data: Data,
        as_of: str | date | None,
        overrides: Sequence[str],
        fresh: LiveOptions | None = None,
    ) -> "Study":
        """Reads experiment and data; InputError, one line, for what is wrong with either."""
        progress = silent if fresh is None else fresh.progress
        if isinstance(data, str | Path | DataSource | None):
            chosen = chosen_experiment(experiment, overrides)
            source = data_of(chosen, data, as_of, fresh)
        else:
            chosen, source = experiment_in_memory(experiment, data, overrides)
        panel, notes_of_panel = known_panel(chosen, source, None if as_of is None else day(as_of))
        refuse_short_history(panel, chosen)
        progress("features", 0, 0)
        dataset = dataset_of(panel, chosen, notes_of_panel)
        chosen.walk_forward.first_row(dataset.sample)  # refused before anything is opened or computed
        progress("companions", 0, 0)
        companions, notes = companion_samples(chosen, source, dataset.panel)
        return cls(chosen, source.name, replace(dataset, notes=(*dataset.notes, *notes)), tuple(companions))

    @classmethod
    def of(cls, experiment: Experiment, data: str, panel: Panel, companions: Sequence[Index]) -> "Study":
        """A study of `panel`, which is at hand, with `companions` to learn from in place of those that the experiment names.

        data : the origin that is told.   InputError, one line, for a history too short for the experiment.
        """
        refuse_short_history(panel, experiment)
        dataset = dataset_of(panel, experiment, panel.notes)
        experiment.walk_forward.first_row(dataset.sample)
        return cls(experiment, data, dataset, tuple(samples_of(companions, experiment, panel)))

    @property
    def samples(self) -> list[Sample]:
        """The target's, then the companions'."""
        return [self.dataset.sample, *self.companions]

    @property
    def digest(self) -> str:
        """Names the run: 16 hexadecimal digits of the experiment's digest, the panel's and the companions'."""
        companions = "".join(sample.digest for sample in self.companions)
        return sha256((self.experiment.digest + self.dataset.panel.digest + companions).encode()).hexdigest()[:16]

    @property
    def run_name(self) -> str:
        """Name of the run and of its default folder."""
        return f"{self.experiment.name}-{self.digest[:10]}"

    def run(self, *, jobs: int | None = None, progress: Progress = silent, checkpoints: Checkpoints | None = None) -> StudyResult:
        """Walk-forward, final fit on all that is known, and the scores of what is settled."""
        began = time.monotonic()
        experiment, sample = self.experiment, self.dataset.sample
        tested = backtest(self.samples, experiment, jobs=jobs or os.cpu_count() or 1, progress=progress, checkpoints=checkpoints)
        progress("final fit", 0, 0)
        model, notes = self._final(tested.forecasts)
        compared = compare_pooling(sample, tested.forecasts, model.ensemble)
        forecasts = tested.forecasts
        today = bool(len(sample.rows)) and int(sample.rows[-1]) == len(sample) - 1
        if today:
            last, remarks = model.forecast(sample, experiment.seed, experiment.interval)
            forecasts, notes = forecasts.select(forecasts.surges != last.surges[0]).append(last), (*notes, *remarks)
        progress("scores", 0, 0)
        questions = evaluate(sample, forecasts, experiment.model.components)
        main = {question.label: questions[question.label] for question in experiment.outcome.questions}
        metrics = {
            "questions": questions,
            "combination": compared,
            "promotion": promotion(main, experiment.promotion),
            "monitor": backtest_monitor(sample, forecasts),
            "surges": len(sample.rows),
            "forecasts": len(forecasts),
            "seconds": time.monotonic() - began,
            "reused": tested.reused,
            "warnings": [*tested.notes, *(f"{sample.sessions[-1]}: {note}" for note in notes)],
        }
        return StudyResult(forecasts, model, today, metrics)

    def _final(self, forecasts: Forecasts) -> tuple[ForecastModel, tuple[str, ...]]:
        """The model fitted on all that is known, whose ensemble learns from the walk-forward's forecasts; and notes."""
        experiment, sample = self.experiment, self.dataset.sample
        last, row = sample.sessions[-1], len(sample) - 1
        forecaster = fit_forecaster(samples_as_of(self.samples, last), experiment.model)
        ensemble, notes = fit_ensemble(
            sample, forecasts, row, prior=experiment.model.prior_weights, pool=experiment.pool, calibration=experiment.calibration
        )
        model = ForecastModel(forecaster, ensemble, track_records(forecasts, sample.up_to(row)), last)
        return model, (*forecaster.notes, *notes)
