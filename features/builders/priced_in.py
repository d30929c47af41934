"""Priced in: how much of the surge the news explains, and how much of the way to a certain cut has been gone."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from features.builders.rate_odds import cut_odds_second, cut_odds_second_over_5
from features.builders.rate_proxies import MAINTENANCE, policy_now
from features.builders.regression import Slopes, beside, change_by_stamp, rate_move, rolling_slopes
from features.builders.rotation import share_of_move
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.returns import log_return
from features.panel.series import LARGE, POLICY_RATE, SMALL, TECH, YIELD_1Y, YIELD_2Y, Series
from features.panel.standardise import min_periods
from features.panel.transform import clip

SURGE = 5  # sessions
YEAR = 252
CUT = 0.25  # percentage points, a step of the policy rate since 1989
PRICES = (LARGE, TECH)
RATES = (YIELD_2Y, YIELD_1Y)  # the path of policy, and its near end: the one-year yield moves as what is expected of the year does
NEWS = (*PRICES, *RATES)
KNOWN_FROM = min_periods(YEAR) + SURGE + 1
REACH = YEAR + SURGE + 1


@memoise
def _before(panel: Panel) -> Slopes:
    """Small caps' slopes on large caps, technology and rates, as known before the last five sessions."""
    moves = [log_return(panel, series) for series in PRICES] + [change_by_stamp(panel, series, SURGE) for series in RATES]
    return rolling_slopes(log_return(panel, SMALL), beside(*moves), YEAR).before(SURGE)


@memoise
def _shock(panel: Panel) -> pd.DataFrame:
    """Five sessions' move of each piece of news; a yield not yet published is taken not to have changed."""
    moves = [log_return(panel, series, SURGE) for series in PRICES]
    return beside(*moves, *(rate_move(panel, series, SURGE) for series in RATES))


@memoise
def _unexplained(panel: Panel) -> tuple[pd.Series, pd.Series]:
    """What five sessions' log return of small caps leaves unexplained, and its standard deviation over five sessions."""
    before = _before(panel)
    rest = log_return(panel, SMALL, SURGE) - _worth(before.slopes, _shock(panel))
    return rest, before.sigma * SURGE**0.5


def _worth(slopes: pd.DataFrame, shock: pd.DataFrame, news: slice = slice(None)) -> pd.Series:
    """Sum over the `news` of slope times move; NaN where one is."""
    return pd.Series((slopes.to_numpy()[:, news] * shock.to_numpy()[:, news]).sum(axis=1), index=slopes.index)


@feature(
    inputs=[SMALL, *NEWS], window=KNOWN_FROM, reach=REACH, unit="sigma", title="Small caps over a week, beyond markets and rates", story=-1
)
def unexplained_5(panel: Panel) -> pd.Series:
    """Five sessions' log return of small caps beyond what large caps, technology and short yields explain, in residual deviations.

    Sign: positive when small caps rose more than the news was worth. Slopes on daily moves of a year that ended before the
    five sessions, at least three quarters of it; NaN until then, and where yields come out more than five sessions late.
    Source: Bernanke and Kuttner (2005) for the response to policy; Chan (2003), moves without news come back.
    """
    rest, sigma = _unexplained(panel)
    return rest / sigma


@feature(
    inputs=[SMALL, *NEWS], window=KNOWN_FROM, reach=REACH, unit="share", title="Share of the week's move beyond markets and rates", story=-1
)
def unexplained_share_5(panel: Panel) -> pd.Series:
    """Share of five sessions' move of small caps that large caps, technology and short yields do not explain.

    Sign: 1 when the news explains nothing of it, or points the other way, 0 when it explains all or more, or small caps
    moved by less than a tenth of sigma. NaN until three quarters of a year are there. As `unexplained_5` otherwise.
    Source: Roll (1988), what is left of a move when the news is taken off.
    """
    rest, _ = _unexplained(panel)
    sigma = log_return(panel, SMALL).rolling(63).std().shift(SURGE) * SURGE**0.5
    return share_of_move(rest, log_return(panel, SMALL, SURGE), sigma)


@feature(inputs=[SMALL, *NEWS], window=KNOWN_FROM, reach=REACH, unit="sigma", title="Worth of a week's rates to small caps", story=1)
def rates_worth_5(panel: Panel) -> pd.Series:
    """What five sessions' change of the one- and two-year yields was worth to small caps, by their slopes, in residual deviations.

    Sign: positive when rates moved in favour of small caps. NaN until three quarters of a year are there. As `unexplained_5`
    otherwise. Source: Bernanke and Kuttner (2005); Ehrmann and Fratzscher (2004), small firms respond more.
    """
    before, shock = _before(panel), _shock(panel)
    rates = slice(len(PRICES), None)  # the columns after those of prices
    return _worth(before.slopes, shock, rates) / (before.sigma * SURGE**0.5)


@feature(inputs=[SMALL, *NEWS], window=KNOWN_FROM, reach=REACH, unit="log return a point", title="Response of small caps to short yields")
def small_rate_beta(panel: Panel) -> pd.Series:
    """What small caps return when one- and two-year yields rise by a point together, large caps and technology held fixed.

    Sign: negative when small caps gain on large ones as rates fall, as is told of them; positive when they lose. Of the
    year that ended five sessions ago. NaN until three quarters of it are there.
    Source: Bernanke and Kuttner (2005); Ehrmann and Fratzscher (2004).
    """
    slopes = _before(panel).slopes
    return slopes[YIELD_1Y.name] + slopes[YIELD_2Y.name]


def share_travelled(now: pd.Series, before: pd.Series) -> pd.Series:
    """Share of the way from the odds `before` to certainty that the odds `now` have gone, from -1 to 1; of the way to nought, below 0.

    Odds (n,) from 0 to 1. 0.9 after 0.6 has gone three quarters of the way; 0.3 after 0.6 half of the way back. Odds that
    stay where they are have gone none of it, except that a certainty that stays one has gone all. NaN where either is.
    """
    late, early = now.to_numpy("float64"), before.to_numpy("float64")
    way = np.where(late >= early, np.where(early < 1, 1 - early, np.nan), np.where(early > 0, early, np.nan))
    gone = np.where((late >= early) & (early >= 1), 1.0, (late - early) / way)
    return pd.Series(gone.clip(-1, 1), index=now.index)


@memoise
def odds_by_yield(panel: Panel) -> pd.Series:
    """Odds of a cut as the one-year yield has it: how far it lies below the policy rate, in steps of a quarter, held within 0 and 1.

    A proxy for markets and years without futures: the mean of a year's expected rates, with its term premium. The policy
    rate is the median of ten sessions, since the effective rate strays for a day at the ends of quarters.
    """
    return clip((policy_now(panel) - panel[YIELD_1Y]) / CUT, 0, 1)


def _enter_travelled(name: str, words: str, odds: Callable[[Panel], pd.Series], *, inputs: Sequence[Series], window: int) -> None:
    """Two features of any odds of a cut, known from `window` sessions on: how far they have come in a month, and what is left."""

    @feature(
        inputs=inputs,
        window=window + 21,
        unit="share",
        title=f"Cut priced in over a month, {words}",
        story=-1,
        name=f"{name}_travelled_21",
    )
    def travelled(panel: Panel) -> pd.Series:
        """Share of the way from the odds of a cut 21 sessions ago to certainty that has been gone.

        Sign: near 1 when the cut is priced in, nil when the odds are where they were, negative when it is being priced out.
        NaN in the first 21 sessions of the odds. Source: Kuttner (2001), only what was not expected moves prices.
        """
        now = odds(panel)
        return share_travelled(now, now.shift(21))

    @feature(inputs=inputs, window=window, unit="probability", title=f"Cut left to price in, {words}", story=1, name=f"{name}_left")
    def left(panel: Panel) -> pd.Series:
        """One less the odds of a cut: what is left to price in.

        Sign: nil when a cut is certain, 1 when none is expected. NaN where the odds are not known.
        Source: Kuttner (2001), only what was not expected moves prices.
        """
        return 1 - odds(panel)


@feature(
    inputs=cut_odds_second.inputs,
    instead=cut_odds_second.instead,
    window=SURGE + 1,
    reach=cut_odds_second_over_5.reach,
    unit="share",
    title="Cut priced in over a week",
    story=-1,
)
def cut_odds_travelled_5(panel: Panel) -> pd.Series:
    """Share of the way from the odds of a cut by the second meeting, five sessions ago, to certainty that has been gone.

    Sign: near 1 when the surge priced the cut in, nil when the odds are where they were, negative when it was priced out. NaN in the
    first five sessions, and where a decision fell into them. Source: Kuttner (2001), only what was not expected moves prices.
    """
    now = cut_odds_second(panel)
    return share_travelled(now, now - cut_odds_second_over_5(panel))


_enter_travelled("cut_by_yield", "by the one-year yield", odds_by_yield, inputs=[YIELD_1Y, POLICY_RATE], window=MAINTENANCE)
