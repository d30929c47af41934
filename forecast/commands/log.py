"""`forecast log`: a run that is on disk only, into a tracking store."""

from pathlib import Path
from typing import Annotated

import typer


def log(
    folder: Annotated[Path, typer.Argument(help="Folder of the run.", show_default=False)],
    tracking_uri: Annotated[str | None, typer.Option(help="MLflow store; default sqlite:///mlflow.db.")] = None,
) -> None:
    """Log a run folder to MLflow, for a run made without tracking or while the store was away."""
    from forecast.tracking import log_run
    from forecast.tracking import tracking_uri as chosen

    store = chosen(tracking_uri)
    typer.echo(f"MLflow: run {log_run(folder, store)} in {store}")
