"""`forecast predict`: a fitted run on another day."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.formats import TABLE_JSON_OR_CSV, echo_csv
from forecast.cli.parameters import AS_OF, CACHE, FULL, STALE_OK, STORE_OF_RUN


def predict(
    run: Annotated[
        str | None, typer.Argument(metavar="run", help="Run folder, MLflow run id, or models:/NAME@ALIAS.", show_default=False)
    ] = None,
    run_option: Annotated[str | None, typer.Option("--run", help="The run, if it is not the first argument.")] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', a folder, 'live', or 'kept' (by the run); default, the run's.")] = None,
    cache: CACHE = None,
    stale_ok: STALE_OK = False,
    as_of: AS_OF = None,
    form: TABLE_JSON_OR_CSV = "table",
    tracking_uri: STORE_OF_RUN = None,
    full: FULL = False,
    history: Annotated[str | None, typer.Option(help="Folder to add the forecast to, as it was given; default, none.")] = None,
) -> None:
    """Forecast the last surge known on a day with a run that is already fitted; nothing is refitted."""
    from forecast import api
    from forecast.cli.progress import shown_waiting

    name = _one_run(run, run_option)
    with shown_waiting("forecasting", 5.0):
        prediction = api.predict(name, data=data, cache=cache, stale_ok=stale_ok, as_of=as_of, tracking_uri=tracking_uri)
    if form == "json":
        typer.echo(prediction.answer.model_dump_json(indent=1))
    elif form == "csv":
        echo_csv(prediction.table, date_format="%Y-%m-%d")
    else:
        from forecast.report.text.answer_table import show_answer
        from forecast.report.text.console import console

        show_answer(console(), prediction.answer, full=full)
    if history is not None:  # after the answer, which a history that cannot be written must not cost
        from forecast.runs.locate import permanent_name
        from forecast.runs.predictions.history import append_forecast

        append_forecast(history, prediction.answer, prediction.table, run=permanent_name(name, Path(name).resolve()))


def _one_run(argument: str | None, option: str | None) -> str:
    """The run, which is named in one of two ways."""
    from features.errors import InputError

    if argument is not None and option is not None:
        raise InputError(f"run {argument}: --run {option} was given too; name one of them")
    run = argument if option is None else option
    if run is None:
        raise InputError("run: none was given; name its folder, an MLflow run id or models:/NAME@ALIAS")
    return run
