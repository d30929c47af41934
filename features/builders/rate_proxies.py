"""Rate proxies: what bills and notes expect of the policy rate, before there were futures and where there are none.

A yield also bears a term premium and, for bills, the price of safety: each is named as the proxy it is.
"""

import pandas as pd

from features.builders.growth import ago
from features.panel.display_unit import PERCENT
from features.panel.panel import Panel
from features.panel.registry import Feature, feature
from features.panel.series import BILL, CORE_CPI, POLICY_RATE, YIELD_1Y, YIELD_2Y, Series
from features.panel.span import span

MAINTENANCE = 10  # sessions of a reserve period, over which the effective rate swings about its target
YIELDS = {3: BILL, 12: YIELD_1Y, 24: YIELD_2Y}  # months ahead
WORDS = {3: "Bill yield", 12: "One-year yield", 24: "Two-year yield"}


def policy_now(panel: Panel) -> pd.Series:
    """The effective policy rate without the swings of a reserve period: its median over ten sessions."""
    return panel[POLICY_RATE].rolling(MAINTENANCE).median()


def _enter_proxy(months: int, paid: Series) -> Feature:
    @feature(
        inputs=[paid, POLICY_RATE],
        window=MAINTENANCE,
        unit="percentage points",
        title=f"{WORDS[months]} less the policy rate",
        story=-1,
        name=f"expected_change_{months}m_proxy",
    )
    def proxy(panel: Panel) -> pd.Series:
        """Yield of a bill or note less the policy rate: a proxy of the mean change of the policy rate over its life.

        Sign: negative when cuts are expected. NaN in the first nine sessions and where either is not known.
        Source: the expectations hypothesis; Piazzesi and Swanson (2008) for the premium it leaves out.
        """
        return panel[paid] - policy_now(panel)

    return proxy


def _enter_change(months: int, paid: Series, sessions: int) -> None:
    name = f"expected_change_{months}m_proxy_over_{sessions}"

    @feature(
        inputs=[paid],
        window=sessions + 1,
        unit="percentage points",
        title=f"Change of the {WORDS[months].lower()} over {span(sessions)}",
        story=-1,
        name=name,
    )
    def change(panel: Panel) -> pd.Series:
        """Change of the yield of a bill or note: a proxy of the change of the expected policy path.

        Sign: negative when cuts were priced in. NaN until the window is full.
        Source: Hanson and Stein (2015), who take the two-year yield for the measure of the policy path.
        """
        return panel[paid].diff(sessions)


PROXIES = {_months: _enter_proxy(_months, _paid) for _months, _paid in YIELDS.items()}
for _months, _paid in YIELDS.items():
    for _sessions in (5, 21):
        _enter_change(_months, _paid, _sessions)


@feature(inputs=[YIELD_1Y, YIELD_2Y], window=1, unit="percentage points", title="One-year rate in a year, less today's", story=-1)
def forward_less_year(panel: Panel) -> pd.Series:
    """One-year rate in one year less the one-year rate: a proxy of the change expected beyond twelve months.

    Sign: negative when cuts are expected in the second year. NaN where either is not known. Source: Fama and Bliss (1987).
    """
    return 2 * (panel[YIELD_2Y] - panel[YIELD_1Y])


@feature(inputs=[BILL], window=64, unit="percentage points", title=f"Change of the bill yield over {span(63)}")
def bill_over_63(panel: Panel) -> pd.Series:
    """Change of the bill yield over 63 sessions: where policy has been going.

    Sign: negative in a cutting cycle. NaN in the first 63 sessions. Source: Bernanke and Blinder (1992), the funds rate as stance.
    """
    return panel[BILL].diff(63)


@feature(inputs=[BILL, CORE_CPI], window=1, unit="percentage points", title="Bill yield less core inflation", display=PERCENT)
def real_bill(panel: Panel) -> pd.Series:
    """Bill yield less the last published twelve-month core inflation: how tight policy is, and so how much there is to cut.

    Sign: positive when policy is tight. NaN where either is not known. Source: Taylor (1993), the real rate as the rule's lever.
    """
    prices = panel.releases(CORE_CPI)
    return panel[BILL] - prices.onto(panel.sessions, 100 * (prices.observed / ago(prices.observed, months=12) - 1))
