"""Screen: the forecasts of a history as a table for a person, at most 100 columns wide."""

import pandas as pd
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from forecast.runs.predictions.columns import P_COLUMNS
from forecast.runs.predictions.history import forecasts_of
from forecast.runs.predictions.read import questions_of
from forecast.target.outcome import OUTCOMES


def show_history(screen: Console, history: pd.DataFrame) -> None:
    """A line a forecast: what its main question was told, when, and of which surge."""
    table = Table(
        title="Forecasts as they were given, the main question of each", title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0)
    )
    for heading in ("as of", "given (UTC)", "series", "surge", "question"):
        table.add_column(heading, no_wrap=heading != "series")
    for outcome in OUTCOMES:
        table.add_column(outcome, justify="right", no_wrap=True)
    for forecast in forecasts_of(history):
        first = forecast.iloc[0]
        told = [f"{first[column]:.1%}" for column in P_COLUMNS]
        moment, label = f"{first['given_at']:%Y-%m-%d %H:%M}", questions_of(forecast)[0].label
        table.add_row(f"{first['as_of']:%Y-%m-%d}", moment, escape(str(first["series"])), f"{first['date']:%Y-%m-%d}", label, *told)
    screen.print(table)
