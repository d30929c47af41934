"""Surges: detection, episodes and rank. Everything here is known at the close of the surge's session."""

from typing import Annotated

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from features.panel.transform import log
from features.panel.vol import ewma_vol


class SurgeRule(BaseModel):
    """A surge: log return over `window` sessions >= min_return, and >= min_z times the volatility known before it began."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    window: Annotated[int, Field(strict=True, ge=1, le=63)] = 5
    min_z: Annotated[float, Field(strict=True, ge=0, le=10)] = 1.5
    min_return: Annotated[float, Field(strict=True, ge=0, le=1)] = 0.025
    vol_halflife: Annotated[float, Field(strict=True, ge=1, le=1000)] = 32


def surge_moves(close: pd.Series, rule: SurgeRule) -> pd.DataFrame:
    """Every session of `close` (n,) with its log return over the window, the volatility before the window, and their ratio.

    Columns: `surge_return`; `vol`, a session's volatility known `window` sessions earlier; `surge_z` = return / (vol * sqrt(window)).
    NaN until both are known; z is NaN where prices have been constant.
    """
    move = log(close / close.shift(rule.window))
    vol = ewma_vol(close, rule.vol_halflife).shift(rule.window)
    z = move / (vol.where(vol > 0) * rule.window**0.5)
    return pd.DataFrame({"surge_return": move, "vol": vol, "surge_z": z})


def find_surges(close: pd.Series, rule: SurgeRule) -> pd.DataFrame:
    """The surge sessions of `close`: rows of `surge_moves` that reach both thresholds, with `row`, the session's place in `close`."""
    moves = surge_moves(close, rule)
    is_surge = (moves["surge_return"] >= rule.min_return) & (moves["surge_z"] >= rule.min_z)
    return moves.assign(row=np.arange(len(close)))[is_surge]


def episodes(rows: np.ndarray, horizon: int) -> np.ndarray:
    """Number of the episode each surge belongs to, from 1: surges at most `horizon` sessions apart share one.

    rows : (n,) rising places of the surge sessions. An episode's number never changes as later surges arrive.
    """
    if not len(rows):
        return np.zeros(0, dtype=int)
    return np.concatenate([[1], 1 + np.cumsum(np.diff(rows) > horizon)])


def largest_since(moves: pd.Series, session: pd.Timestamp) -> pd.Timestamp | None:
    """The last session before `session` whose move was at least as large; None if there was none."""
    before = moves[moves.index < session]
    larger = before.index[before >= moves[session]]
    return larger[-1] if len(larger) else None


def rank(moves: pd.Series, session: pd.Timestamp) -> int:
    """Place of the session's move among all moves up to it, 1 = the largest."""
    return int((moves[moves.index <= session] > moves[session]).sum()) + 1
