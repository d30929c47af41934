"""Arguments and options that several commands have, in the same words."""

from pathlib import Path
from typing import Annotated

import typer

STORE_HELP = "default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db."
EXPERIMENT = Annotated[
    Path | None, typer.Argument(help="Experiment file (TOML), or the name of one that ships; default, us_small_caps.", show_default=False)
]
DATA_FOLDER = Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")]
CACHE = Annotated[Path | None, typer.Option(help="Store of live data; default SMALLCAP_SURGE_CACHE, or the user's cache.")]
STALE_OK = Annotated[bool, typer.Option("--stale-ok", help="Forecast however old the live data are.")]
AS_OF = Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")]
OVERRIDES = Annotated[list[str] | None, typer.Option("--set", help="Override a key: outcome.size=0.75. May be repeated.")]
RUN = Annotated[str, typer.Argument(help="Run folder, or MLflow run id.", show_default=False)]
STORE = Annotated[str | None, typer.Option(help=f"MLflow store; {STORE_HELP}")]
STORE_OF_RUN = Annotated[str | None, typer.Option(help=f"MLflow store of a run given by id; {STORE_HELP}")]
PICTURES = Annotated[Path | None, typer.Option(help="Folder for reliability-QUESTION.png and monitor.png.")]
QUESTION = Annotated[str | None, typer.Option(help="Label of one question to show in full; default, a row each.")]
FULL = Annotated[
    bool,
    typer.Option("--full", help="What people argue about, and all notes, whole; default, a line each of the first three notes."),
]
