"""Landing: the curve, credit, claims and jobs, and with them how hard the economy would come down that a cut would meet."""

import pandas as pd

from features.builders.growth import ago, growth
from features.builders.recession_risk import recession_risk
from features.panel.display_unit import PERCENT, POINTS, SHARE_POINTS
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.series import (
    AAA,
    BAA,
    BILL,
    CLAIMS,
    CREDIT_SPREAD,
    HIGH_YIELD_SPREAD,
    OIL,
    PAYROLLS,
    PRODUCTION,
    UNEMPLOYMENT,
    YIELD_2Y,
    YIELD_10Y,
    Series,
)
from features.panel.span import span
from features.panel.standardise import z_score
from features.panel.transform import log

YEAR = 252


# --- the yield curve


@feature(inputs=[YIELD_10Y, BILL], window=1, unit="percentage points", title="Ten-year less bill yield", story=1)
def term_spread(panel: Panel) -> pd.Series:
    """Ten-year less bill yield.

    Sign: negative before recessions. NaN where either is not known. Source: Estrella and Mishkin (1998).
    """
    return panel[YIELD_10Y] - panel[BILL]


@feature(inputs=[YIELD_10Y, BILL], window=64, unit="percentage points", title=f"Change of the ten-year less bill yield over {span(63)}")
def term_spread_over_63(panel: Panel) -> pd.Series:
    """Change of the ten-year less bill yield over 63 sessions.

    Sign: positive when the curve steepens. NaN in the first 63 sessions. Source: Estrella and Mishkin (1998), in changes.
    """
    return (panel[YIELD_10Y] - panel[BILL]).diff(63)


@feature(inputs=[YIELD_10Y, BILL], window=YEAR, unit="fraction", title="Share of the last year with an inverted curve", story=-1)
def inverted_share_252(panel: Panel) -> pd.Series:
    """Share of the last 252 sessions on which bills yielded more than the ten-year Treasury.

    Sign: 1 after a year of inversion, which recessions have followed. NaN in the first 251 sessions.
    Source: Wright (2006) for the inversion as a signal; its length is the house's measure of how long it has stood.
    """
    spread = panel[YIELD_10Y] - panel[BILL]
    return (spread < 0).astype("float64").where(spread.notna()).rolling(YEAR).mean()


@feature(inputs=[YIELD_10Y, YIELD_2Y], window=1, unit="percentage points", title="Ten- less two-year yield", story=1)
def slope_10y_2y(panel: Panel) -> pd.Series:
    """Ten-year less two-year yield.

    Sign: negative before recessions, when the market expects cuts beyond a year. NaN where either is not known.
    Source: Estrella and Hardouvelis (1991), with the two-year yield for the bill.
    """
    return panel[YIELD_10Y] - panel[YIELD_2Y]


@feature(
    inputs=[YIELD_10Y, YIELD_2Y], window=YEAR, unit="percentage points", title="Ten- less two-year yield above its low of a year", story=-1
)
def re_steepening(panel: Panel) -> pd.Series:
    """Ten-year less two-year yield above its lowest in 252 sessions.

    Sign: high when the curve has come back from its flattest, as it does when cuts come near, and on the eve of recessions.
    NaN in the first 251 sessions.
    Source: Rudebusch and Wu (2008): the slope rises when the policy rate is about to fall.
    """
    slope = panel[YIELD_10Y] - panel[YIELD_2Y]
    return slope - slope.rolling(YEAR).min()


# --- credit and oil


@feature(inputs=[BAA, AAA], window=1, unit="percentage points", title="BAA less AAA bond yield", story=-1)
def default_spread(panel: Panel) -> pd.Series:
    """Yield of BAA less AAA corporate bonds.

    Sign: high in a hard landing. NaN where either is not known. Source: Fama and French (1989).
    """
    return panel[BAA] - panel[AAA]


@feature(inputs=[CREDIT_SPREAD], window=1, unit="percentage points", title="BAA credit spread", story=-1)
def credit_spread_level(panel: Panel) -> pd.Series:
    """Yield of BAA corporate bonds less the ten-year Treasury.

    Sign: high in a hard landing. NaN where it is not known. Source: Gilchrist and Zakrajsek (2012) for spreads as a lead of activity.
    """
    return panel[CREDIT_SPREAD]


@feature(inputs=[CREDIT_SPREAD], window=22, unit="percentage points", title=f"Change of the BAA credit spread over {span(21)}", story=-1)
def credit_spread_over_21(panel: Panel) -> pd.Series:
    """Change of the BAA spread over 21 sessions.

    Sign: positive when credit gets dearer. NaN in the first 21 sessions. Source: Gilchrist and Zakrajsek (2012).
    """
    return panel[CREDIT_SPREAD].diff(21)


@feature(inputs=[HIGH_YIELD_SPREAD], window=1, unit="percentage points", title="High-yield spread", story=-1)
def high_yield_level(panel: Panel) -> pd.Series:
    """Spread of high-yield bonds over Treasuries.

    Sign: high when the market fears for firms like small caps. NaN where it is not known.
    Source: Gertler and Lown (1999): the high-yield spread as a lead of the cycle.
    """
    return panel[HIGH_YIELD_SPREAD]


@feature(
    inputs=[HIGH_YIELD_SPREAD], window=22, unit="percentage points", title=f"Change of the high-yield spread over {span(21)}", story=-1
)
def high_yield_over_21(panel: Panel) -> pd.Series:
    """Change of the high-yield spread over 21 sessions.

    Sign: positive when credit gets dearer for small firms. NaN in the first 21 sessions. Source: Gertler and Lown (1999).
    """
    return panel[HIGH_YIELD_SPREAD].diff(21)


def _enter_spread_z(series: Series, name: str, words: str) -> None:
    @feature(inputs=[series], window=1, unit="z", title=f"{words} against ten years", story=-1, name=name)
    def spread_z(panel: Panel) -> pd.Series:
        """A credit spread against its own ten years, in standard deviations.

        Sign: positive when credit is dearer than it has been. NaN until two years of it are there.
        Source: Gilchrist and Zakrajsek (2012); ten years, so that a change of the index's make-up is forgotten.
        """
        own = panel.releases(series)
        return own.onto(panel.sessions, z_score(own.observed, window=10 * YEAR, least=2 * YEAR))


for _series, _name, _words in (
    (CREDIT_SPREAD, "credit_spread_z", "BAA credit spread"),
    (HIGH_YIELD_SPREAD, "high_yield_z", "High-yield spread"),
):
    _enter_spread_z(_series, _name, _words)


@feature(inputs=[OIL], window=64, unit="log ratio", title=f"Oil price over {span(63)}")
def oil_over_63(panel: Panel) -> pd.Series:
    """Log change of the oil price over 63 sessions.

    Sign: negative when disinflation, or demand, is on its way down. NaN in the first 63 sessions and where oil is not positive.
    Source: Hamilton (2003) for oil prices and activity.
    """
    return log(panel[OIL]).diff(63)


# --- claims, jobs and output: as released, in today's revision


def _four_weeks(claims: pd.Series) -> pd.Series:
    """Mean of the last four weeks, by stamp; of three where one is missing."""
    return claims.rolling("25D", min_periods=3).mean()


@feature(inputs=[CLAIMS], window=1, unit="log ratio", title="Initial jobless claims over a year", story=-1)
def claims_growth_1y(panel: Panel) -> pd.Series:
    """Log of four weeks' mean initial claims over that of a year earlier.

    Sign: positive when more people lose their jobs than a year ago. NaN until a year is known.
    Source: Barnichon and Nekarda (2012) for claims as a lead of unemployment; four weeks as the Department of Labor averages them.
    """
    own = panel.releases(CLAIMS)
    return own.onto(panel.sessions, growth(_four_weeks(own.observed), months=12))


@feature(inputs=[CLAIMS], window=1, unit="log ratio", title="Initial jobless claims above their low of a year", story=-1)
def claims_over_low(panel: Panel) -> pd.Series:
    """Log of four weeks' mean initial claims over its lowest in 52 weeks, its own included.

    Sign: nil at the low, positive as the labour market turns. NaN until 40 weeks are known.
    Source: Barnichon and Nekarda (2012); the form is Sahm's (2019), on claims.
    """
    own = panel.releases(CLAIMS)
    mean = _four_weeks(own.observed)
    return own.onto(panel.sessions, log(mean / mean.rolling("364D", min_periods=40).min()))


@feature(
    inputs=[UNEMPLOYMENT],
    window=1,
    unit="percentage points",
    title="Unemployment rate above its low of a year (Sahm)",
    display=POINTS,
    story=-1,
)
def sahm_gap(panel: Panel) -> pd.Series:
    """Three-month mean of the unemployment rate less its lowest in the twelve months before, as released by each day.

    Sign: a half or more has marked every recession since 1950. NaN until a year is known. The days are those of release; the
    rates are of the vintage given, whose seasonal factors are revised each January, so that a tenth may differ from what was read then.
    Source: Sahm (2019).
    """
    own = panel.releases(UNEMPLOYMENT)
    return own.onto(panel.sessions, _sahm(own.observed))


def _sahm(rate: pd.Series) -> pd.Series:
    """The gap by stamp; spans of days, so that a month that never came out shifts nothing."""
    mean = rate.rolling("80D", min_periods=2).mean()  # three months' stamps
    return mean - mean.rolling("370D", min_periods=9, closed="left").min()  # the twelve before


@feature(
    inputs=[UNEMPLOYMENT], window=1, unit="percentage points", title="Change of the unemployment rate over a year", display=POINTS, story=-1
)
def unemployment_over_12m(panel: Panel) -> pd.Series:
    """Change of the unemployment rate over twelve months.

    Sign: positive when unemployment rises. NaN until a year is known. Source: Okun (1962), in changes.
    """
    own = panel.releases(UNEMPLOYMENT)
    return own.onto(panel.sessions, own.observed - ago(own.observed, months=12))


@feature(inputs=[PAYROLLS], window=1, unit="percent a year", title="Payrolls growth over three months", story=1)
def payrolls_growth_3m(panel: Panel) -> pd.Series:
    """Growth of nonfarm payrolls over three months, log percent, annualised.

    Sign: positive when jobs are created. NaN until three months are known. Revised each year, more than the unemployment rate.
    Source: Stock and Watson (1989): payrolls among the coincident indicators.
    """
    own = panel.releases(PAYROLLS)
    return own.onto(panel.sessions, 100 * 4 * growth(own.observed, months=3))


@feature(inputs=[PRODUCTION], window=1, unit="percent a year", title="Industrial production over a year", display=PERCENT, story=1)
def production_growth_1y(panel: Panel) -> pd.Series:
    """Growth of industrial production over twelve months, log percent.

    Sign: positive when output grows. NaN until a year is known. Source: Stock and Watson (1989).
    """
    own = panel.releases(PRODUCTION)
    return own.onto(panel.sessions, 100 * growth(own.observed, months=12))


# --- hard or soft


@feature(inputs=[YIELD_10Y, BILL], window=1, unit="probability", title="Odds of a recession within a year, by the yield curve", story=-1)
def recession_probability(panel: Panel) -> pd.Series:
    """Probability that one of the next twelve months is one of recession in the United States, from the term spread.

    A probit on the month's mean spread, refitted each January and on the day of each announcement, on months whose outcome the NBER
    had dated by then; a month counts as expansion 18 months later at the earliest, or by a later turning point.
    Sign: near 1 when a hard landing is what followed curves like this. NaN while there is no fit.
    Source: Estrella and Mishkin (1998); any month of the next twelve as in Wright (2006).
    """
    return recession_risk(panel.releases(YIELD_10Y), panel.releases(BILL), panel.sessions)


@feature(
    inputs=[YIELD_10Y, BILL],
    window=64,
    unit="probability",
    title=f"Change of the odds of a recession over {span(63)}",
    display=SHARE_POINTS,
    story=-1,
)
def recession_probability_over_63(panel: Panel) -> pd.Series:
    """Change of the recession probability over 63 sessions.

    Sign: positive when the landing is getting harder. NaN in the first 63 sessions. Source: as `recession_probability`.
    """
    return recession_probability(panel).diff(63)
