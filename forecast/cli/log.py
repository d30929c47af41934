"""`forecast log`: a run that is on disk only, into a tracking store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.evaluate import Format


def log(
    folders: Annotated[list[Path], typer.Argument(help="Folders of the runs.", show_default=False)],
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
) -> None:
    """Log run folders to MLflow, for runs made without tracking or while the store was away."""
    from forecast.cli.progress import shown_progress
    from forecast.runs.tracking import hide_password, log_run
    from forecast.runs.tracking import tracking_uri as chosen

    store = chosen(tracking_uri)
    for folder in folders:
        with shown_progress() as progress:
            run_id = log_run(folder, store, progress=progress)
        told = {"folder": str(folder), "run_id": run_id, "tracking_uri": hide_password(store)}
        typer.echo(json.dumps(told) if form is Format.JSON else f"MLflow: run {run_id} in {hide_password(store)}")
