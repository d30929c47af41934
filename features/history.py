"""A value against its own history, and pairs of inputs at their own frequency."""

from itertools import pairwise

import numpy as np
import pandas as pd

from features.panel import Panel
from features.releases import Releases
from features.series import Series
from features.transform import log

ENOUGH = 0.75  # share of a window that must be known before anything is said of it


def enough(window: int) -> int:
    """How many of `window` values must be known."""
    return int(window * ENOUGH)


def z_score(values: pd.Series, window: int) -> pd.Series:
    """Distance of each value from the rolling mean in rolling standard deviations, its own included; needs three quarters of the window."""
    rolling = values.rolling(window, min_periods=enough(window))
    return (values - rolling.mean()) / rolling.std()


def z_among(now: pd.Series, released: Releases, window: int) -> pd.Series:
    """`now` (n_sessions,) against the last `window` values released by then: distance from their mean in their standard deviations.

    NaN until three quarters of the window were released, and where nothing recent enough was.
    """
    rolling = released.observed.rolling(window, min_periods=enough(window))
    sessions = pd.DatetimeIndex(now.index)
    return (now - released.onto(sessions, rolling.mean())) / released.onto(sessions, rolling.std())


def share_below(now: pd.Series, released: Releases, window: int) -> pd.Series:
    """Share of the last `window` values released by then that are at or below `now` (n_sessions,): its percentile, from 0 to 1.

    NaN where `now` is and until three quarters of the window were released.
    """
    observed = released.observed.to_numpy("float64")
    count = released.known.searchsorted(pd.DatetimeIndex(now.index), side="right")
    values, out = now.to_numpy("float64"), np.full(len(now), np.nan)
    edges = [*np.flatnonzero(np.diff(count, prepend=-1) > 0).tolist(), len(count)]
    for first, after in pairwise(edges):  # sessions between two releases have one history
        past = np.sort(observed[max(0, count[first] - window) : count[first]])
        if len(past) >= enough(window):
            out[first:after] = past.searchsorted(values[first:after], side="right") / len(past)
    return pd.Series(out, index=now.index).where(now.notna())


def relative(panel: Panel, above: Series, below: Series) -> Releases:
    """Log of one input over another on the stamps that both have, known when the later of the two is; as far back as both go."""
    first, second, known = _on_common_stamps(panel, above, below)
    return Releases(log(first / second), known, min(panel.releases(series).max_age for series in (above, below)))


def excess(panel: Panel, above: Series, below: Series) -> Releases:
    """One input less another, as `relative`."""
    first, second, known = _on_common_stamps(panel, above, below)
    return Releases(first - second, known, min(panel.releases(series).max_age for series in (above, below)))


def _on_common_stamps(panel: Panel, above: Series, below: Series) -> tuple[pd.Series, pd.Series, pd.DatetimeIndex]:
    both = [panel.releases(series) for series in (above, below)]
    stamps = both[0].observed.index.intersection(both[1].observed.index)
    rows = [pd.DatetimeIndex(each.observed.index).get_indexer(pd.DatetimeIndex(stamps)) for each in both]
    known = np.maximum(*(each.known.to_numpy()[place] for each, place in zip(both, rows, strict=True)))
    return both[0].observed.iloc[rows[0]], both[1].observed.iloc[rows[1]], pd.DatetimeIndex(known)
