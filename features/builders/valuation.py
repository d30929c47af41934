"""Valuation: whether small caps are cheap against large ones, technology is dear, and stocks yield more than bonds."""

import numpy as np
import pandas as pd

from features.builders.valuation_today import gap_today, inflation, multiple_today
from features.panel.align import common_stamps, log_ratio
from features.panel.display_unit import PERCENT
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.series import CAPE, CPI, LARGE, SMALL, TECH, VALUE_GAP, YIELD_10Y, Basis, Every, Series
from features.panel.standardise import percentile_rank, z_score, z_score_among
from features.panel.transform import log

YEAR = 252
TEN_YEARS = 120  # months
GAP_REACH = 2 * YEAR  # sessions back to the stamp of a gap: a lag of over 20 months would be more, and have all computed anew
PRICED_GAP = Series("value_gap_priced", "log ratio", Basis.RATIO, "value_gap with the prices of the month's end", Every.MONTH)
SMALL_SHARE = Series("small_share", "fraction", Basis.PRICE, "share of small caps in the market's capitalisation", Every.MONTH)
SMALL_SPREAD = Series("small_value_spread", "log ratio", Basis.RATIO, "log book-to-market, cheap less dear small caps", Every.MONTH)
SMALL_BEFORE = Series("small_before", "percent a day", Basis.RATIO, "return of small caps, for the years before the index began")
PRICE_EARNINGS = Series("price_earnings", "years", Basis.PRICE, "price over trailing earnings of the large-cap index", Every.MONTH)
LARGE_BEFORE = Series("large_before", "percent a day", Basis.RATIO, "return of large caps, the like")


for _years in (3, 5, 10):

    @feature(
        inputs=[SMALL, LARGE],
        window=_years * YEAR * 3 // 4,
        unit="z",
        title=f"Price of small over large caps against {_years} years",
        story=-1,
        name=f"relative_price_{_years}y",
        reach=_years * YEAR,
    )
    def relative_price(panel: Panel, years: int = _years) -> pd.Series:
        """Log price of small over large caps against its own mean of several years, in standard deviations.

        Sign: negative when small caps are cheap by their own history. NaN until three quarters of the window are there.
        Source: De Bondt and Thaler (1985), long reversals; Asness, Moskowitz and Pedersen (2013), long returns as value.
        """
        return z_score(log(panel[SMALL] / panel[LARGE]), years * YEAR)


for _years in (5, 10):

    @feature(
        inputs=[TECH, LARGE],
        window=1,
        unit="z",
        title=f"Price of technology over large caps against {_years} years",
        story=1,
        name=f"tech_relative_price_{_years}y",
    )
    def tech_relative_price(panel: Panel, years: int = _years) -> pd.Series:
        """Log price of technology over all large caps against its own mean of several years, in standard deviations.

        Sign: positive when the technology shares that money would leave are dear. NaN until three quarters of the window
        are there, counted from the later of the two indices' first days and not from the panel's.
        Source: De Bondt and Thaler (1985), applied to the sector that the rotation starts from.
        """
        ratio = log_ratio(panel, TECH, LARGE)
        return ratio.onto(panel.sessions, z_score(ratio.observed, years * YEAR))


def _earlier_ratio(panel: Panel) -> pd.Series:
    """Log of small over large caps by stamp before the first session, from the returns known by then; it ends at nil."""
    first = panel.sessions[0]
    small, large, _, _ = common_stamps(*(panel.releases(series).up_to(first) for series in (SMALL_BEFORE, LARGE_BEFORE)))
    earlier = int(pd.DatetimeIndex(small.index).searchsorted(first))
    moves = log(1 + small.iloc[:earlier] / 100) - log(1 + large.iloc[:earlier] / 100)
    return moves.cumsum() - moves.sum()


@feature(
    inputs=[SMALL, LARGE, SMALL_BEFORE, LARGE_BEFORE],
    window=1,
    reach=None,
    unit="z",
    title="Price of small over large caps against 20 years",
    story=-1,
)
def relative_price_20y(panel: Panel) -> pd.Series:
    """Log price of small over large caps against its own mean of twenty years, in standard deviations.

    Sign: negative when small caps are cheap by their own history. NaN where fifteen years are not there. Before the first
    session the ratio comes from returns with dividends, and is taken not to have moved where those were not yet out.
    Source: De Bondt and Thaler (1985); Banz (1981) for why the mean must be local: small caps have drifted upwards.
    """
    if not len(panel.sessions):
        return pd.Series(index=panel.sessions, dtype="float64")
    own = log(panel[SMALL] / panel[LARGE])
    earlier = _earlier_ratio(panel) + own.iloc[0]
    joined = pd.concat([earlier, own]) if np.isfinite(own.iloc[0]) else own
    return z_score(joined, 20 * YEAR).tail(len(own)).set_axis(own.index)


@feature(inputs=[VALUE_GAP], window=1, unit="z", title="Book-to-market, small less large caps, July's prices", story=1)
def book_to_market_gap(panel: Panel) -> pd.Series:
    """Log book-to-market of small less large caps, both at the prices book equity was first set against, against its own ten years.

    Sign: positive when small caps are cheap. NaN until seven and a half years are there. Steps once a year, in July, when
    the book equity of the last fiscal year comes into use; prices since then are not in it.
    Source: Fama and French (1993); Asness, Friedman, Krail and Liew (2000) for the spread as a timing signal.
    """
    gap = panel.releases(VALUE_GAP)
    return gap.onto(panel.sessions, z_score(gap.observed, TEN_YEARS))


@feature(inputs=[SMALL, LARGE, PRICED_GAP], window=1, reach=GAP_REACH, unit="z", title="Book-to-market of small less large caps", story=1)
def book_to_market_gap_today(panel: Panel) -> pd.Series:
    """Log book-to-market of small less large caps at today's prices, in standard deviations from the mean of its last ten years.

    Sign: positive when small caps are cheap, the surge itself taken off. NaN until seven and a half years are there.
    Source: Asness and Frazzini (2013), book equity over the price of today; Asness, Friedman, Krail and Liew (2000).
    """
    gap = panel.releases(PRICED_GAP)
    return z_score_among(gap_today(panel, PRICED_GAP), gap, TEN_YEARS)


@feature(
    inputs=[SMALL, LARGE, PRICED_GAP],
    window=1,
    reach=GAP_REACH,
    unit="share",
    title="Months of forty years with small caps no cheaper",
    story=1,
)
def book_to_market_gap_rank(panel: Panel) -> pd.Series:
    """Share of the last forty years' months in which small caps were no cheaper against large ones than they are at today's prices.

    Sign: near 1 when small caps have hardly ever been as cheap, near 0 when they have hardly ever been as dear. NaN until
    thirty years are there. Source: Asness, Friedman, Krail and Liew (2000).
    """
    gap = panel.releases(PRICED_GAP)
    return percentile_rank(gap_today(panel, PRICED_GAP), gap, 4 * TEN_YEARS)


@feature(inputs=[SMALL_SHARE], window=1, unit="z", title="Small caps' share of the market against ten years", story=-1)
def small_share_10y(panel: Panel) -> pd.Series:
    """Log of small caps' share in the market's capitalisation, in standard deviations from the mean of its last ten years.

    Sign: negative when the market has narrowed to its largest companies. NaN until seven and a half years are there.
    Source: Fernholz (2002), capital distribution and its return to the mean.
    """
    share = panel.releases(SMALL_SHARE)
    return share.onto(panel.sessions, z_score(log(share.observed), TEN_YEARS))


@feature(inputs=[SMALL_SPREAD], window=1, unit="z", title="Book-to-market of cheap less dear small caps")
def small_value_spread_10y(panel: Panel) -> pd.Series:
    """Log book-to-market of cheap less dear small caps, in standard deviations from the mean of its last ten years.

    Sign: positive when growth is dear among small caps, which came before low returns of the market. NaN until seven and a
    half years are there. Source: Campbell and Vuolteenaho (2004); Cohen, Polk and Vuolteenaho (2003).
    """
    spread = panel.releases(SMALL_SPREAD)
    return spread.onto(panel.sessions, z_score(spread.observed, TEN_YEARS))


@feature(inputs=[CAPE], window=1, unit="log years", title="Price over ten years' earnings (CAPE)", story=-1)
def market_cape(panel: Panel) -> pd.Series:
    """Log of the large-cap index's cyclically adjusted price over earnings, as last published.

    Sign: positive when the market is dear. NaN where it is not known.
    Source: Campbell and Shiller (1988).
    """
    return log(panel[CAPE])


@feature(inputs=[CAPE, LARGE, CPI], window=1, unit="share", title="Months of forty years with stocks no dearer (CAPE)", story=-1)
def market_cape_rank(panel: Panel) -> pd.Series:
    """Share of the last forty years' months in which the cyclically adjusted price over earnings was at most that of today's price.

    Sign: near 1 when the market has hardly ever been as dear. NaN until thirty years are there.
    Source: Campbell and Shiller (1998), the ratio against its own history.
    """
    return percentile_rank(multiple_today(panel, CAPE, CPI), panel.releases(CAPE), 4 * TEN_YEARS)


@feature(
    inputs=[CAPE, LARGE, YIELD_10Y, CPI], window=1, unit="percentage points", title="Excess CAPE yield over bonds", display=PERCENT, story=1
)
def excess_cape_yield(panel: Panel) -> pd.Series:
    """Ten years' mean earnings over today's price, less the ten-year yield that is left after the mean inflation of ten years.

    Sign: positive when stocks yield more than bonds. NaN until ten years of consumer prices are there.
    Source: Jivraj and Shiller (2017); Shiller, Black and Jivraj (2020).
    """
    return 100 / multiple_today(panel, CAPE, CPI) - (panel[YIELD_10Y] - inflation(panel, CPI, 120))


@feature(
    inputs=[PRICE_EARNINGS, LARGE, YIELD_10Y, CPI],
    window=1,
    unit="percentage points",
    title="Earnings yield less real bond yield",
    display=PERCENT,
    story=1,
)
def earnings_yield_gap(panel: Panel) -> pd.Series:
    """Trailing earnings over today's price, less the ten-year yield that is left after the inflation of twelve months.

    Sign: positive when stocks yield more than bonds. NaN until a year of consumer prices is there.
    Source: Asness (2003), against yields after inflation and not before it, for the reason that he gives.
    """
    return 100 / multiple_today(panel, PRICE_EARNINGS, CPI) - (panel[YIELD_10Y] - inflation(panel, CPI, 12))
