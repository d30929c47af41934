"""Valuation: is small cheap against large, and is the market dear."""

import pandas as pd

from features.feature import feature
from features.panel import Panel
from features.series import CAPE, LARGE, SMALL, VALUE_GAP
from features.transform import log

YEAR = 252


def _z(values: pd.Series, window: int) -> pd.Series:
    """Distance from the rolling mean in rolling standard deviations; needs three quarters of the window."""
    rolling = values.rolling(window, min_periods=window * 3 // 4)
    return (values - rolling.mean()) / rolling.std()


def _enter_relative_price(years: int) -> None:
    @feature(inputs=[SMALL, LARGE], window=years * YEAR * 3 // 4, unit="z", name=f"relative_price_{years}y", reach=years * YEAR)
    def relative_price(panel: Panel) -> pd.Series:
        """Log price of small over large caps against its own mean of several years, in standard deviations.

        Sign: negative when small caps are cheap by their own history. NaN until three quarters of the window are there.
        """
        return _z(log(panel[SMALL] / panel[LARGE]), years * YEAR)


for _years in (3, 5, 10):
    _enter_relative_price(_years)


@feature(inputs=[VALUE_GAP], window=10 * YEAR * 3 // 4, unit="z", reach=10 * YEAR)
def book_to_market_gap(panel: Panel) -> pd.Series:
    """Log book-to-market of small less large caps against its own ten years, in standard deviations.

    Sign: positive when small caps are cheap. NaN until seven and a half years are there.
    Source: Fama and French (1993); Asness, Friedman, Krail and Liew (2000) for the spread as a timing signal.
    """
    return _z(panel[VALUE_GAP], 10 * YEAR)


@feature(inputs=[CAPE], window=1, unit="log years")
def market_cape(panel: Panel) -> pd.Series:
    """Log of the large-cap index's cyclically adjusted price over earnings.

    Sign: positive when the market is dear. NaN where it is not known.
    Source: Campbell and Shiller (1988).
    """
    return log(panel[CAPE])
