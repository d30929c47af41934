"""Study: an experiment on its data, through walk-forward, final fit and evaluation."""

import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.panel.calendar import day
from features.panel.indices import Index
from features.panel.panel import Panel
from features.sources.load import DataSource
from forecast.backtest.backtest import Forecasts, Progress, backtest, first_row, give, resolved_by, silent
from forecast.backtest.checkpoints import Checkpoints, identity, open_checkpoints
from forecast.backtest.companions import companion_samples, samples_of
from forecast.backtest.dataset import Dataset, LiveOptions, assemble, data_of, dataset_of
from forecast.backtest.experiment import Experiment, chosen_experiment
from forecast.backtest.promotion import promotion
from forecast.backtest.verification import evaluate
from forecast.backtest.verification.calibration_monitor import backtest_monitor
from forecast.backtest.verification.pooling_comparison import compare_pooling
from forecast.models.ensemble.ensemble import Ensemble, fit_ensemble
from forecast.models.forecaster import Forecaster, fit_forecaster
from forecast.target.sample import Sample, samples_as_of


@dataclass(frozen=True)
class Result:
    """`tested` ends with the final fit's forecast when the last session is a surge (`today`), made by the final `chain`."""

    tested: Forecasts
    final: Forecaster
    chain: Ensemble
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
        data: str | Path | DataSource | None,
        as_of: str | date | None,
        overrides: Sequence[str],
        fresh: LiveOptions | None = None,
    ) -> "Study":
        """Reads experiment and data; InputError, one line, for what is wrong with either."""
        chosen = chosen_experiment(experiment, overrides)
        found = data_of(chosen, data, as_of, fresh)
        dataset = assemble(chosen, found, None if as_of is None else day(as_of))
        first_row(dataset.sample, chosen)  # refused before anything is opened or computed
        companions, notes = companion_samples(chosen, found, dataset.panel)
        return cls(chosen, found.name, replace(dataset, notes=(*dataset.notes, *notes)), tuple(companions))

    @classmethod
    def of(cls, experiment: Experiment, data: str, panel: Panel, companions: Sequence[Index]) -> "Study":
        """A study of `panel`, which is at hand, with `companions` to learn from in place of those that the experiment names.

        data : the origin that is told.   InputError, one line, for a history too short for the experiment.
        """
        dataset = dataset_of(panel, experiment, panel.notes)
        first_row(dataset.sample, experiment)
        return cls(experiment, data, dataset, tuple(samples_of(companions, experiment, panel)))

    @property
    def samples(self) -> list[Sample]:
        """The target's, then the companions'."""
        return [self.dataset.sample, *self.companions]

    @property
    def digest(self) -> str:
        """Names the run: 16 hexadecimal digits of the experiment's digest, the panel's and the companions'."""
        lent = "".join(sample.digest for sample in self.companions)
        return sha256((self.experiment.digest + self.dataset.panel.digest + lent).encode()).hexdigest()[:16]

    @property
    def run_name(self) -> str:
        """Name of the run and of its default folder."""
        return f"{self.experiment.name}-{self.digest[:10]}"

    @contextmanager
    def open_checkpoints(self, place: Path) -> Iterator[Checkpoints]:
        """The folds of this very study that an earlier run of it finished and kept in `place`; `run` takes them and keeps its own there."""
        with open_checkpoints(place, self.run_name, identity(self.samples, self.experiment, self.digest)) as kept:
            yield kept

    def run(self, *, jobs: int | None = None, progress: Progress = silent, kept: Checkpoints | None = None) -> Result:
        """Walk-forward, final fit on all that is known, and the scores of what is settled."""
        began = time.monotonic()
        experiment, sample = self.experiment, self.dataset.sample
        tested = backtest(self.samples, experiment, jobs=jobs or os.cpu_count() or 1, progress=progress, kept=kept)
        progress("final fit", 0, 0)
        last_row = len(sample) - 1
        final = fit_forecaster(samples_as_of(self.samples, sample.sessions[-1]), experiment.model)
        chain, unsure = fit_ensemble(sample, tested.told(sample), last_row, experiment)
        compared = compare_pooling(sample, tested, chain)
        today = bool(len(sample.rows)) and int(sample.rows[-1]) == last_row
        noted: tuple[str, ...] = ()
        if today:
            chances, noted = final.predict(sample.up_to(last_row), experiment.seed, draw_paths=experiment.interval.paths)
            resolved = resolved_by(sample, tested.surges, tested.probabilities, last_row)
            given = give(sample, last_row, last_row, chances, chain, resolved, experiment.interval.level)
            tested = tested.with_last(len(sample.rows) - 1, given)
        progress("scores", 0, 0)
        questions = evaluate(sample, tested, experiment.model.components)
        metrics = {
            "questions": questions,
            "combination": compared,
            "promotion": promotion({asked.label: questions[asked.label] for asked in experiment.outcome.questions}, experiment.promotion),
            "monitor": backtest_monitor(sample, tested),
            "surges": len(sample.rows),
            "forecasts": len(tested.surges),
            "seconds": time.monotonic() - began,
            "resumed": tested.resumed,
            "warnings": [*tested.notes, *(f"{sample.sessions[-1]}: {note}" for note in (*final.notes, *unsure, *noted))],
        }
        return Result(tested, final, chain, today, metrics)
