"""`forecast history`: forecasts as they were given, and what came of them."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecast.cli.parameters import CACHE, STALE_OK


def history(
    folder: Annotated[Path, typer.Argument(help="Folder of the history, such as runs/history.", show_default=False)],
    as_of: Annotated[str | None, typer.Option(help="Only forecasts made of what was known on this day, YYYY-MM-DD.")] = None,
    given_by: Annotated[str | None, typer.Option(help="Only forecasts given by the end of this day, UTC.")] = None,
    on: Annotated[str | None, typer.Option(help="Only the forecast that was in force at the end of this day, of each series.")] = None,
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="What to print; the table has main questions only.")
    ] = "table",
    page: Annotated[
        Path | None, typer.Option(help="HTML file to write instead: what came of each forecast, the score and the monitor so far.")
    ] = None,
    data: Annotated[str | None, typer.Option(help="With --page, the closes since, as for predict; default, the run's data.")] = None,
    cache: CACHE = None,
    stale_ok: STALE_OK = False,
) -> None:
    """Print the forecasts of a history as they were given, or write the page of its track record."""
    from features.errors import InputError
    from forecast.runs.predictions.history import forecast_days, load_history
    from forecast.runs.predictions.history_text import history_csv, history_json

    forecasts = load_history(folder, as_of=as_of, given_by=given_by, on=on)
    options = {"--as-of": as_of, "--given-by": given_by, "--on": on}
    which = ", ".join(f"{option} {day}" for option, day in options.items() if day is not None)
    if forecasts.empty and (which or page is None):
        days = forecast_days(folder)
        content = f"it holds forecasts of what was known on {' to '.join(dict.fromkeys((days[0], days[-1])))}" if days else "it holds none"
        late = " (--given-by and --on leave out what was given later, by the clock)" if days and (given_by or on) else ""
        remedy = "ask for another day" if days else "train first"
        raise InputError(f"{folder}: no forecast fits {which or 'no option'}; {content}{late}; {remedy}")
    if page is not None:
        from forecast.backtest.dataset import LiveOptions
        from forecast.cli.progress import shown_waiting
        from forecast.report.track_record import write_track_record

        with shown_waiting("scoring the history", 5.0):
            notes = write_track_record(forecasts, folder, page, data=data, fresh=LiveOptions(cache, stale_ok))
        for line in notes:
            typer.echo(line, err=True)
        typer.echo(f"Page: {page}")
    elif form == "table":
        from forecast.report.text.console import console
        from forecast.report.text.history_table import show_history

        show_history(console(), forecasts)
    else:
        typer.echo((history_json if form == "json" else history_csv)(forecasts), nl=False)
