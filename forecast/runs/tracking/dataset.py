"""Inputs: the panel of a run as MLflow's dataset."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from forecast.runs.folder import Run
from forecast.runs.tracking.client import with_retries

if TYPE_CHECKING:
    from mlflow import MlflowClient

SHORT = 12  # digits that MLflow's lists have room for


@dataclass(frozen=True)
class LoggedDataset:
    """What a metric says it was measured on."""

    name: str
    digest: str


def log_dataset(client: "MlflowClient", run_id: str, run: Run) -> LoggedDataset:
    """Logs the panel as an input of the run: its digest, columns and span, and where it came from; the values are in panel.parquet."""
    import mlflow.data
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.entities import Dataset, DatasetInput, InputTag

    manifest = run.manifest
    told = {"origin": manifest.origin, "source": manifest.source, "first": str(manifest.first_session), "last": str(manifest.as_of)}
    frame = run.panel().frame.reset_index()
    digest = manifest.panel_digest[:SHORT]
    panel = mlflow.data.from_pandas(frame, source=CodeDatasetSource(tags=told), name=manifest.series, digest=digest)
    given = [DatasetInput(Dataset.from_dictionary(panel.to_dict()), [InputTag("mlflow.data.context", "training")])]
    with_retries(lambda: client.log_inputs(run_id, given))  # of two runs that log one dataset at once, the store refuses the later
    return LoggedDataset(manifest.series, digest)
