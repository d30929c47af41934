"""Rate odds: what bills, notes and futures expect of the policy rate, against where it stands.

What was told of July 2024: cuts were coming, small firms borrow at floating rates, and so the more cuts the further the surge goes.
"""

import numpy as np
import pandas as pd

from features.feature import feature
from features.panel import Panel
from features.series import BILL, CORE_CPI, FUTURES, POLICY_RATE, YIELD_1Y, YIELD_2Y

MONTHS = (3, 6, 12)


def _implied_change(panel: Panel, near: int, far: int) -> pd.Series:
    """Rate that the far contract settles at, less that of the near one, percentage points."""
    return panel[FUTURES[near]] - panel[FUTURES[far]]


def _enter_futures(months: int) -> None:
    @feature(inputs=[FUTURES[0], FUTURES[months]], window=1, unit="percentage points", story=-1, name=f"expected_change_{months}m")
    def expected_change(panel: Panel) -> pd.Series:
        """Expected change of the policy rate from this month's average, from fed funds futures: price of the near less the far contract.

        Sign: negative when cuts are expected. NaN where either contract has no price. Bears the term premium of the contract.
        Against the running month and not the day's rate, which at the end of a reserve period may be a point off its target.
        Source: Kuttner (2001); Gurkaynak, Sack and Swanson (2005).
        """
        return _implied_change(panel, 0, months)


def _enter_futures_change(months: int) -> None:
    rolled_inputs = FUTURES[months + 1 : months + 2]  # of a year ahead there is none
    inputs = [FUTURES[0], FUTURES[1], FUTURES[months], *rolled_inputs]

    @feature(inputs=inputs, window=6, unit="percentage points", story=-1, name=f"expected_change_{months}m_over_5")
    def expected_change_over_5(panel: Panel) -> pd.Series:
        """Change over five sessions of the change that two given contracts imply.

        Sign: negative when cuts were priced in during the surge. NaN where a price is missing on either day; where a month
        began in between, the contracts are those of today, which then stood one month further out.
        Source: Kuttner (2001), whose surprise is the change of one contract's price.
        """
        now, same = _implied_change(panel, 0, months), _implied_change(panel, 0, months).shift(5)
        further = _implied_change(panel, 1, months + 1).shift(5) if rolled_inputs else same * np.nan
        month = pd.Series(panel.sessions.month, index=panel.sessions)
        return now - same.where(month == month.shift(5), further)


for _months in MONTHS:
    _enter_futures(_months)
    _enter_futures_change(_months)


@feature(inputs=[BILL, POLICY_RATE], window=1, unit="percentage points", story=-1)
def bill_less_policy(panel: Panel) -> pd.Series:
    """Yield of the three-month bill less the policy rate: a proxy of the change expected over three months.

    Sign: negative when cuts are expected. NaN where either is not known. A proxy: bills also carry a scarcity premium.
    Source: Simon (1990), on the spread of bills over federal funds.
    """
    return panel[BILL] - panel[POLICY_RATE]


@feature(inputs=[YIELD_1Y, POLICY_RATE], window=1, unit="percentage points", story=-1)
def year_less_policy(panel: Panel) -> pd.Series:
    """One-year yield less the policy rate: a proxy of the mean change expected over twelve months.

    Sign: negative when cuts are expected. NaN where either is not known.
    Source: Gertler and Karadi (2015) for the one-year yield as the measure of policy and its guidance.
    """
    return panel[YIELD_1Y] - panel[POLICY_RATE]


@feature(inputs=[YIELD_1Y, YIELD_2Y], window=1, unit="percentage points", story=-1)
def forward_less_year(panel: Panel) -> pd.Series:
    """One-year rate in one year less the one-year rate: a proxy of the change expected beyond twelve months.

    Sign: negative when cuts are expected in the second year. NaN where either is not known.
    Source: Fama and Bliss (1987).
    """
    return 2 * (panel[YIELD_2Y] - panel[YIELD_1Y])


@feature(inputs=[YIELD_2Y], window=6, unit="percentage points", story=-1)
def two_year_yield_over_5(panel: Panel) -> pd.Series:
    """Change of the two-year yield over five sessions.

    Sign: negative when expected policy eased during the surge. NaN in the first five sessions.
    Source: Hanson and Stein (2015) for the two-year yield as the measure of the policy path.
    """
    return panel[YIELD_2Y].diff(5)


@feature(inputs=[BILL], window=64, unit="percentage points", story=-1)
def bill_over_63(panel: Panel) -> pd.Series:
    """Change of the bill yield over 63 sessions: where policy has been going.

    Sign: negative in a cutting cycle. NaN in the first 63 sessions.
    Source: Jensen, Mercer and Johnson (1996), who tell easing from tightening by the direction of rates.
    """
    return panel[BILL].diff(63)


@feature(inputs=[BILL, CORE_CPI], window=253, unit="percentage points", story=1)
def real_bill(panel: Panel) -> pd.Series:
    """Bill yield less the last published twelve-month core inflation: how tight policy is, and so how much there is to cut.

    Sign: positive when policy is tight. NaN in the first 252 sessions.
    Source: Clarida, Gali and Gertler (2000) for the real rate as the stance of policy.
    """
    return panel[BILL] - 100 * panel[CORE_CPI].pct_change(252, fill_method=None)
