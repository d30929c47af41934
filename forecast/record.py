"""Record: the files of a run."""

import platform
from importlib.metadata import version
from pathlib import Path
from typing import Any

from features.errors import InputError
from forecast import predictions
from forecast.answer import Answer, Origin, answer_last
from forecast.runs import seal, write_json
from forecast.tables import components_table, predictions_table
from forecast.training import Result, Training


def write_run(folder: Path, training: Training, result: Result, run_id: str) -> Answer | None:
    """Every file of the run into `folder`, the manifest last; the answer for the last surge, None if there is none.

    InputError when the disk is full or closed to us.
    """
    dataset, experiment = training.dataset, training.experiment
    origin = Origin(experiment.name, training.digest, run_id)
    given = result.tested.given(len(dataset.sample.rows) - 1)
    answer = answer_last(dataset, experiment, origin, given, result.final if result.today else None)
    try:
        predictions.write(predictions_table(dataset, result.tested, origin), folder)
        components_table(dataset, result.tested, experiment.model.components).to_parquet(folder / "components.parquet", index=False)
        write_json(folder / "experiment.json", experiment.model_dump(mode="json"))
        write_json(folder / "model.json", result.final.dump() | {"weights": result.weights.tolist()})
        write_json(folder / "forecast.json", answer.model_dump(mode="json") if answer else None)
        write_json(folder / "metrics.json", result.metrics)
        seal(folder, _manifest(training, run_id))
    except OSError as error:
        raise InputError(f"--output: the run cannot be written ({error.strerror}); make room, or name another folder") from None
    return answer


def _manifest(training: Training, run_id: str) -> dict[str, Any]:
    panel, experiment = training.dataset.panel, training.experiment
    return {
        "name": training.run_name,
        "digest": training.digest,
        "run_id": run_id,
        "experiment_digest": experiment.digest,
        "panel_digest": panel.digest,
        "panel_columns": list(panel.frame.columns),
        "sessions": len(panel.sessions),
        "first_session": f"{panel.sessions[0]:%Y-%m-%d}",
        "as_of": f"{panel.sessions[-1]:%Y-%m-%d}",
        "data": training.data,
        "source": panel.source,
        "origin": panel.origin,
        "market": panel.market,
        "series": panel.label,
        "stands_in_for": panel.stands_in_for,
        "tracking_experiment": experiment.tracking.experiment,
        "notes": list(training.dataset.notes),
        "version": version("smallcap-surge"),
        "python": platform.python_version(),
    }
