"""The forecasts of a history as a table of at most 100 columns."""

import pandas as pd
from rich.console import Console
from rich.markup import escape

from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.console import plain_table
from forecast.runs.predictions.columns import P_COLUMNS
from forecast.runs.predictions.history import forecasts_of
from forecast.runs.predictions.read import questions_of


def show_history(screen: Console, history: pd.DataFrame) -> None:
    """A line a forecast: its main question, the probabilities, when they were given, and of which surge."""
    headings = ("as of", "given (UTC)", "series", "surge", "question")
    table = plain_table(
        "Forecasts as they were given, the main question of each", (*headings, *PRINT_ORDER), left=range(len(headings)), wrap=(2, 4)
    )
    for forecast in forecasts_of(history):
        first = forecast.iloc[0]
        moment, title = f"{first['given_at']:%Y-%m-%d %H:%M}", questions_of(forecast)[0].title
        names = (f"{first['as_of']:%Y-%m-%d}", moment, escape(str(first["series"])), f"{first['date']:%Y-%m-%d}", title)
        table.add_row(*names, *(f"{first[column]:.1%}" for column in reversed(P_COLUMNS)))
    screen.print(table)
