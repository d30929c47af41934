"""Momentum: how far and how fast small caps have come, alone and against large caps.

The story of July 2024: a move this fast is overbought, up to a month; a market above its average and near its high goes on;
small caps had begun to lead after years of lagging, and laggards have further to go.
"""

from typing import Literal

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.returns import log_return
from features.panel.series import LARGE, SMALL, Series
from features.panel.span import span
from features.panel.transform import log
from features.panel.volatility import ewma_vol, vol_of_logs

VOL_HALFLIFE = 32

Story = Literal[-1, 0, 1]
STORY: dict[int, Story] = {1: -1, 5: -1, 21: -1, 63: 1, 252: 1}
STORY_OF_LEADING: dict[int, Story] = {5: 1, 21: 1, 63: -1, 252: -1}


def momentum_of(price: pd.Series, window: int) -> pd.Series:
    """Log return of a price, or of a ratio of two, over `window` sessions in units of its EWMA volatility."""
    return _momentum(log(price), ewma_vol(price, VOL_HALFLIFE), window)


def momentum_in(panel: Panel, window: int, series: Series, over: Series | None = None) -> pd.Series:
    """`momentum_of` an input, or of its ratio to another."""
    return _momentum(*_price_and_vol(panel, series, over), window)


@memoise
def _price_and_vol(panel: Panel, series: Series, over: Series | None) -> tuple[pd.Series, pd.Series]:
    """Log of the price, or of the ratio, and its EWMA volatility."""
    price = log(panel[series] if over is None else panel[series] / panel[over])
    return price, vol_of_logs(price, VOL_HALFLIFE)


def _momentum(price: pd.Series, vol: pd.Series, window: int) -> pd.Series:
    values, out = price.to_numpy("float64"), np.full(len(price), np.nan)
    out[window:] = values[window:] - values[:-window]
    with np.errstate(divide="ignore", invalid="ignore"):  # a price that did not move has no volatility
        return pd.Series(out / (vol.to_numpy("float64") * window**0.5), index=price.index)


for _window, _story in STORY.items():

    @feature(
        inputs=[SMALL],
        window=max(_window + 1, 3),
        unit="sigma",
        title=f"Small caps over {span(_window)}",
        story=_story,
        name=f"momentum_{_window}",
        reach=None,
    )
    def momentum(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of small caps over a window, in units of its EWMA volatility.

        Sign: positive after a rise. NaN until the window is full.
        Source: Jegadeesh and Titman (1993) for a quarter to a year; Lehmann (1990) and Jegadeesh (1990), who find reversal, for less.
        """
        return momentum_in(panel, window, SMALL)


for _window, _story in STORY_OF_LEADING.items():

    @feature(
        inputs=[SMALL, LARGE],
        window=_window + 1,
        unit="sigma",
        title=f"Small less large caps over {span(_window)}",
        story=_story,
        name=f"relative_momentum_{_window}",
        reach=None,
    )
    def relative_momentum(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of small over large caps in a window, in units of the spread's own volatility.

        Sign: positive when small caps lead. NaN until the window is full.
        Source: Lewellen (2002), who finds momentum among portfolios by size.
        """
        return momentum_in(panel, window, SMALL, LARGE)


@feature(inputs=[SMALL], window=252, unit="log ratio", title="Small caps from their high of a year", story=1)
def distance_from_high(panel: Panel) -> pd.Series:
    """Log of the close over its highest close of 252 sessions.

    Sign: zero at a new high, negative below it. NaN in the first 251 sessions.
    Source: George and Hwang (2004).
    """
    close = panel[SMALL]
    return log(close / close.rolling(252).max())


@feature(inputs=[SMALL], window=200, unit="log ratio", title="Small caps from their average of 200 sessions", story=1)
def distance_from_trend(panel: Panel) -> pd.Series:
    """Log of the close over its average of 200 sessions.

    Sign: positive above the average. NaN in the first 199 sessions.
    Source: Brock, Lakonishok and LeBaron (1992) for the average of 200 sessions as a rule.
    """
    close = panel[SMALL]
    return log(close / close.rolling(200).mean())


@feature(inputs=[SMALL], window=65, unit="correlation", title="Autocorrelation of small caps' daily returns")
def daily_autocorrelation(panel: Panel) -> pd.Series:
    """First-order autocorrelation of daily returns over 63 sessions.

    Sign: positive where moves carry over to the next day (thin trading, trends). NaN in the first 63 sessions.
    Source: Campbell, Grossman and Wang (1993).
    """
    returns = log_return(panel, SMALL)
    return returns.rolling(63).corr(returns.shift())
