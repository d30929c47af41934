"""`forecast predict`: a fitted run on another day."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Format(StrEnum):
    """How the answer is printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def predict(
    run: Annotated[
        str | None, typer.Argument(metavar="run", help="Run folder, MLflow run id, or models:/NAME@ALIAS.", show_default=False)
    ] = None,
    named: Annotated[str | None, typer.Option("--run", help="The run, if it is not the first argument.")] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', a folder, 'live', or 'kept' (by the run); default, the run's.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Store of live data; default SMALLCAP_SURGE_CACHE, or the user's cache.")] = None,
    stale_ok: Annotated[bool, typer.Option("--stale-ok", help="Forecast however old the live data are.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store of a run given by id; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
    history: Annotated[str | None, typer.Option(help="Folder to add the forecast to, as it was given; default, none.")] = None,
) -> None:
    """Forecast the last surge known on a day with a run that is already fitted; nothing is refitted."""
    from forecast.backtest.dataset import LiveOptions
    from forecast.runs.folder import SERVED, open_run
    from forecast.runs.locate import locate, permanent_name
    from forecast.runs.repredict import reuse

    asked = _only(run, named)
    opened = open_run(locate(asked, tracking_uri), SERVED)
    found = reuse(opened, data, as_of, LiveOptions(cache, stale_ok))
    answer = found.answer
    if form is Format.JSON:
        typer.echo(answer.model_dump_json(indent=1))
    elif form is Format.CSV:
        from forecast.runs.predictions.formats import cells_of_text

        typer.echo(cells_of_text(found.table).to_csv(index=False, date_format="%Y-%m-%d"), nl=False)
    else:
        from forecast.report.text.answer_table import show_answer
        from forecast.report.text.console import console

        show_answer(console(), answer)
    if history is not None:
        from forecast.runs.predictions.history import append_forecast

        append_forecast(history, answer, found.table, run=permanent_name(asked, opened.folder))


def _only(run: str | None, named: str | None) -> str:
    """The one run that was given, in either way."""
    from features.errors import InputError

    if run is not None and named is not None:
        raise InputError(f"run {run}: --run {named} was given too; name one of them")
    given = run if named is None else named
    if given is None:
        raise InputError("run: none was given; name its folder, an MLflow run id or models:/NAME@ALIAS")
    return given
