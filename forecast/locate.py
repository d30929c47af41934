"""Locate: the folder of a run, wherever it is kept."""

import re
from pathlib import Path

from features.errors import InputError

RUN_ID = re.compile(r"[0-9a-f]{32}")


def locate(run: str | Path, tracking_uri: str | None = None) -> Path:
    """The folder of a run given by path, or fetched from the tracking store by MLflow run id; InputError if there is none."""
    if RUN_ID.fullmatch(str(run)) and not Path(run).exists():
        from forecast.tracking import download

        return download(str(run), tracking_uri)
    folder = Path(run).resolve()
    try:
        found = folder.is_dir() or folder.with_name(f".{folder.name}.lock").exists()
    except OSError:  # a name too long to be one
        found = False
    if not found:
        raise InputError(f"--run {run}: neither a run folder nor an MLflow run id (32 hexadecimal digits); look into runs/")
    return folder
