"""The panel of a run as an MLflow dataset."""

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.panel.panel import Panel
from forecast.runs.manifest import Manifest
from forecast.runs.tracking.client import with_retries

if TYPE_CHECKING:
    from mlflow import MlflowClient

SHORT = 12  # digits of a digest that MLflow's lists show


@dataclass(frozen=True)
class LoggedDataset:
    """Name and digest of the dataset that a metric was measured on."""

    name: str
    digest: str


def log_dataset(client: "MlflowClient", run_id: str, manifest: Manifest, panel: Panel) -> LoggedDataset:
    """Log the panel as an input of the run: digest, columns, span and origin; the values are in panel.parquet."""
    import mlflow.data
    from mlflow.data.code_dataset_source import CodeDatasetSource
    from mlflow.entities import Dataset, DatasetInput, InputTag

    about = {"origin": manifest.origin, "source": manifest.source, "first": str(manifest.first_session), "last": str(manifest.as_of)}
    frame = panel.frame.reset_index()
    digest = manifest.panel_digest[:SHORT]
    table = mlflow.data.from_pandas(_brief(frame), source=CodeDatasetSource(tags=about), name=manifest.series, digest=digest)
    profile = json.dumps({"num_rows": len(frame), "num_elements": frame.size})
    inputs = [DatasetInput(Dataset.from_dictionary(table.to_dict() | {"profile": profile}), [InputTag("mlflow.data.context", "training")])]
    with_retries(lambda: client.log_inputs(run_id, inputs))  # the store refuses the later of two runs that log one dataset at once
    return LoggedDataset(manifest.series, digest)


def _brief(frame: pd.DataFrame) -> pd.DataFrame:
    """Two rows of the schema of all, which MLflow reads cell by cell: a known value of each column, and none where any is missing."""
    values = frame.bfill().iloc[[0, 0]].reset_index(drop=True)
    return values.mask(np.stack([np.zeros(frame.shape[1], dtype=bool), frame.isna().any().to_numpy()]))
