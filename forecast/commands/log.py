"""`forecast log`: a run that is on disk only, into a tracking store."""

from pathlib import Path
from typing import Annotated

import typer


def log(
    folders: Annotated[list[Path], typer.Argument(help="Folders of the runs.", show_default=False)],
    tracking_uri: Annotated[str | None, typer.Option(help="MLflow store; default sqlite:///mlflow.db.")] = None,
) -> None:
    """Log run folders to MLflow, for runs made without tracking or while the store was away."""
    from forecast.tracking import log_run
    from forecast.tracking import tracking_uri as chosen

    store = chosen(tracking_uri)
    for folder in folders:
        typer.echo(f"MLflow: run {log_run(folder, store)} in {store}")
