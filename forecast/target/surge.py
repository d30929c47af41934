"""Surges: detection, episodes and rank. Everything here is known at the close of the surge's session."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from features.panel.volatility import ewma_vol


class SurgeRule(BaseModel):
    """What a surge is: a return over `window` sessions that is large, and large for the volatility before it began.

    Parameters
    ----------
    window : int, default 5
        Sessions of the return, 1 to 63.
    min_z : float, default 1.5
        Least return in standard deviations of the window, 0 to 10.
    min_return : float, default 0.025
        Least log return, 0 to 1.
    vol_halflife : float, default 32
        Half-life of the exponentially weighted volatility, in sessions, 1 to 1000.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    window: Annotated[int, Field(strict=True, ge=1, le=63)] = 5
    min_z: Annotated[float, Field(strict=True, ge=0, le=10)] = 1.5
    min_return: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.025
    vol_halflife: Annotated[float, Field(strict=True, ge=1, le=1000)] = 32


def surge_moves(close: pd.Series, rule: SurgeRule) -> pd.DataFrame:
    """Return over the window, volatility before it and their ratio, at every session.

    Parameters
    ----------
    close : pandas.Series of shape (n,)
        Prices > 0 by session.
    rule : SurgeRule
        Its window and half-life are used, its thresholds are not.

    Returns
    -------
    pandas.DataFrame of n rows
        `surge_return`, log return over the window; `vol`, volatility of a session as known `window` sessions earlier; `surge_z` =
        surge_return / (vol * sqrt(window)). NaN until both are known; `surge_z` is NaN where prices have been constant.
    """
    return pd.DataFrame(_moves(close, rule), index=close.index)


def _moves(close: pd.Series, rule: SurgeRule) -> dict[str, np.ndarray]:
    """The columns of `surge_moves`."""
    price, window = close.to_numpy("float64"), rule.window
    move, vol = np.full(len(price), np.nan), np.full(len(price), np.nan)
    ratio = price[window:] / price[:-window]
    move[window:] = np.log(np.where(ratio > 0, ratio, np.nan))
    vol[window:] = ewma_vol(close, rule.vol_halflife).to_numpy("float64")[:-window]
    return {"surge_return": move, "vol": vol, "surge_z": move / (np.where(vol > 0, vol, np.nan) * window**0.5)}


def find_surges(close: pd.Series, rule: SurgeRule) -> pd.DataFrame:
    """The surge sessions: those that reach both thresholds of the rule.

    Everything in a row is known at the session's close.

    Parameters
    ----------
    close : pandas.Series of shape (n,)
        Prices > 0 by session.
    rule : SurgeRule
        What a surge is.

    Returns
    -------
    pandas.DataFrame of m rows
        The columns of `surge_moves`, and `row`, the session's place in `close`.
    """
    moves = _moves(close, rule)
    rows = np.flatnonzero((moves["surge_return"] >= rule.min_return) & (moves["surge_z"] >= rule.min_z))
    return pd.DataFrame({name: values[rows] for name, values in moves.items()} | {"row": rows}, index=close.index[rows])


def episode_numbers(rows: np.ndarray, horizon: int) -> np.ndarray:
    """Number of the episode that each surge belongs to: surges at most `horizon` sessions apart share one.

    An episode's number never changes as later surges arrive.

    Parameters
    ----------
    rows : numpy.ndarray of shape (m,)
        Rising places of the surge sessions.
    horizon : int
        Sessions that a question looks ahead.

    Returns
    -------
    numpy.ndarray of shape (m,)
        Numbers from 1.
    """
    if not len(rows):
        return np.zeros(0, dtype=int)
    return np.concatenate([[1], 1 + np.cumsum(np.diff(rows) > horizon)])


def episode_count(rows: np.ndarray, horizon: int) -> int:
    """How many episodes surges at `rows` (m,), rising, are."""
    return int((np.diff(rows) > horizon).sum()) + 1 if len(rows) else 0


def largest_since(moves: pd.Series, session: pd.Timestamp) -> pd.Timestamp | None:
    """The last session before `session` whose move was at least as large; None if there was none."""
    before = moves[moves.index < session]
    larger = before.index[before >= moves[session]]
    return larger[-1] if len(larger) else None


def surge_rank(moves: pd.Series, session: pd.Timestamp) -> int:
    """Place of the session's move among all moves up to it, 1 = the largest."""
    return int((moves[moves.index <= session] > moves[session]).sum()) + 1
