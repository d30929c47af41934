"""Volatility estimators of daily prices, per session unless annualised."""

import math
from functools import lru_cache

import numpy as np
import pandas as pd

from features.panel.transform import log

SESSIONS_A_YEAR = 252


def ewma_vol(close: pd.Series, halflife: float) -> pd.Series:
    """Exponentially weighted standard deviation of daily log returns, `halflife` in sessions (pandas `ewm.std`, bias corrected)."""
    return vol_of_logs(log(close), halflife)


def vol_of_logs(price: pd.Series, halflife: float) -> pd.Series:
    """`ewma_vol` of a price by its log."""
    values, returns = price.to_numpy("float64"), np.full(len(price), np.nan)
    returns[1:] = values[1:] - values[:-1]
    return pd.Series(ewma_std(returns.tobytes(), halflife), index=price.index, name=price.name)


@lru_cache(maxsize=32)  # a dozen features, and every forecast of a refit, need it of the same prices
def ewma_std(returns: bytes, halflife: float) -> np.ndarray:
    """`ewma_vol` of returns as bytes of float64, read-only."""
    vol = pd.Series(np.frombuffer(returns)).ewm(halflife=halflife).std().to_numpy(copy=True)
    vol.flags.writeable = False
    return vol


def parkinson_vol(high: pd.Series, low: pd.Series, window: int) -> pd.Series:
    """Range-based volatility: sqrt(mean(log(H/L)^2) / (4 log 2)) over `window` sessions. Source: Parkinson (1980), eq. 3.

    Not Garman-Klass: an index's published open is often the last close, which that estimator takes for a price.
    """
    return session_ranges(high, low).rolling(window).mean() ** 0.5


def session_ranges(high: pd.Series, low: pd.Series) -> pd.Series:
    """Variance of each session by its range, log(H/L)^2 / (4 log 2); NaN where high or low is not known, or high does not exceed low.

    A constant price would mean that nothing can happen; more often only the close was recorded. Source: Parkinson (1980), eq. 3.
    """
    spread = log(high / low)
    return spread.where(spread > 0) ** 2 / (4 * math.log(2))


def annualised(vol: pd.Series) -> pd.Series:
    """Daily volatility as percent a year, the VIX's unit."""
    return 100 * vol * SESSIONS_A_YEAR**0.5
