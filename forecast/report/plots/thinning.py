"""Long series as few points as a picture shows, so that a page stays small."""

from itertools import pairwise

import numpy as np

from forecast.engines.arrays import Float, Int


def edges(count: int, most: int) -> Int:
    """First places of at most `most` runs of as good as equal length that `count` rows fall into, and `count`."""
    runs = max(min(count, most), 1)
    return np.arange(runs + 1) * count // runs


def lasts(count: int, most: int) -> Int:
    """Place of the last row of each run, so that the last row of all is among them."""
    return edges(count, most)[1:] - 1


def means(values: Float, most: int) -> Float:
    """Mean of the finite values of each run of `values` (n, ...), (m, ...); NaN if none is."""
    return np.stack([_mean(values[first:last]) for first, last in _runs(len(values), most)])


def extremes(values: Float, most: int) -> Float:
    """Least and greatest finite value of each run of `values` (n,), (m, 2); NaN if none is."""
    runs = _runs(len(values), most)
    result = np.full((len(runs), 2), np.nan)
    for place, (first, last) in enumerate(runs):
        finite = values[first:last][np.isfinite(values[first:last])]
        if len(finite):
            result[place] = finite.min(), finite.max()
    return result


def greatest(values: Float, places: Int, most: int) -> Int:
    """The place of the greatest of `values` (n,), all finite there, among the rising `places` (k,) of each run; a run without has none."""
    run = np.searchsorted(edges(len(values), most), places, side="right")
    order = np.lexsort((-values[places], run))
    return places[order[np.unique(run[order], return_index=True)[1]]]


def _runs(count: int, most: int) -> list[tuple[int, int]]:
    return list(pairwise(edges(count, most).tolist()))


def _mean(values: Float) -> Float:
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    total = np.where(finite, values, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)
