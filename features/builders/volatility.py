"""Volatility: its level at several speeds, from closes, from ranges and from options.

The story of July 2024: the market was calm, and surges out of a calm go on, while those of bear markets, which are
turbulent, do not; and that the VIX rose together with prices was a warning.
"""

import pandas as pd

from features.panel.display_unit import LEVEL, TIMES
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.returns import log_price, log_return
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW, VIX
from features.panel.span import span
from features.panel.transform import clip, log
from features.panel.volatility import annualised, ewma_vol, parkinson_vol, vol_of_logs

for _halflife in (8, 32, 128):

    @feature(
        inputs=[SMALL],
        window=3,
        unit="log percent a year",
        title=f"Volatility of small caps, half-life of {_halflife} sessions",
        story=-1,
        name=f"ewma_vol_{_halflife}",
        reach=None,
    )
    def ewma(panel: Panel, halflife: int = _halflife) -> pd.Series:
        """Log of the exponentially weighted volatility of daily returns, annualised.

        Sign: positive is turbulent. NaN in the first two sessions.
        Source: RiskMetrics (1996), at three half-lives.
        """
        return log(annualised(vol_of_logs(log_price(panel, SMALL), halflife)))


for _window in (1, 5, 22):

    @feature(
        inputs=[SMALL],
        window=_window + 1,
        unit="log percent a year",
        title=f"Volatility of small caps over {span(_window)}",
        story=-1,
        name=f"har_vol_{_window}",
    )
    def har(panel: Panel, window: int = _window) -> pd.Series:
        """Log realised volatility over a day, a week or a month: the terms of the heterogeneous autoregression.

        Sign: positive is turbulent. A day without a move counts as a tenth of a percent. NaN until the window is full.
        Source: Corsi (2009), eq. 8, with squared daily returns for the realised variance.
        """
        realised = (log_return(panel, SMALL) ** 2).rolling(window).mean() ** 0.5
        return log(annualised(clip(realised, 1e-3)))


@feature(inputs=[SMALL_HIGH, SMALL_LOW], window=21, unit="log percent a year", title="Volatility of small caps by daily ranges", story=-1)
def range_vol_21(panel: Panel) -> pd.Series:
    """Log of the range-based volatility over 21 sessions, annualised.

    Sign: positive is turbulent. NaN in the first 20 sessions, and where the range of 21 sessions is nil.
    Source: Parkinson (1980).
    """
    return log(annualised(parkinson_vol(panel[SMALL_HIGH], panel[SMALL_LOW], 21)))


@feature(inputs=[VIX], window=1, unit="log percent a year", title="VIX", display=LEVEL, story=-1)
def implied_vol(panel: Panel) -> pd.Series:
    """Log of the VIX.

    Sign: positive when options are dear. NaN where the VIX is not known.
    Source: Whaley (2000).
    """
    return log(panel[VIX])


@feature(inputs=[VIX], window=6, unit="log ratio", title="Change of the VIX over a week", story=-1)
def implied_vol_change_5(panel: Panel) -> pd.Series:
    """Change of the log VIX over five sessions.

    Sign: positive when fear grew during the surge, negative when it was bought off. NaN in the first five sessions.
    Source: Giot (2005) for the VIX and the returns that follow.
    """
    return log(panel[VIX]).diff(5)


@feature(inputs=[SMALL, VIX], window=3, unit="log ratio", title="VIX over the volatility of small caps", display=TIMES, reach=None)
def implied_vol_gap(panel: Panel) -> pd.Series:
    """Log of the VIX over the small-cap index's own 32-session EWMA volatility.

    Sign: positive when options expect more than has been realised. NaN where the VIX is not known.
    Source: Bollerslev, Tauchen and Zhou (2009), the variance premium, here as a ratio of volatilities.
    """
    return log(panel[VIX] / annualised(ewma_vol(panel[SMALL], 32)))
