"""Signals: forecasts in the shapes that backtesting libraries take. They show that the forecasts fit; they are no advice."""

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.runs.predictions.columns import P_COLUMNS
from forecast.runs.predictions.read import of_question
from forecast.target.outcome import CONTINUE, REVERSE

SCORE, WEIGHT = "score", "weight"


def qlib_signal(table: pd.DataFrame, question: str | None = None, *, instrument: str | None = None) -> pd.Series:
    """P(continue) - P(reverse) of each surge session, -1 to 1, named `score`, with a MultiIndex of `datetime` and `instrument`.

    table : of predictions.   question : label; default, the main one.   instrument : code of the index where it is to be traded;
    default, the name of the series. Dated on the session at whose close it is known, as qlib has it: its strategies trade on a signal
    a step later. Sessions without a surge have no row, on which qlib's strategies leave everything as it is.
    InputError for a question that is not asked.
    """
    rows = of_question(table, question)
    names = rows["series"].to_list() if instrument is None else [instrument] * len(rows)
    index = pd.MultiIndex.from_arrays([pd.DatetimeIndex(rows["date"]).as_unit("ns"), names], names=["datetime", "instrument"])
    return pd.Series(lean(rows).to_numpy(), index=index, name=SCORE).sort_index()


def positions(table: pd.DataFrame, sessions: pd.DatetimeIndex, question: str | None = None, *, least: float = -1.0) -> pd.Series:
    """A weight for each of `sessions` (n,), named `weight`: P(continue) - P(reverse) of the last surge before.

    From the session after the surge's, never on it, to the horizon's last or the session of the next surge, whichever comes first;
    0 elsewhere. The weight is decided at the close before the session in which it is held; a tool that trades at a session's close
    holds it a session later, which looks ahead no more.
    table : of predictions of one series.   sessions : in order; surges before the first and after the last are left out.
    question : label; default, the main one.   least : below which no weight goes, -1 to 0; 0 for a position that is never short.
    A demonstration of how a forecast becomes a position: it knows no costs, no risk and no other opinion. InputError for a question
    that is not asked, several series, sessions out of order, a surge that is on none of them, or another `least`.
    """
    if not -1 <= least <= 0:
        raise InputError(f"least = {least}: the least weight is from -1 to 0; give 0 for a position that is never short")
    if not sessions.is_monotonic_increasing or not sessions.is_unique:
        raise InputError("sessions: must be in order, each once; sort them and drop what stands twice")
    rows = of_question(table, question)
    series = rows["series"].unique()
    if len(series) > 1:
        raise InputError(f"positions: the predictions are of {', '.join(series)}; keep one series")
    weights = np.zeros(len(sessions))
    inside = rows[(rows["date"] >= sessions[0]) & (rows["date"] <= sessions[-1])] if len(sessions) else rows.iloc[:0]
    places = sessions.get_indexer(pd.DatetimeIndex(inside["date"]))
    if (places < 0).any():
        lost = inside["date"].iloc[int((places < 0).argmax())]
        raise InputError(f"sessions: {lost:%Y-%m-%d}, a surge, is not among them; give the sessions of the index itself")
    ordered = np.argsort(places)  # a later surge writes over an earlier one
    for place, horizon, weight in zip(places[ordered], inside["horizon"].iloc[ordered], lean(inside).iloc[ordered], strict=True):
        weights[place + 1 : place + 1 + horizon] = max(weight, least)
    return pd.Series(weights, index=sessions, name=WEIGHT)


def lean(table: pd.DataFrame) -> pd.Series:
    """P(continue) - P(reverse) of each row, -1 to 1."""
    return table[P_COLUMNS[CONTINUE]] - table[P_COLUMNS[REVERSE]]
