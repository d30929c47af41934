"""The run of a call over many markets, in which those of the markets are nested."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from features.errors import InputError
from forecast.runs.tracking.batch import log_values, metrics_of
from forecast.runs.tracking.client import connection, with_retries
from forecast.runs.tracking.run_owner import end_run
from forecast.runs.tracking.tracked_run import TrackedRun

KIND = {"kind": "markets", "mlflow.source.name": "python -m forecast many", "mlflow.source.type": "LOCAL"}


def log_parent(parent: TrackedRun, params: Mapping[str, str], metrics: Mapping[str, float], files: Sequence[Path]) -> str | None:
    """Log the numbers and files of a call over many markets, and close its run.

    Parameters
    ----------
    parent : TrackedRun
        The open run.
    params, metrics : mapping
        Of the call.
    files : sequence of Path
        Its artifacts.

    Returns
    -------
    str or None
        Why they could not be logged, None if they were or the run is not tracked.
    """
    if parent.store is None or parent.unreachable:
        return parent.unreachable
    try:
        with connection(parent.store) as client:
            log_values(client, parent.run_id, params, KIND, list(metrics_of((name, value, 0) for name, value in metrics.items())))
            for file in files:
                with_retries(lambda path=str(file): client.log_artifact(parent.run_id, path))  # type: ignore[misc]
            end_run(client, parent.run_id, "FINISHED")
    except InputError as error:
        return str(error)
    parent.owner.done()
    return None
