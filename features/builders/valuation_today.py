"""Valuations that come out late, brought to today's prices: their earnings or book value has hardly moved, prices have. No features."""

import numpy as np
import pandas as pd

from features.builders.growth import ago
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import LARGE, SMALL, Series
from features.panel.transform import log


@memoise
def multiple_today(panel: Panel, multiple: Series, money: Series) -> pd.Series:
    """A multiple of the large-cap index, such as price over earnings, times the index's gain on consumer prices since its month.

    (n_sessions,); NaN where the multiple, or the index or `money`, the consumer prices, in that month, is not known. The
    earnings are taken to have kept up with consumer prices since: of ten years' mean a further quarter adds a fortieth.
    """
    released = panel.releases(multiple)
    real = released.observed * _in_its_month(panel, money, released) / _in_its_month(panel, LARGE, released)
    return released.onto(panel.sessions, real) * panel[LARGE] / panel[money]


def _in_its_month(panel: Panel, series: Series, released: Releases) -> np.ndarray:
    """Mean of `series` over the calendar month of each stamp of `released` (n,), of the values known when it came out; else NaN."""
    index = panel.releases(series)
    days, running = index.observed.index.to_numpy(), np.append(0.0, np.cumsum(index.observed.to_numpy("float64")))
    month = released.observed.index.to_numpy().astype("datetime64[M]")
    first, after = (days.searchsorted(edge.astype(days.dtype)) for edge in (month, month + 1))
    after = np.minimum(after, index.known.to_numpy().searchsorted(released.known.to_numpy(), side="right"))
    count = after - first
    return np.where(count > 0, (running[after] - running[first]) / np.maximum(count, 1), np.nan)


@memoise
def gap_today(panel: Panel, gap: Series) -> pd.Series:
    """Log book-to-market of small less large caps, less the gain of small on large caps since its stamp.

    (n_sessions,); NaN where the gap or a price is not known. Where the stamp lies before the first session, the gain is the
    one since that session.
    """
    released, sessions, ratio = panel.releases(gap), panel.sessions, log(panel[SMALL] / panel[LARGE])
    if not len(sessions):
        return ratio
    stamps = pd.DatetimeIndex(released.observed.index)
    rows = pd.Series((sessions.searchsorted(stamps, side="right") - 1).clip(min=0), index=stamps, dtype="float64")
    row = released.onto(sessions, rows).fillna(0).to_numpy().astype("int64")
    return released.onto(sessions) - (ratio - ratio.to_numpy()[row])


@memoise
def inflation(panel: Panel, prices: Series, months: int) -> pd.Series:
    """Mean inflation of the last published `months`, percent a year; NaN until they are there. One value a month is needed."""
    released = panel.releases(prices)
    observed = released.observed
    return released.onto(panel.sessions, 100 * ((observed / ago(observed, months=months)) ** (12 / months) - 1))
