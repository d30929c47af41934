"""Easing: the cuts that are expected, times the landing they would meet. A cut in a soft landing is not a cut in a hard one."""

import pandas as pd

from features.builders.landing import recession_probability, sahm_gap
from features.builders.rate_odds import cut_odds_second
from features.builders.rate_proxies import PROXIES
from features.panel.panel import Panel
from features.panel.registry import Feature, feature
from features.panel.series import Series
from features.panel.transform import clip

SAHM = 0.5  # percentage points: Sahm (2019) calls a recession from here on


def _enter_easing(label: str, words: str, expected: Feature, *, sign: int) -> None:
    """Features of expected easing, `sign` times `expected`, into each landing: by the curve's probability, and by unemployment."""
    window, reach, unit, prefix, display = expected.window, expected.reach, expected.unit, f"{label}_into", expected.display
    inputs, instead = _with(expected, recession_probability)
    labour, labour_instead = _with(expected, sahm_gap)

    @feature(
        inputs=inputs,
        instead=instead,
        window=window,
        reach=reach,
        unit=unit,
        title=f"{words} into a soft landing",
        display=display,
        story=1,
        name=f"{prefix}_soft_landing",
    )
    def into_soft_landing(panel: Panel) -> pd.Series:
        """Expected easing times the probability of no recession within twelve months.

        Sign: high when cuts are coming without a recession, the insurance cuts of 1995 and 2019; negative when rises are expected.
        NaN where either part is.
        Source: Bernanke and Kuttner (2005) for easing and equities; the probability is `recession_probability`.
        """
        return sign * expected(panel) * (1 - recession_probability(panel))

    @feature(
        inputs=inputs,
        instead=instead,
        window=window,
        reach=reach,
        unit=unit,
        title=f"{words} into a hard landing",
        display=display,
        story=-1,
        name=f"{prefix}_hard_landing",
    )
    def into_hard_landing(panel: Panel) -> pd.Series:
        """Expected easing times the probability of a recession within twelve months.

        Sign: high when cuts are coming because the economy fails, as in 2001 and 2007; negative when rises are expected.
        NaN where either part is.
        Source: Bernanke and Kuttner (2005) for easing and equities; the probability is `recession_probability`.
        """
        return sign * expected(panel) * recession_probability(panel)

    @feature(
        inputs=labour,
        instead=labour_instead,
        window=window,
        reach=reach,
        unit=unit,
        title=f"{words} into rising unemployment",
        display=display,
        story=-1,
        name=f"{prefix}_rising_unemployment",
    )
    def into_rising_unemployment(panel: Panel) -> pd.Series:
        """Expected easing times the way that the Sahm gap has come to its threshold, 0 to 1.

        Sign: high when cuts are coming while unemployment rises; negative when rises are expected all the same. NaN where either part is.
        Source: Sahm (2019) for the gap and its threshold; Bernanke and Kuttner (2005) for easing and equities.
        """
        return sign * expected(panel) * (clip(sahm_gap(panel), 0, SAHM) / SAHM)


def _with(expected: Feature, landing: Feature) -> tuple[tuple[Series, ...], tuple[Series, ...]]:
    """Inputs of the two together, and those that may replace them, if any."""
    inputs = tuple(dict.fromkeys((*expected.inputs, *landing.inputs)))
    return inputs, tuple(dict.fromkeys((*expected.instead, *landing.inputs))) if expected.instead else ()


_enter_easing("cut_odds", "Odds of a cut", cut_odds_second, sign=1)
_enter_easing("expected_cut_proxy", "Expected easing", PROXIES[12], sign=-1)
