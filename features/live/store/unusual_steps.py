"""Steps of a series that are no market's: zeros that stand for nothing, misplaced points, and moves beyond all it ever did.

Every value is judged by the values before it alone, so that a history may be walked through as if each of its days were new.
"""

from enum import StrEnum

import numpy as np

from features.panel.series import Basis

LEAST = 250  # values before one that is judged: a year of sessions
RECENT = 1250  # values in which the usual steps of a series are looked for: five years
FLOOR = 0.5  # percentage points: rates have moved by more in a day, but not from rest
TWICE, THRICE = 2.0, 3.0  # the largest step so far: said, and refused; rates moved twice theirs in October 1979, and in October 1987
TENFOLD_STEP = 10.0  # the same, refused in a history of less than RECENT values
TENFOLD = 1.3  # how near to 10, or to 100, a factor is that comes of a misplaced point
FROZEN = 5  # equal values: a week
STANDS = 0.1  # of the days of a series that moves; the ten-year yield is unmoved on 0.08 of them, futures half a year ahead on 0.2
DOUBTFUL_FACTOR = 1.5  # of prices: no index has moved by it in a day


class Step(StrEnum):
    """What is unusual about a step."""

    ZERO = "zero"
    POINT = "point"
    BEYOND = "beyond"
    LARGE = "large"
    NONE = ""


def unusual_steps(values: np.ndarray, basis: Basis, *, percent: float = 1.0, daily: bool = True) -> np.ndarray:
    """What is unusual about the step to each value.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite, in the order of time; prices > 0.
    basis : Basis
        Prices are judged by factors, all else by differences. Probabilities are never unusual: what nobody held for likely happens.
    percent : float, default 1.0
        Of rates, what one percent is in `values`.
    daily : bool, default True
        Whether a value is a day's; of others only misplaced points and zeros of rates are looked for, since they may move by anything:
        claims for unemployment rose elevenfold in a week of March 2020.

    Returns
    -------
    ndarray of Step, shape (n,)
        NONE for the first LEAST values.
    """
    steps = np.full(len(values), Step.NONE, dtype=object)
    if basis is Basis.PROBABILITY or len(values) <= LEAST or (basis is not Basis.RATE and not daily):
        return steps
    sizes = np.abs(np.diff(np.log(values) if basis is Basis.PRICE else values))
    ever, recent = _largest_before(sizes), _largest_before(sizes, RECENT)
    place, before, after = np.arange(1, len(values)), values[:-1], values[1:]
    with np.errstate(divide="ignore", invalid="ignore"):
        factors = np.abs(np.log10(np.abs(after / before)))
    point = (before * after > 0) & (np.minimum(np.abs(factors - 1), np.abs(factors - 2)) < np.log10(TENFOLD))
    if basis is Basis.PRICE:
        kinds = {Step.LARGE: (sizes > np.log(DOUBTFUL_FACTOR)) & (sizes > TWICE * ever), Step.POINT: point & (sizes > ever)}
    elif basis is Basis.RATE:
        far = (sizes >= FLOOR * percent) & (sizes > recent)
        kinds = {Step.POINT: far & point, Step.ZERO: far & (after == 0)}
        if daily:
            kinds = {
                Step.LARGE: far & (sizes > TWICE * recent),
                Step.BEYOND: far & (sizes > np.where(place >= RECENT, THRICE, TENFOLD_STEP) * ever),
            } | kinds
    else:
        kinds = {Step.LARGE: sizes > TWICE * ever}
    for kind, here in kinds.items():  # the last one that holds
        steps[1:][here & (place >= LEAST)] = kind
    return steps


def _largest_before(sizes: np.ndarray, window: int | None = None) -> np.ndarray:
    """(n,) the largest of the `window` sizes, by default of all, before each; infinite where there are none."""
    largest = np.full(len(sizes), np.inf)
    if window is None or len(sizes) <= window:
        largest[1:] = np.maximum.accumulate(sizes)[:-1]
        return largest
    head = np.maximum.accumulate(sizes[:window])
    views = np.lib.stride_tricks.sliding_window_view(sizes, window).max(axis=1)
    largest[1:window] = head[:-1]
    largest[window:] = views[:-1]
    return largest


def frozen_runs(values: np.ndarray) -> np.ndarray:
    """How often a value has stood, where that is FROZEN times or more and more than twice as often as any value before; else 0.

    Only of a series that moves on nine days in ten: targets of rates and far futures stand for weeks.

    Parameters
    ----------
    values : ndarray, shape (n,)
        Finite, in the order of time.

    Returns
    -------
    ndarray of int, shape (n,)
        0 for the first LEAST values.
    """
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    begins = np.r_[True, values[1:] != values[:-1]]
    starts = np.flatnonzero(begins)
    run = np.cumsum(begins) - 1
    counts = np.arange(len(values)) - starts[run] + 1
    whole = np.maximum.accumulate(np.diff(starts, append=len(values)))
    longest = np.r_[0, whole[:-1]][run]  # of the runs that had ended
    unmoved = np.cumsum(~begins)[starts - 1][run] / np.maximum(starts[run], 1)  # the share of days before the run
    frozen = (unmoved <= STANDS) & (counts >= FROZEN) & (counts > TWICE * longest) & (np.arange(len(values)) >= LEAST)
    return np.where(frozen, counts, 0)
