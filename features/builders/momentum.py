"""Momentum: how far and how fast small caps have come, alone and against large caps. Source: Jegadeesh and Titman (1993)."""

import pandas as pd

from features.feature import feature
from features.panel import Panel
from features.series import LARGE, SMALL
from features.transform import log
from features.vol import ewma_vol, log_returns

VOL_HALFLIFE = 32


def momentum_of(price: pd.Series, window: int) -> pd.Series:
    """Log return of a price, or of a ratio of two, over `window` sessions in units of its EWMA volatility."""
    return log(price).diff(window) / (ewma_vol(price, VOL_HALFLIFE) * window**0.5)


def _enter_momentum(window: int) -> None:
    @feature(inputs=[SMALL], window=max(window + 1, 3), unit="sigma", name=f"momentum_{window}", reach=None)
    def momentum(panel: Panel) -> pd.Series:
        """Log return of small caps over a window, in units of its EWMA volatility.

        Sign: positive after a rise. NaN until the window is full.
        """
        return momentum_of(panel[SMALL], window)


def _enter_relative_momentum(window: int) -> None:
    @feature(inputs=[SMALL, LARGE], window=window + 1, unit="sigma", name=f"relative_momentum_{window}", reach=None)
    def relative_momentum(panel: Panel) -> pd.Series:
        """Log return of small over large caps in a window, in units of the spread's own volatility.

        Sign: positive when small caps lead. NaN until the window is full.
        """
        return momentum_of(panel[SMALL] / panel[LARGE], window)


for _window in (1, 5, 21, 63, 252):
    _enter_momentum(_window)
for _window in (5, 21, 63, 252):
    _enter_relative_momentum(_window)


@feature(inputs=[SMALL], window=252, unit="log ratio")
def distance_from_high(panel: Panel) -> pd.Series:
    """Log of the close over its highest close of 252 sessions.

    Sign: zero at a new high, negative below it. NaN in the first 251 sessions.
    """
    close = panel[SMALL]
    return log(close / close.rolling(252).max())


@feature(inputs=[SMALL], window=200, unit="log ratio")
def distance_from_trend(panel: Panel) -> pd.Series:
    """Log of the close over its average of 200 sessions.

    Sign: positive above the average. NaN in the first 199 sessions.
    """
    close = panel[SMALL]
    return log(close / close.rolling(200).mean())


@feature(inputs=[SMALL], window=65, unit="correlation")
def daily_autocorrelation(panel: Panel) -> pd.Series:
    """First-order autocorrelation of daily returns over 63 sessions.

    Sign: positive where moves carry over to the next day (thin trading, trends). NaN in the first 63 sessions.
    Source: Campbell, Grossman and Wang (1993).
    """
    returns = log_returns(panel[SMALL])
    return returns.rolling(63).corr(returns.shift())
