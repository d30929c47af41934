"""`forecast log`: a run that is on disk only, into a tracking store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.formats import TABLE_OR_JSON
from forecast.cli.parameters import STORE


def log(
    folders: Annotated[list[Path], typer.Argument(help="Folders of the runs.", show_default=False)],
    tracking_uri: STORE = None,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Log run folders to MLflow, for runs made without tracking or while the store was away."""
    from forecast.cli.progress import shown_progress
    from forecast.runs.tracking import hide_password, log_run
    from forecast.runs.tracking import tracking_uri as default_store

    store = default_store(tracking_uri)
    for folder in folders:
        with shown_progress() as progress:
            run_id = log_run(folder, store, progress=progress)
        content = {"folder": str(folder), "run_id": run_id, "tracking_uri": hide_password(store)}
        typer.echo(json.dumps(content) if form == "json" else f"MLflow: run {run_id} in {hide_password(store)}")
