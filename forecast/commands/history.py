"""`forecast history`: forecasts as they were given."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.commands.predict import Format


def history(
    folder: Annotated[Path, typer.Argument(help="Folder of the history, such as runs/history.", show_default=False)],
    as_of: Annotated[str | None, typer.Option(help="Only forecasts made of what was known on this day, YYYY-MM-DD.")] = None,
    given_by: Annotated[str | None, typer.Option(help="Only forecasts given by the end of this day, UTC.")] = None,
    on: Annotated[str | None, typer.Option(help="Only the forecast that was in force at the end of this day, of each series.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print; the table has main questions only.")] = Format.TABLE,
) -> None:
    """Print the forecasts of a history as they were given."""
    from features.errors import InputError
    from forecast.products.history import days_held, load_history
    from forecast.products.printed import history_csv, history_json

    found = load_history(folder, as_of=as_of, given_by=given_by, on=on)
    if found.empty:
        days = days_held(folder)
        held = f"it holds those of what was known on {days[0]} to {days[-1]}; ask for one of them" if days else "it holds none; train first"
        raise InputError(f"{folder}: no such forecast was given, {held}")
    if form is Format.TABLE:
        from forecast.screens.console import console
        from forecast.screens.history_table import show_history

        show_history(console(), found)
    else:
        typer.echo((history_json if form is Format.JSON else history_csv)(found), nl=False)
