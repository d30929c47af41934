"""Training: the steps of one run between its data and its folder."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.load import BUNDLED
from forecast import predictions
from forecast.answer import Answer, answer_questions, describe_drivers, describe_surge
from forecast.backtest import Backtest, Given, backtest, give, weights_known
from forecast.config import Experiment, read_experiment
from forecast.dataset import Dataset, assemble
from forecast.evaluation import evaluate
from forecast.forecaster import Forecaster, fit_forecaster
from forecast.models.logistic import FittedLogistic
from forecast.runs import seal, write_json
from forecast.tables import Origin, components_table, predictions_table


@dataclass(frozen=True)
class Training:
    """An experiment and the data it is run on."""

    experiment: Experiment
    data: str
    dataset: Dataset

    @classmethod
    def prepare(
        cls, experiment: str | Path | Experiment | None, *, data: str | Path | None, as_of: str | pd.Timestamp | None, overrides: Sequence[str]
    ) -> "Training":
        """Reads experiment and data; InputError, one line, for what is wrong with either."""
        if isinstance(experiment, Experiment):
            chosen = experiment
        else:
            chosen = read_experiment(None if experiment is None else Path(experiment), overrides)
        if data is None and chosen.inputs:
            raise InputError(f"{chosen.name}: the experiment names [inputs]; say where they are with --data PATH (or --data {BUNDLED})")
        origin = str(data) if data is not None else BUNDLED
        return cls(chosen, origin, assemble(chosen, origin, day(as_of)))

    @property
    def digest(self) -> str:
        """Names the run: the experiment's digest and the panel's, 16 hexadecimal digits."""
        return sha256((self.experiment.digest + self.dataset.panel.digest).encode()).hexdigest()[:16]

    @property
    def run_name(self) -> str:
        """Name of the run and of its default folder."""
        return f"{self.experiment.name}-{self.digest[:10]}"

    def run(self, scratch: Path, run_id: str, local_id: str, jobs: int | None, progress: Any, began: float) -> tuple[Answer | None, dict[str, Any]]:
        """Walk-forward, final fit and forecast, written into `scratch` and sealed."""
        sample = self.dataset.sample
        tested = backtest([sample], self.experiment, jobs=jobs or os.cpu_count() or 1, progress=lambda k, n: progress("walk-forward", k, n))
        progress("final fit", 0, 0)
        last_row = len(sample) - 1
        final = fit_forecaster([sample.up_to(last_row)], self.experiment.model)
        weights = weights_known(sample, tested.surges, tested.components, last_row, self.experiment)
        today = len(sample.rows) > 0 and int(sample.rows[-1]) == last_row
        if today:
            tested = tested.with_last(len(sample.rows) - 1, give(sample, last_row, last_row, final.predict(sample, self.experiment.seed), weights))
        origin = Origin(self.experiment.name, self.digest, run_id)
        notes = (*tested.notes, *(f"{sample.sessions[-1]}: {note}" for note in final.notes))
        answer = answer_last(self.dataset, self.experiment, origin, tested.given(len(sample.rows) - 1), final if today else None)
        metrics = self._metrics(tested, notes, time.monotonic() - began)
        self._write(scratch, tested, final, weights, origin, answer, metrics)
        seal(scratch, self._manifest(origin, local_id))
        return answer, metrics

    def _metrics(self, tested: Backtest, notes: Sequence[str], seconds: float) -> dict[str, Any]:
        return {
            "questions": evaluate(self.dataset.sample, tested, self.experiment.model.components),
            "surges": len(self.dataset.sample.rows),
            "forecasts": len(tested.surges),
            "seconds": seconds,
            "warnings": list(notes),
        }

    def _write(
        self, scratch: Path, tested: Backtest, final: Forecaster, weights: np.ndarray, origin: Origin, answer: Answer | None, metrics: dict[str, Any]
    ) -> None:
        predictions.write(predictions_table(self.dataset, tested, origin), scratch)
        components_table(self.dataset, tested, self.experiment.model.components).to_parquet(scratch / "components.parquet", index=False)
        write_json(scratch / "experiment.json", self.experiment.model_dump(mode="json"))
        write_json(scratch / "model.json", final.dump() | {"weights": weights.tolist()})
        write_json(scratch / "forecast.json", answer.model_dump(mode="json") if answer else None)
        write_json(scratch / "metrics.json", metrics)

    def _manifest(self, origin: Origin, local_id: str) -> dict[str, Any]:
        panel = self.dataset.panel
        return {
            "name": self.run_name,
            "digest": self.digest,
            "run_id": origin.run_id,
            "local_run_id": local_id,
            "experiment_digest": self.experiment.digest,
            "panel_digest": panel.digest,
            "panel_columns": list(panel.frame.columns),
            "sessions": len(panel.sessions),
            "first_session": f"{panel.sessions[0]:%Y-%m-%d}",
            "as_of": f"{panel.sessions[-1]:%Y-%m-%d}",
            "data": self.data,
            "source": panel.source,
            "origin": panel.origin,
            "market": panel.market,
            "series": panel.label,
            "stands_in_for": panel.stands_in_for,
            "tracking_experiment": self.experiment.tracking.experiment,
            "notes": list(self.dataset.notes),
            "version": version("smallcap-surge"),
            "python": platform.python_version(),
        }


def day(given: str | pd.Timestamp | None) -> pd.Timestamp | None:
    """A calendar day; InputError for what is none."""
    if given is None or isinstance(given, pd.Timestamp):
        return given
    try:
        return pd.Timestamp.fromisoformat(given).normalize()
    except ValueError:
        raise InputError(f"--as-of {given}: is no date; write YYYY-MM-DD") from None


def answer_last(dataset: Dataset, experiment: Experiment, origin: Origin, given: Given | None, fitted: Forecaster | None) -> Answer | None:
    """The answer for the last surge of the dataset from the forecast `given`; None where there is no surge or no forecast.

    fitted : the forecaster that gave it, for the drivers' tilts; None for a forecast read from the walk-forward.
    """
    sample, panel = dataset.sample, dataset.panel
    if given is None or not len(sample.rows):
        return None
    place = len(sample.rows) - 1
    logistic = fitted.components.get("logistic") if fitted else None
    tilts = logistic.tilts(sample.up_to(int(sample.rows[place]))) if isinstance(logistic, FittedLogistic) else None
    return Answer(
        series=panel.label,
        source=panel.source,
        origin=panel.origin,
        experiment=origin.experiment,
        digest=origin.digest,
        run_id=origin.run_id,
        as_of=f"{panel.sessions[-1]:%Y-%m-%d}",
        is_surge_today=int(sample.rows[place]) == len(sample) - 1,
        trained_to=str(sample.sessions[given.trained_to]),
        surge=describe_surge(dataset, experiment, place),
        questions=answer_questions(dataset, experiment.model, place, given),
        drivers=describe_drivers(dataset, experiment.surge.window, place, tilts),
        notes=list(dataset.notes),
    )
