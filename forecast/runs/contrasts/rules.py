"""Contrasts that are drawn: what people say of a surge, and the two states that the past is split into, fixed beforehand.

What is said is what commentators said of July 2024. No threshold was chosen by what followed: each is a published one, nil, or a round
number that stands for the words.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Measured = Literal["continue", "fall"]
STEP = 0.25  # percentage points: a step of the policy rate since 1989
SAHM = 0.5  # percentage points: Sahm (2019) calls a recession from here on
TIGHT = 1.0  # percentage points: above what the Federal Reserve's members have held the neutral real rate to be, 0.5 to 1 since 2012
CORRECTION = 0.10  # log: what the trade calls a correction
VIOLENT = 3.0  # standard deviations

MEASURES: dict[str, tuple[str, Callable[[float], str]]] = {
    "policy_below_high": ("the policy rate below its high of a year", lambda value: f"{abs(value):.2f} points"),
    "below_high": ("the close below its high of a year", lambda value: f"{abs(100 * math.expm1(value)):.1f} %"),
    "surge_z": ("the surge", lambda value: f"{value:.1f} sigma"),
    "large_share": ("large caps' gain over the market's", lambda value: f"{100 * value:.0f} %"),
}
"""Measures beside the features of the catalogue: what people call each, and its value as text."""


@dataclass(frozen=True)
class Condition:
    """`least` <= value < `below`, of a feature of the catalogue or a measure of `states`."""

    value: str
    least: float = -math.inf
    below: float = math.inf


@dataclass(frozen=True)
class Split:
    """Two states.

    Parameters
    ----------
    first, second : tuple of Condition
        All have to hold; `second` empty is whatever is not `first`. A surge in neither is left out, as is one with a value missing.
    within : tuple of Condition
        What has to hold in both.
    """

    first: tuple[Condition, ...]
    second: tuple[Condition, ...] = ()
    within: tuple[Condition, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of everything that is looked at, each once."""
        return tuple(dict.fromkeys(condition.value for condition in (*self.first, *self.second, *self.within)))


@dataclass(frozen=True)
class ContrastRule:
    """One thing that people say, and the split that the past is asked with.

    Parameters
    ----------
    key : str
        Short name.
    says : str
        What people say.
    states : tuple of two str
        Names of the two states; it is the first of which something is said.
    expects : int
        1 if more is to follow in the first state than in the second, -1 if less.
    splits : tuple of Split
        The first whose values are in the data counts.
    reason : str
        Why the states are split there.
    measured : {"continue", "fall"}
        What is to follow more or less often.
    """

    key: str
    says: str
    states: tuple[str, str]
    expects: Literal[-1, 1]
    splits: tuple[Split, ...]
    reason: str
    measured: Measured = "continue"


CUT_EXPECTED = Condition("expected_change_12m_proxy", below=-STEP)
FIRST_CUT = (CUT_EXPECTED, Condition("policy_below_high", least=-STEP / 2))
LOW_UNEMPLOYMENT = (Condition("sahm_gap", below=SAHM),)
LOW_RISK = (Condition("recession_probability", below=0.5),)

CONTRASTS = (
    ContrastRule(
        "first_cut",
        "A first rate cut is coming, and it carries small caps",
        ("first cut ahead", "no cut ahead"),
        1,
        (Split(FIRST_CUT),),
        "the one-year yield is more than one step below the policy rate, which has not been cut by half a step in a year",
    ),
    ContrastRule(
        "soft_by_jobs",
        "The landing is soft: unemployment is near its low",
        ("jobless near low", "jobless risen"),
        1,
        (Split(LOW_UNEMPLOYMENT),),
        "three months' unemployment less than half a point above its low of a year, where Sahm's rule calls no recession",
    ),
    ContrastRule(
        "soft_by_curve",
        "The landing is soft: no recession is likely",
        ("recession unlikely", "recession likely"),
        1,
        (Split(LOW_RISK),),
        "odds of a recession within a year by the yield curve, as fitted on what was dated by then",
    ),
    ContrastRule(
        "cut_soft_by_jobs",
        "A first cut in a soft landing is not one in a hard landing; 1995 did not last",
        ("cut, jobless low", "cut, jobless risen"),
        1,
        (Split(LOW_UNEMPLOYMENT, within=FIRST_CUT),),
        "the two above together: among surges with a first cut ahead, by unemployment",
    ),
    ContrastRule(
        "cut_soft_by_curve",
        "A first cut without a recession is not one that a recession forces",
        ("cut, no recession", "cut, recession"),
        1,
        (Split(LOW_RISK, within=FIRST_CUT),),
        "the same by the yield curve's odds of a recession",
    ),
    ContrastRule(
        "priced_in",
        "The good news is already priced in",
        ("rose beyond news", "news explains it"),
        -1,
        (Split((Condition("unexplained_share_5", least=0.5),)),),
        "half of the surge or more is not explained by large caps, technology and short yields, by the slopes of the year before",
    ),
    ContrastRule(
        "cheap",
        "Small caps are cheap against large ones, and catch up",
        ("small caps cheap", "small caps dear"),
        1,
        (
            Split((Condition("book_to_market_gap_today", least=0.0),)),
            Split((Condition("relative_price_10y", below=0.0),)),
            Split((Condition("relative_price_5y", below=0.0),)),
        ),
        "book-to-market of small less large caps against its own ten years, or else their price against that of large caps",
    ),
    ContrastRule(
        "technology_dear",
        "Money leaves dear technology for small caps",
        ("technology dear", "technology cheap"),
        1,
        (Split((Condition("tech_relative_price_5y", least=0.0),)),),
        "price of technology over all large caps against its own five years",
    ),
    ContrastRule(
        "rotation",
        "It is a rotation and no tide: large caps stood still",
        ("large caps stood", "large caps rose"),
        1,
        (Split((Condition("large_share", below=0.5),)),),
        "large caps gained less than half as much in the surge, or more",
    ),
    ContrastRule(
        "event",
        "The election trade: taxes fall, and small firms gain most",
        ("event odds rose", "event odds did not"),
        1,
        (Split((Condition("event_odds_over_5", least=0.005),)),),
        "odds of the event rose by half a cent or more, a tick of such markets, in the surge",
    ),
    ContrastRule(
        "earnings",
        "Without earnings that rise it cannot last",
        ("earnings rising", "earnings falling"),
        1,
        (Split((Condition("small_earnings_growth_1y", least=0.0),)), Split((Condition("earnings_growth_1y", least=0.0),))),
        "earnings per share over a year as last published: of small caps where the data have them, or else of large caps",
    ),
    ContrastRule(
        "economy",
        "Small caps hang on the economy: they fail as jobs are lost",
        ("more claims", "fewer claims"),
        -1,
        (Split((Condition("claims_growth_1y", least=0.0),)),),
        "four weeks' initial claims for unemployment benefits against a year before",
    ),
    ContrastRule(
        "high_rates",
        "High rates that stay hurt small caps, whatever banks like",
        ("rates stay high", "rates to be cut"),
        -1,
        (Split((Condition("expected_change_12m_proxy", least=-STEP),), within=(Condition("real_bill", least=TIGHT),)),),
        "bills pay a point or more over core inflation, and no more than one step down is expected within a year",
    ),
    ContrastRule(
        "at_high",
        "It is at its high: once sentiment turns, a significant pullback",
        ("at a year's high", "after a 10 % fall"),
        1,
        (Split((Condition("below_high", least=-0.01),), second=(Condition("below_high", below=-CORRECTION),)),),
        "within 1 % of the highest close of a year, or a correction of a tenth or more below it; what lies between is left out",
        measured="fall",
    ),
    ContrastRule(
        "violent",
        "Too far, too fast",
        ("surge of 3 sigma", "smaller surge"),
        -1,
        (Split((Condition("surge_z", least=VIOLENT),)),),
        "twice the size that makes a surge, by the volatility before it",
    ),
)
