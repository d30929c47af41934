"""Pairs of inputs at their own frequency: two series brought onto one set of stamps, each value known when both were."""

import numpy as np
import pandas as pd

from features.panel import Panel
from features.releases import Releases
from features.series import Series
from features.transform import log


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


def matched(given: Releases, to: Releases) -> pd.Series:
    """`given` on the stamps of `to`: the last value stamped no later and known by the day on which that of `to` was.

    NaN where there is none, or where its stamp is older than values of its kind are called known.
    """
    here, there = pd.DatetimeIndex(given.observed.index), pd.DatetimeIndex(to.observed.index)
    last = np.minimum(here.searchsorted(there, side="right"), given.known.searchsorted(to.known, side="right")) - 1
    if not len(here):
        return pd.Series(np.nan, index=there)
    fresh = there.to_numpy() - here.to_numpy()[last] <= given.max_age.to_numpy()
    return pd.Series(np.where((last >= 0) & fresh, given.observed.to_numpy("float64")[last], np.nan), index=there)
