"""Manifest: the files of a run, and run.json, which names the run and has the digest of each of them."""

import hashlib
import json
from datetime import date
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from features.files.stamps import YEARS
from features.names import Identifier, LongName, StoreName
from forecast.runs.field_rules import Count, Text, Texts

MANIFEST = "run.json"
PANEL = "panel.parquet"
FEATURES = "features.parquet"
COMPONENTS = "components.parquet"
PRECEDENTS = "precedents.parquet"
PATHS = "paths.parquet"
BASE_RATE = "base_rate.json"
TABLE_AS_TEXT = "predictions.csv"  # which a run of many has not: all of them stand in one partitioned table
FILES = (
    BASE_RATE,
    COMPONENTS,
    "experiment.json",
    FEATURES,
    "forecast.json",
    "metrics.json",
    "model.json",
    PANEL,
    PATHS,
    PRECEDENTS,
    TABLE_AS_TEXT,
    "predictions.parquet",
)
SERVED = (
    BASE_RATE,
    "experiment.json",
    "forecast.json",
    "metrics.json",
    "model.json",
    PANEL,
    FEATURES,
    PATHS,
    PRECEDENTS,
    "predictions.parquet",
)  # the files of its run that a registered model carries


class Manifest(BaseModel):
    """The content of run.json: what names a run, where its data came from, and the SHA-256 of each of its files."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    name: Identifier
    digest: Identifier
    run_id: Identifier
    experiment_digest: Identifier
    panel_digest: Identifier
    panel_columns: Texts
    sessions: Count
    first_session: date
    as_of: date
    recent_returns: list[float]
    data: Text
    source: Text
    origin: Text
    market: LongName
    series: LongName
    made_of_returns: bool
    companions: Texts
    tracking_experiment: StoreName
    notes: Texts
    version: Text
    python: Text
    files: dict[Text, Text]

    @model_validator(mode="after")
    def _in_order(self) -> "Manifest":
        if not YEARS[0] <= self.first_session.year <= self.as_of.year <= YEARS[1] or self.first_session > self.as_of:
            raise ValueError(f"first_session and as_of must be days in order, got {self.first_session} and {self.as_of}")
        return self

    def without_place(self) -> "Manifest":
        """The same without where the folder of the data lies on this machine, for a run that leaves it."""
        return self.model_copy(update={"data": PurePath(self.data).name or "data"})


def seal(folder: Path, manifest: Manifest) -> None:
    """Write run.json, last of all files: a folder without it, or with other files than it names, is no whole run."""
    write_json(folder / MANIFEST, manifest.model_dump(mode="json"))


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of each file of a run except its manifest; what may be left out, where it is there."""
    return {name: file_digest(folder / name) for name in FILES if name != TABLE_AS_TEXT or (folder / name).exists()}


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write `value` as JSON; a number that is not finite becomes null."""
    path.write_text(json.dumps(finite(value), indent=1, allow_nan=False) + "\n", "utf-8")


def finite(value: Any) -> Any:
    """`value` with None for each number that is not finite, in nested dicts and lists too."""
    if isinstance(value, dict):
        return {key: finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [finite(item) for item in value]
    return None if isinstance(value, float) and value - value != 0 else value
