"""Forecasts as signals and positions for backtesting libraries: a demonstration of the format, and no advice."""

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.runs.predictions.columns import P_COLUMNS
from forecast.runs.predictions.read import of_question
from forecast.target.outcome import CONTINUE, REVERSE
from forecast.target.question import FALL

SCORE, WEIGHT = "score", "weight"


def qlib_signal(table: pd.DataFrame, question: str | None = None, *, instrument: str | None = None) -> pd.Series:
    """P(continue) - P(reverse) of each surge session, as qlib takes a signal.

    A signal is dated on the session at whose close it is known; qlib's strategies trade on it a step later. Sessions without a surge
    have no row, and qlib's strategies then change nothing.

    Parameters
    ----------
    table : DataFrame
        Predictions.
    question : str, optional
        Label of a question; by default the main one.
    instrument : str, optional
        Code of the index where it is traded; by default the name of the series.

    Returns
    -------
    Series
        Named `score`, -1 to 1, with a MultiIndex of `datetime` and `instrument`.

    Raises
    ------
    InputError
        If the predictions do not answer the question, or it is of a fall, which has no direction.
    """
    rows = _of_a_direction(table, question)
    names = rows["series"].to_list() if instrument is None else [instrument] * len(rows)
    index = pd.MultiIndex.from_arrays([pd.DatetimeIndex(rows["date"]).as_unit("ns"), names], names=["datetime", "instrument"])
    return pd.Series(lean(rows).to_numpy(), index=index, name=SCORE).sort_index()


def positions(table: pd.DataFrame, sessions: pd.DatetimeIndex, question: str | None = None, *, least: float = -1.0) -> pd.Series:
    """A position on each session: P(continue) - P(reverse) of the last surge before it.

    The position is held from the session after the surge to the end of the horizon or the session of the next surge, whichever comes
    first, and is 0 elsewhere. It is decided at the close before the session in which it is held; a tool that trades at a session's close
    holds it a session later, and so does not look ahead either. It ignores costs and risk.

    Parameters
    ----------
    table : DataFrame
        Predictions of one series.
    sessions : DatetimeIndex
        Sessions of the index (n,) in order; surges before the first and after the last are left out.
    question : str, optional
        Label of a question; by default the main one.
    least : float
        The least position, from -1 to 0; 0 for a position that is never short.

    Returns
    -------
    Series
        Named `weight`, (n,), by session.

    Raises
    ------
    InputError
        If the predictions do not answer the question, it is of a fall, or they are of several series, the sessions are not in order, a
        surge is on none of them, or `least` is out of range.
    """
    if not -1 <= least <= 0:
        raise InputError(f"least = {least}: the least weight is from -1 to 0; give 0 for a position that is never short")
    if sessions.tz is not None or sessions.hasnans or (sessions != sessions.normalize()).any():
        raise InputError("sessions: must be days, without an hour or a zone; take them with .tz_localize(None).normalize()")
    if not sessions.is_monotonic_increasing or not sessions.is_unique:
        raise InputError("sessions: must be in order, each once; sort them and drop what stands twice")
    rows = _of_a_direction(table, question)
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


def _of_a_direction(table: pd.DataFrame, question: str | None) -> pd.DataFrame:
    """The rows of the question; InputError for a fall."""
    rows = of_question(table, question)
    if len(rows) and rows["barrier_kind"].iloc[0] == FALL:
        raise InputError(f"--question {question}: a fall has no rise to weigh against it, and so no direction; name one of two barriers")
    return rows


def lean(table: pd.DataFrame) -> pd.Series:
    """P(continue) - P(reverse) of each row, -1 to 1."""
    return table[P_COLUMNS[CONTINUE]] - table[P_COLUMNS[REVERSE]]
