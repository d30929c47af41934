"""Policy: the odds of a political event, and what it would do to small caps' earnings. Off where no odds are given."""

import pandas as pd

from features.builders.tax import CORPORATE, LARGE_DOMESTIC, PROPOSED, SMALL_DOMESTIC, tax_uplift
from features.panel.display_unit import SHARE_POINTS
from features.panel.panel import Panel
from features.panel.registry import feature
from features.panel.series import EVENT_ODDS
from features.panel.span import span
from features.panel.transform import clip, log

TICK = 0.005  # half a cent: prediction markets quote a contract of one dollar in cents, so 0 and 1 are no nearer than this
SMALL_UPLIFT = tax_uplift(CORPORATE, PROPOSED, SMALL_DOMESTIC)
LARGE_UPLIFT = tax_uplift(CORPORATE, PROPOSED, LARGE_DOMESTIC)


@feature(inputs=[EVENT_ODDS], window=1, unit="probability", title="Odds of the event", story=1)
def event_odds(panel: Panel) -> pd.Series:
    """Odds of the event that the experiment names.

    Sign: near 1 when it is expected. NaN where no odds are known. Source: Wolfers and Zitzewitz (2004): prices of such contracts as
    probabilities.
    """
    return panel[EVENT_ODDS]


@feature(inputs=[EVENT_ODDS], window=1, unit="log odds", title="Odds of the event, on the log scale", story=1)
def event_log_odds(panel: Panel) -> pd.Series:
    """Log odds of the event, with the odds kept half a cent from 0 and 1.

    Sign: positive when it is likelier than not. NaN where no odds are known. Source: Wolfers and Zitzewitz (2004).
    """
    odds = clip(panel[EVENT_ODDS], TICK, 1 - TICK)
    return log(odds / (1 - odds))


for _window in (5, 21):

    @feature(
        inputs=[EVENT_ODDS],
        window=_window + 1,
        unit="probability",
        title=f"Change of the event's odds over {span(_window)}",
        display=SHARE_POINTS,
        story=1,
        name=f"event_odds_over_{_window}",
    )
    def event_odds_over(panel: Panel, window: int = _window) -> pd.Series:
        """Change of the event's odds over the sessions named.

        Sign: positive when it became likelier. NaN until that many sessions have passed.
        Source: Snowberg, Wolfers and Zitzewitz (2007): prices against the odds' changes.
        """
        return panel[EVENT_ODDS].diff(window)


@feature(inputs=[EVENT_ODDS], window=6, unit="fraction of earnings", title="Tax cut priced into small caps over a week", story=1)
def expected_tax_uplift_over_5(panel: Panel) -> pd.Series:
    """Change over five sessions of what a cut of the corporate rate from 21 to 15 % is expected to add to small caps' earnings.

    The change of the odds times 6.09 %: the uplift of 7.59 % on the 80 % of revenue earned at home. With the rate's cut taken as
    certain once the event happens, it is the most that the odds can explain of the surge, as a fraction of the price.
    Sign: positive when the cut became likelier. NaN in the first five sessions and without odds.
    Source: Wagner, Zeckhauser and Ziegler (2018): prices of firms by their tax burden after the election of 2016.
    """
    return SMALL_UPLIFT * panel[EVENT_ODDS].diff(5)


@feature(inputs=[EVENT_ODDS], window=6, unit="fraction of earnings", title="Tax cut priced into small less large caps over a week", story=1)
def relative_tax_uplift_over_5(panel: Panel) -> pd.Series:
    """The same of small caps less large caps, which earn less of their revenue at home.

    Sign: positive when the cut, which favours small caps, became likelier. NaN in the first five sessions and without odds.
    Source: Wagner, Zeckhauser and Ziegler (2018).
    """
    return (SMALL_UPLIFT - LARGE_UPLIFT) * panel[EVENT_ODDS].diff(5)
