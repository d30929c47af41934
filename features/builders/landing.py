"""Landing: what credit, the curve and oil say of the economy the cut would meet."""

import pandas as pd

from features.feature import feature
from features.panel import Panel
from features.series import AAA, BAA, BILL, CREDIT_SPREAD, HIGH_YIELD_SPREAD, OIL, YIELD_10Y
from features.transform import log


@feature(inputs=[BAA, AAA], window=1, unit="percentage points")
def default_spread(panel: Panel) -> pd.Series:
    """Yield of BAA less AAA corporate bonds.

    Sign: high in a hard landing. NaN where either is not known. Source: Fama and French (1989).
    """
    return panel[BAA] - panel[AAA]


@feature(inputs=[CREDIT_SPREAD], window=1, unit="percentage points")
def credit_spread_level(panel: Panel) -> pd.Series:
    """Yield of BAA corporate bonds less the ten-year Treasury.

    Sign: high in a hard landing. NaN where it is not known.
    """
    return panel[CREDIT_SPREAD]


@feature(inputs=[HIGH_YIELD_SPREAD], window=22, unit="percentage points")
def high_yield_over_21(panel: Panel) -> pd.Series:
    """Change of the high-yield spread over 21 sessions.

    Sign: positive when credit gets dearer for small firms. NaN in the first 21 sessions.
    """
    return panel[HIGH_YIELD_SPREAD].diff(21)


@feature(inputs=[YIELD_10Y, BILL], window=1, unit="percentage points")
def term_spread(panel: Panel) -> pd.Series:
    """Ten-year less bill yield.

    Sign: negative before recessions. NaN where either is not known. Source: Estrella and Mishkin (1998).
    """
    return panel[YIELD_10Y] - panel[BILL]


@feature(inputs=[OIL], window=64, unit="log ratio")
def oil_over_63(panel: Panel) -> pd.Series:
    """Log change of the oil price over 63 sessions.

    Sign: negative when disinflation, or demand, is on its way down. NaN in the first 63 sessions and where oil is not positive.
    """
    return log(panel[OIL]).diff(63)
