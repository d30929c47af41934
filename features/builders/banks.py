"""Banks: whether they lead small caps, what the curve lets them earn, and whether they gain at all when rates fall."""

import pandas as pd

from features.builders.momentum import momentum_in
from features.builders.regression import Slopes, beside, change_by_stamp, rate_move, rolling_slopes
from features.builders.rotation import SECTORS
from features.panel.align import difference
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.returns import log_return
from features.panel.series import BILL, INDEX_POINTS, SMALL, YIELD_2Y, YIELD_10Y, Basis, Series
from features.panel.span import span
from features.panel.standardise import min_periods, z_score

SURGE = 5  # sessions
YEAR = 252
REGIONAL_BANKS = Series("regional_banks", INDEX_POINTS, Basis.PRICE, "shares of regional banks, total return; returns only")
FINANCIALS = next(series for series in SECTORS if series.name == "sector_financials")
LENDERS = {"regional_banks": REGIONAL_BANKS, "financials": FINANCIALS}
WORDS = {"regional_banks": "Regional banks", "financials": "Large financials"}


def _enter_lead(name: str, lender: Series, window: int) -> None:
    @feature(
        inputs=[SMALL, lender],
        window=window + 1,
        unit="sigma",
        title=f"{WORDS[name]} less small caps over {span(window)}",
        story=1,
        name=f"{name}_over_small_{window}",
        reach=None,
    )
    def lender_over_small(panel: Panel) -> pd.Series:
        """Log return of regional banks, or of all large financials, over small caps in a window, in units of its own volatility.

        Sign: positive when lenders lead small caps. NaN until the window is full.
        Source: Moskowitz and Grinblatt (1999), momentum of an industry against the rest.
        """
        return momentum_in(panel, window, lender, SMALL)


@memoise
def _beside_small(panel: Panel, lender: Series) -> Slopes:
    """The lender's slopes on small caps and on the change of the two-year yield, as known five sessions ago."""
    moves = beside(log_return(panel, SMALL), change_by_stamp(panel, YIELD_2Y, SURGE))
    return rolling_slopes(log_return(panel, lender), moves, YEAR).before(SURGE)


def _enter_sensitivity(name: str, lender: Series) -> None:
    inputs, window, reach = [SMALL, YIELD_2Y, lender], min_periods(YEAR) + SURGE + 1, YEAR + SURGE + 1

    @feature(
        inputs=inputs,
        window=window,
        reach=reach,
        unit="log return a point",
        title=f"Response of {WORDS[name].lower()} to the two-year yield",
        name=f"{name}_rate_beta",
    )
    def rate_beta(panel: Panel) -> pd.Series:
        """Slope of the daily return of regional banks, or large financials, on the change of the two-year yield, small caps held fixed.

        Sign: negative when lenders gain on small caps as rates fall, positive when they lose. Of a year that ended five
        sessions ago, at least three quarters of it; NaN until then, and where yields come out more than five sessions late.
        Source: Flannery and James (1984); English, Van den Heuvel and Zakrajsek (2018).
        """
        return _beside_small(panel, lender).slopes[YIELD_2Y.name]

    @feature(
        inputs=inputs,
        window=window,
        reach=reach,
        unit="sigma",
        title=f"Worth of a week's rates to {WORDS[name].lower()}",
        name=f"{name}_rate_gain_5",
    )
    def rate_gain(panel: Panel) -> pd.Series:
        """What the last five sessions' change of the two-year yield has been worth to lenders beyond small caps, in residual deviations.

        Sign: positive when the change of rates, by the slope known before it, favoured lenders. A yield not yet published
        is taken not to have changed. NaN until three quarters of a year are there.
        Source: English, Van den Heuvel and Zakrajsek (2018), the slope times the shock.
        """
        before = _beside_small(panel, lender)
        return before.slopes[YIELD_2Y.name] * rate_move(panel, YIELD_2Y, SURGE) / (before.sigma * SURGE**0.5)

    @feature(
        inputs=inputs,
        window=window,
        reach=reach,
        unit="sigma",
        title=f"{WORDS[name]} in a week, past rates and small caps",
        story=1,
        name=f"{name}_beyond_rates_5",
    )
    def beyond_rates(panel: Panel) -> pd.Series:
        """Five sessions' log return of lenders beyond what small caps and the two-year yield explain, in residual deviations.

        Sign: positive when lenders rose for another reason than rates and the tide of small caps. A yield not yet published
        is taken not to have changed. NaN until three quarters of a year are there.
        Source: Flannery and James (1984), the two-factor model of bank shares.
        """
        before = _beside_small(panel, lender)
        explained = before.slopes[SMALL.name] * log_return(panel, SMALL, SURGE)
        explained = explained + before.slopes[YIELD_2Y.name] * rate_move(panel, YIELD_2Y, SURGE)
        return (log_return(panel, lender, SURGE) - explained) / (before.sigma * SURGE**0.5)


for _name, _lender in LENDERS.items():
    for _window in (5, 21, 63):
        _enter_lead(_name, _lender, _window)
    _enter_sensitivity(_name, _lender)


@feature(inputs=[YIELD_10Y, BILL], window=1, unit="z", title="Lending margin against ten years", story=1)
def lending_margin_10y(panel: Panel) -> pd.Series:
    """Ten-year less bill yield, what lending long and borrowing short earns, against its own ten years, in standard deviations.

    Sign: positive when the curve pays banks more than it used to. NaN until seven and a half years of both are there,
    counted from the first yields and not from the panel's first session.
    Source: English, Van den Heuvel and Zakrajsek (2018); Alessandri and Nelson (2015).
    """
    margin = difference(panel, YIELD_10Y, BILL)
    return margin.onto(panel.sessions, z_score(margin.observed, 10 * YEAR))


for _window in (5, 63):

    @feature(
        inputs=[YIELD_10Y, YIELD_2Y],
        window=_window + 1,
        unit="percentage points",
        title=f"Change of the ten- less two-year yield over {span(_window)}",
        story=1,
        name=f"lending_slope_over_{_window}",
    )
    def lending_slope_over(panel: Panel, window: int = _window) -> pd.Series:
        """Change over a window of the ten-year less the two-year yield, what new lending earns before deposits follow.

        Sign: positive when the curve steepened. NaN until the window is full.
        Source: English, Van den Heuvel and Zakrajsek (2018), the slope's surprise in bank shares.
        """
        return (panel[YIELD_10Y] - panel[YIELD_2Y]).diff(window)
