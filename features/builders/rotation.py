"""Rotation: small caps against the technology shares money is said to come from."""

import pandas as pd

from features.builders.momentum import momentum_of
from features.feature import feature
from features.panel import Panel
from features.series import SMALL, TECH
from features.vol import log_returns


def _enter_lead(window: int) -> None:
    @feature(inputs=[SMALL, TECH], window=window + 1, unit="sigma", name=f"small_over_tech_{window}", reach=None)
    def small_over_tech(panel: Panel) -> pd.Series:
        """Log return of small caps over technology in a window, in units of the spread's own volatility.

        Sign: positive when money rotates from technology into small caps. NaN until the window is full.
        """
        return momentum_of(panel[SMALL] / panel[TECH], window)


for _window in (5, 21, 63):
    _enter_lead(_window)


@feature(inputs=[SMALL, TECH], window=64, unit="correlation")
def small_tech_correlation(panel: Panel) -> pd.Series:
    """Correlation of the daily returns of small caps and technology over 63 sessions.

    Sign: low when the market is a rotation, high when it is one tide. NaN in the first 63 sessions.
    """
    return log_returns(panel[SMALL]).rolling(63).corr(log_returns(panel[TECH]))
