"""`forecast log`: a run that is on disk only, into a tracking store."""

import json
from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.evaluate import Format


def log(
    folder: Annotated[Path, typer.Argument(help="Folder of the run.", show_default=False)],
    tracking_uri: Annotated[str | None, typer.Option(help="MLflow store; default sqlite:///mlflow.db.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
) -> None:
    """Log a run folder to MLflow, for a run made without tracking or while the store was away."""
    from forecast.tracking import log_run
    from forecast.tracking import tracking_uri as chosen

    store = chosen(tracking_uri)
    run_id = log_run(folder, store)
    typer.echo(json.dumps({"run_id": run_id, "tracking_uri": store}) if form is Format.JSON else f"MLflow: run {run_id} in {store}")
