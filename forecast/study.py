"""Study: an experiment on its data, through walk-forward, final fit and evaluation."""

import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

from features.calendar import day
from forecast.arrays import Float
from forecast.backtest import Backtest, Progress, backtest, first_row, give, silent, weights_known
from forecast.config import Experiment, chosen_experiment
from forecast.dataset import Dataset, assemble, origin_of
from forecast.evaluation import evaluate
from forecast.forecaster import Forecaster, fit_forecaster
from forecast.promotion import promotion


@dataclass(frozen=True)
class Result:
    """`tested` ends with the final fit's forecast when the last session is a surge (`today`); weights (q, n_components)."""

    tested: Backtest
    final: Forecaster
    weights: Float
    today: bool
    metrics: dict[str, Any]


@dataclass(frozen=True)
class Study:
    """An experiment and the data it is run on; `data` is the origin as the user named it."""

    experiment: Experiment
    data: str
    dataset: Dataset

    @classmethod
    def prepare(
        cls,
        experiment: str | Path | Experiment | None,
        *,
        data: str | Path | None,
        as_of: str | date | None,
        overrides: Sequence[str],
    ) -> "Study":
        """Reads experiment and data; InputError, one line, for what is wrong with either."""
        chosen = chosen_experiment(experiment, overrides)
        origin = origin_of(chosen, data)
        dataset = assemble(chosen, origin, None if as_of is None else day(as_of))
        first_row(dataset.sample, chosen)  # refused before anything is opened or computed
        return cls(chosen, origin, dataset)

    @property
    def digest(self) -> str:
        """Names the run: 16 hexadecimal digits of the experiment's digest and the panel's."""
        return sha256((self.experiment.digest + self.dataset.panel.digest).encode()).hexdigest()[:16]

    @property
    def run_name(self) -> str:
        """Name of the run and of its default folder."""
        return f"{self.experiment.name}-{self.digest[:10]}"

    def run(self, *, jobs: int | None = None, progress: Progress = silent) -> Result:
        """Walk-forward, final fit on all that is known, and the scores of what is settled."""
        began = time.monotonic()
        experiment, sample = self.experiment, self.dataset.sample
        tested = backtest([sample], experiment, jobs=jobs or os.cpu_count() or 1, progress=progress)
        progress("final fit", 0, 0)
        last_row = len(sample) - 1
        final = fit_forecaster([sample.up_to(last_row)], experiment.model)
        weights = weights_known(sample, tested.surges, tested.components, last_row, experiment)
        today = bool(len(sample.rows)) and int(sample.rows[-1]) == last_row
        noted: tuple[str, ...] = ()
        if today:
            chances, noted = final.predict(sample.up_to(last_row), experiment.seed)
            given = give(sample, last_row, last_row, chances, weights)
            tested = tested.with_last(len(sample.rows) - 1, given)
        questions = evaluate(sample, tested, experiment.model.components)
        metrics = {
            "questions": questions,
            "promotion": promotion(questions, experiment.promotion),
            "surges": len(sample.rows),
            "forecasts": len(tested.surges),
            "seconds": time.monotonic() - began,
            "warnings": [*tested.notes, *(f"{sample.sessions[-1]}: {note}" for note in (*final.notes, *noted))],
        }
        return Result(tested, final, weights, today, metrics)
