"""Fundamentals: earnings, their growth and their cycle, and how much of a price move they can account for."""

import pandas as pd

from features.builders.growth import ago, growth, growth_of
from features.panel.align import asof_join
from features.panel.display_unit import LOG_POINTS
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.releases import Releases
from features.panel.returns import log_return
from features.panel.series import CPI, EARNINGS, SMALL, SMALL_EARNINGS, Series
from features.panel.span import span
from features.panel.transform import log

YEAR = 252


@memoise
def _growth(panel: Panel, series: Series, months: int) -> pd.Series:
    """Log growth over `months` of a series at its own frequency, as known at each session."""
    own = panel.releases(series)
    return own.onto(panel.sessions, growth_of(own, months=months))


@feature(inputs=[EARNINGS], window=1, unit="log ratio", title="Earnings growth of large caps over a year", story=1)
def earnings_growth_1y(panel: Panel) -> pd.Series:
    """Log growth over a year of large caps' earnings per share, as last published.

    Sign: positive when profits grow. NaN until a year is known and where earnings are not positive.
    Source: Kothari, Lewellen and Warner (2006) for aggregate earnings growth and returns.
    """
    return _growth(panel, EARNINGS, 12)


@feature(inputs=[EARNINGS], window=1, unit="log ratio a year", title="Earnings growth of large caps over three years")
def earnings_growth_3y(panel: Panel) -> pd.Series:
    """Log growth over three years of large caps' earnings per share, a year.

    Sign: positive when profits grow. NaN until three years are known and where earnings are not positive.
    Source: Kothari, Lewellen and Warner (2006).
    """
    return _growth(panel, EARNINGS, 36) / 3


@memoise
def _real(earnings: Releases, prices: Releases) -> pd.Series:
    """Earnings over consumer prices, by the stamp of earnings: prices come out months before earnings do."""
    return earnings.observed / asof_join(prices, earnings)


@feature(inputs=[EARNINGS, CPI], window=1, unit="log ratio", title="Real earnings growth of large caps over a year")
def real_earnings_growth_1y(panel: Panel) -> pd.Series:
    """Log growth over a year of large caps' earnings per share in constant prices.

    Sign: positive when profits outgrow prices. NaN until a year is known. Source: Campbell and Shiller (1988) for real earnings.
    """
    own = panel.releases(EARNINGS)
    return own.onto(panel.sessions, growth(_real(own, panel.releases(CPI)), months=12))


@feature(inputs=[EARNINGS, CPI], window=1, unit="log ratio", title="Earnings of large caps against their ten-year trend")
def earnings_over_trend(panel: Panel) -> pd.Series:
    """Log of large caps' real earnings over their mean of ten years: how far the price-earnings ratio flatters.

    Sign: positive when profits stand above their trend. NaN until seven years are known. Source: Campbell and Shiller (1988).
    """
    own = panel.releases(EARNINGS)
    real = _real(own, panel.releases(CPI))
    return own.onto(panel.sessions, log(real / real.rolling("3653D", min_periods=84).mean()))


@feature(inputs=[EARNINGS], window=1, unit="log ratio", title="Earnings of large caps from their five-year peak", story=1)
def earnings_from_peak(panel: Panel) -> pd.Series:
    """Log of large caps' earnings over their highest in five years: where the profit cycle stands.

    Sign: nil at a peak, negative in a profit recession and until it is made good. NaN until a year is known.
    Source: Moore and Cullity (1988) for profits among the leading indicators.
    """
    own = panel.releases(EARNINGS)
    return own.onto(panel.sessions, log(own.observed / own.observed.rolling("1826D", min_periods=12).max()))


@feature(
    inputs=[EARNINGS], window=1, unit="log ratio", title="Earnings growth of large caps less half a year ago", display=LOG_POINTS, story=1
)
def earnings_acceleration(panel: Panel) -> pd.Series:
    """Year-on-year growth of large caps' earnings less what it was six months earlier.

    Sign: positive when the profit cycle turns up. NaN until 18 months are known.
    Source: He and Narayanamoorthy (2020) for earnings acceleration, here of the aggregate.
    """
    own = panel.releases(EARNINGS)
    yearly = growth_of(own, months=12)
    return own.onto(panel.sessions, yearly - ago(yearly, months=6))


@feature(inputs=[SMALL_EARNINGS], window=1, unit="log ratio", title="Earnings growth of small caps over a year", story=1)
def small_earnings_growth_1y(panel: Panel) -> pd.Series:
    """Log growth over a year of small caps' earnings per share.

    Sign: positive when they grow. NaN until a year is known, and where they are not positive, as in 2009 and 2020.
    Source: Kothari, Lewellen and Warner (2006).
    """
    return _growth(panel, SMALL_EARNINGS, 12)


@feature(
    inputs=[SMALL_EARNINGS, EARNINGS],
    window=1,
    unit="log ratio",
    title="Earnings growth of small less large caps",
    display=LOG_POINTS,
    story=1,
)
def small_earnings_lead(panel: Panel) -> pd.Series:
    """Log growth over a year of small caps' earnings less that of large caps'.

    Sign: positive when small caps' profits catch up. NaN where either is.
    Source: the catching-up of earnings is what brokers' outlooks promised of small caps in 2024.
    """
    return _growth(panel, SMALL_EARNINGS, 12) - _growth(panel, EARNINGS, 12)


# --- price or profit: small caps' return against earnings growth, which is large caps' unless an experiment has better


@memoise
def _multiple(panel: Panel, window: int) -> tuple[pd.Series, pd.Series]:
    """The log return of `window` sessions less what a year's known growth of earnings gives pro rata, and that part."""
    earned = _growth(panel, EARNINGS, 12) * (window / YEAR)
    return log_return(panel, SMALL, window) - earned, earned


for _window in (21, 63, YEAR):

    @feature(
        inputs=[SMALL, EARNINGS],
        window=_window + 1,
        unit="log ratio",
        title=f"Multiple expansion of small caps over {span(_window)}",
        story=-1,
        name=f"multiple_expansion_{_window}",
    )
    def multiple_expansion(panel: Panel, window: int = _window) -> pd.Series:
        """Log return of small caps less the earnings growth of that span: what was paid more for the same profit.

        The growth is the last one published of large caps, pro rata: quarters old, and another index's.
        Sign: positive when the price has run ahead of profits. NaN until the return and a year's growth are known.
        Source: Bogle (1991): returns as growth of earnings and change of the multiple.
        """
        return _multiple(panel, window)[0]


for _window in (5, 63, YEAR):

    @feature(
        inputs=[SMALL, EARNINGS],
        window=_window + 1,
        unit="fraction",
        title=f"Share of the move over {span(_window)} that is no profit",
        story=-1,
        name=f"multiple_share_{_window}",
    )
    def multiple_share(panel: Panel, window: int = _window) -> pd.Series:
        """Multiple expansion over the sum of the sizes of expansion and earnings growth: the share of the move that is no profit.

        From -1 to 1. Over five sessions it says little: a year's growth gives two per mille in a week, and of the Russell 2000's
        surges of 10 % all but 4 % was multiple at the median. It says something from a quarter on.
        Sign: 1 when all of a rise was multiple, -1 when the multiple shrank and profits stood. NaN as `multiple_expansion`; 0 where
        neither moved. Source: Bogle (1991).
        """
        expansion, earned = _multiple(panel, window)
        size = expansion.abs() + earned.abs()
        return (expansion / size.where(size > 0)).mask(size == 0, 0.0)
