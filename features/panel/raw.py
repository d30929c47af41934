"""Raw series, by stamp and before any lag, the market they belong to, and the checks that they must pass."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel.publication_lag import NO_LAG, Lag
from features.panel.series import INDEX_POINTS, SMALL, Basis, Every, Series
from features.panel.transform import log

UNIT_JUMP = 20.0  # no index has moved by a factor of 20 in one observation; percent for fraction moves by 100
RATE_BOUNDS = (-25.0, 250.0)  # percent a year; beyond it the column is not a rate in percent
DOUBTFUL_STEP = 1.5  # of an index from one observation to the next: the crash of 1987 was 1.26
DOUBTFUL_RATE = 0.2
DOUBTFUL_ODDS = 0.01  # a hundredth of certainty
LONGEST_NAN_RUN = 5  # sessions of the small-cap close that may be missing in a row


@dataclass(frozen=True)
class RawSeries:
    """One series as a source has it.

    Parameters
    ----------
    series : Series
        The input that it is.
    observed : Series, shape (n,)
        Values by stamp in the canonical unit; NaN where not observed.
    origin : str
        File and column, for messages.
    lag : Lag
        Its publication lag; by default none.
    every : Every
        How often it is observed.
    known : Series, optional
        By the same stamps, the day at whose close each value was published; NaT, and None, leave it to the lag.
    lines : ndarray, shape (n,), optional
        The line of its file that each value stands on; by default from 2 on.
    """

    series: Series
    observed: pd.Series
    origin: str
    lag: Lag = NO_LAG
    every: Every = Every.DAY
    known: pd.Series | None = None
    lines: np.ndarray | None = None


@dataclass(frozen=True)
class RawMarket:
    """The series of one market; the fields are those of `Panel`."""

    name: str
    exchange: str
    source: str
    origin: str
    series: Mapping[str, RawSeries]
    made_of_returns: bool = False


def check(raw: RawSeries) -> RawSeries:
    """`raw` itself; InputError unless its dates rise strictly and its values are possible for its basis."""
    _check_dates(raw)
    _check_values(raw)
    _check_known(raw)
    return raw


def check_close(raw: RawSeries) -> RawSeries:
    """As `check`, and without a long run of missing values: every question depends on the small-cap close."""
    observed = check(raw).observed
    within = observed.loc[observed.first_valid_index() : observed.last_valid_index()]
    run = 0
    for row, gone in enumerate(within.isna().to_numpy()):
        run = run + 1 if gone else 0
        if run > LONGEST_NAN_RUN:
            first = within.index[row - run + 1]
            raise InputError(
                f"{raw.origin}: more than {LONGEST_NAN_RUN} values missing in a row from {first:%Y-%m-%d}; fill the gap or start after it"
            )
    return raw


def doubts(raw: RawSeries) -> list[str]:
    """A line for each finding that may be an error or true."""
    values = raw.observed.dropna()
    lines = []
    if raw.series.unit == INDEX_POINTS:
        ratios = values / values.shift()
        steps = np.maximum(ratios, 1 / ratios)
        if (steps > DOUBTFUL_STEP).any():
            day = values.index[steps > DOUBTFUL_STEP][0]
            lines.append(f"{raw.origin}: moves by a factor of {steps[day]:.3g} on {day:%Y-%m-%d}; a split, or a wrong digit?")
    if raw.series.basis is Basis.PROBABILITY and values.max() < DOUBTFUL_ODDS:
        lines.append(f"{raw.origin}: never exceeds {DOUBTFUL_ODDS:g}; fractions taken for percent?")
    if raw.series.basis is Basis.RATE:
        if values.abs().max() < DOUBTFUL_RATE:
            lines.append(f"{raw.origin}: never exceeds {DOUBTFUL_RATE:g} percent; if it is a fraction, say so with unit = 'fraction'")
        near = values.index[_hundredfold_steps(values)]
        near = near[(near > values.index[-21:][0]) | (near <= values.index[:21][-1])]  # too near an end to see whether it stays
        lines.extend(f"{raw.origin}: changes by a factor of about 100 on {day:%Y-%m-%d}; another unit?" for day in near[:1])
    trailing = len(raw.observed) - 1 - int(raw.observed.notna().to_numpy().nonzero()[0][-1])
    if raw.series is SMALL and trailing:
        lines.append(f"{raw.origin}: the last {trailing} rows have no close, from {raw.observed.index[-trailing]:%Y-%m-%d}")
    return lines


def _check_dates(raw: RawSeries) -> None:
    dates = raw.observed.index
    if not len(dates) or raw.observed.notna().sum() == 0:
        raise InputError(f"{raw.origin}: holds no value; give a column with numbers or leave the input out")
    backward = np.flatnonzero(np.diff(dates.to_numpy()) <= np.timedelta64(0))
    if not len(backward):
        return
    before, after = dates[backward[0]], dates[backward[0] + 1]
    row = backward[0] + 3 if raw.lines is None else raw.lines[backward[0] + 1]
    if before == after:
        raise InputError(f"{raw.origin}: date {after:%Y-%m-%d} stands twice (row {row}); keep one row a date")
    raise InputError(f"{raw.origin}: dates must rise, but {after:%Y-%m-%d} follows {before:%Y-%m-%d} (row {row}); sort the rows by date")


def _check_known(raw: RawSeries) -> None:
    """InputError for a value published before the day of its stamp: one of the two days is wrong."""
    if raw.known is None:
        return
    if not raw.known.index.equals(raw.observed.index):
        raise ValueError(f"{raw.origin}: `known` must have the stamps of `observed`")
    early = raw.known < raw.known.index
    if early.any():
        where = raw.known.index[early][0]
        raise InputError(f"{raw.origin}: known on {raw.known[where]:%Y-%m-%d}, before its day {where:%Y-%m-%d}; correct the day of release")


def _check_values(raw: RawSeries) -> None:
    values = raw.observed.dropna()
    if np.isinf(values).any():
        raise InputError(f"{raw.origin}: infinite value on {values.index[np.isinf(values)][0]:%Y-%m-%d}; leave it empty if unknown")
    if raw.series.basis is Basis.PRICE:
        _check_price(raw, values)
    elif raw.series.basis is Basis.RATE:
        _check_rate(raw, values)
    elif raw.series.basis is Basis.PROBABILITY:
        _check_probability(raw, values)


def _hundredfold_steps(values: pd.Series) -> pd.Series:
    """Where a rate changes by a factor near 100 from one observation to the next."""
    size = values.abs().clip(lower=1e-9)
    return ((log(size) - log(size.shift())).abs() - math.log(100)).abs() < math.log(2)


def _check_rate(raw: RawSeries, values: pd.Series) -> None:
    low, high = RATE_BOUNDS
    outside = values[(values < low) | (values > high)]
    if len(outside):
        raise InputError(
            f"{raw.origin}: {outside.iloc[0]:g} on {outside.index[0]:%Y-%m-%d} is no rate in percent "
            f"({low:g} to {high:g}); correct it, or name the column's unit in [inputs]"
        )
    steps = _hundredfold_steps(values)
    if not steps.any():
        return
    size = values.abs().clip(lower=1e-9)
    level = (log(size.rolling(21).median().shift(-20)) - log(size.shift().rolling(21).median())).abs() - math.log(100)
    hundredfold = steps & (level.abs() < math.log(1.25))
    if hundredfold.any():
        where = values.index[hundredfold][0]
        raise InputError(f"{raw.origin}: changes by a factor of 100 on {where:%Y-%m-%d} and stays there; bring the rows to one unit")


def _check_probability(raw: RawSeries, values: pd.Series) -> None:
    outside = values[(values < 0) | (values > 1)]
    if len(outside):
        raise InputError(
            f"{raw.origin}: {outside.iloc[0]:.10g} on {outside.index[0]:%Y-%m-%d} is no probability (0 to 1); "
            "correct it, or say unit = 'percent' in [inputs]"
        )


def _check_price(raw: RawSeries, values: pd.Series) -> None:
    if (values <= 0).any():
        where = values.index[values <= 0][0]
        raise InputError(f"{raw.origin}: must be > 0, got {values[where]:g} on {where:%Y-%m-%d}; leave a missing value empty")
    with np.errstate(over="ignore"):  # an infinite step is a jump too
        steps = values.to_numpy()[1:] / values.to_numpy()[:-1]
    jumps = np.flatnonzero((steps > UNIT_JUMP) | (steps < 1 / UNIT_JUMP))
    if len(jumps):
        row = jumps[0] + 1
        raise InputError(
            f"{raw.origin}: jumps from {values.iloc[row - 1]:g} to {values.iloc[row]:g} on {values.index[row]:%Y-%m-%d}, "
            f"more than a factor of {UNIT_JUMP:g}; the unit changed or a digit is wrong"
        )
