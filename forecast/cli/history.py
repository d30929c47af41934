"""`forecast history`: forecasts as they were given."""

from pathlib import Path
from typing import Annotated, Literal

import typer


def history(
    folder: Annotated[Path, typer.Argument(help="Folder of the history, such as runs/history.", show_default=False)],
    as_of: Annotated[str | None, typer.Option(help="Only forecasts made of what was known on this day, YYYY-MM-DD.")] = None,
    given_by: Annotated[str | None, typer.Option(help="Only forecasts given by the end of this day, UTC.")] = None,
    on: Annotated[str | None, typer.Option(help="Only the forecast that was in force at the end of this day, of each series.")] = None,
    form: Annotated[
        Literal["table", "json", "csv"], typer.Option("--format", help="What to print; the table has main questions only.")
    ] = "table",
) -> None:
    """Print the forecasts of a history as they were given."""
    from features.errors import InputError
    from forecast.runs.predictions.history import forecast_days, load_history
    from forecast.runs.predictions.history_text import history_csv, history_json

    forecasts = load_history(folder, as_of=as_of, given_by=given_by, on=on)
    if forecasts.empty:
        days = forecast_days(folder)
        options = {"--as-of": as_of, "--given-by": given_by, "--on": on}
        which = ", ".join(f"{option} {day}" for option, day in options.items() if day is not None) or "no option"
        content = f"it holds forecasts of what was known on {' to '.join(dict.fromkeys((days[0], days[-1])))}" if days else "it holds none"
        late = " (--given-by and --on leave out what was given later, by the clock)" if days and (given_by or on) else ""
        raise InputError(f"{folder}: no forecast fits {which}; {content}{late}; {'ask for another day' if days else 'train first'}")
    if form == "table":
        from forecast.report.text.console import console
        from forecast.report.text.history_table import show_history

        show_history(console(), forecasts)
    else:
        typer.echo((history_json if form == "json" else history_csv)(forecasts), nl=False)
