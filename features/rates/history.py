"""History: measures of the odds over years of futures prices, with one linear map for each stretch of days that share it."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.panel import calendar, fomc
from features.rates.contracts import HIGHEST, LOWEST, month_of, past_is_free, rounding, without_stale
from features.rates.decision_day import DecisionDay, decision_day_on
from features.rates.distribution import STEP, Distribution
from features.rates.fedwatch import DEFAULT_RULE, strip_of
from features.rates.strip import PERCENT_TO_BP, RateMap, Strip, StripRule, rate_map

Float = NDArray[np.float64]

AHEAD = (3, 6, 12)  # months
UNSETTLED = STEP / 2  # basis points; prices whose rounding alone moves a rate by half a step do not settle it
MEASURES = ("p_cut_next", "p_cut_second", "entropy_next", "entropy_second", *(f"change_{months}m" for months in AHEAD))


def odds_history(
    days: pd.DatetimeIndex,
    prices: Float,
    *,
    past: Float | None = None,
    rule: StripRule = DEFAULT_RULE,
    decision_day: DecisionDay | None = None,
) -> pd.DataFrame:
    """Seven measures of the odds at the close of each day.

    Meetings are those known on the day, and no later price enters: row t is known at t's close.

    Parameters
    ----------
    days : DatetimeIndex, shape (n,)
        Ascending.
    prices : ndarray, shape (n, m)
        Prices of the contracts 0 to m - 1 months ahead. NaN, an impossible price and one far from its neighbour's count as missing.
    past : ndarray, shape (n,), optional
        Price of the month before the running one (its last settlement); NaN where missing.
    rule : StripRule, default DEFAULT_RULE
        The rule that turns prices into rates.
    decision_day : DecisionDay, optional
        The side on which the day of a decision counts; by default the convention in force on each day, DecisionDay.BEFORE from 2003 on.

    Returns
    -------
    DataFrame, shape (n, 7)
        `p_cut_next` and `p_cut_second`: probability that the target after the next, the second scheduled meeting is below today's.
        `entropy_next` and `entropy_second`: entropy of the target after it, nats. `change_3m`, `change_6m`, `change_12m`: expected rate in
        that many months less the rate now, percentage points. NaN where the day's prices do not settle them.
    """
    if len(days) == 0:
        return pd.DataFrame(np.empty((0, len(MEASURES))), index=days, columns=list(MEASURES))
    columns = np.column_stack([np.full(len(days), np.nan) if past is None else past, prices])
    rates = without_stale(np.where((columns > LOWEST) & (columns < HIGHEST), 100 - columns, np.nan))
    horizons = np.column_stack([calendar.months_after(days.to_numpy(), months).astype("datetime64[D]") for months in AHEAD])
    present = np.isfinite(rates)
    keys = np.column_stack([stretches(days), present @ (1 << np.arange(present.shape[1]))])
    table = np.full((len(days), len(MEASURES)), np.nan)
    for rows in _alike(keys):
        on, offsets = days[rows[0]], np.flatnonzero(present[rows[0]]) - 1
        convention = decision_day_on(on) if decision_day is None else DecisionDay(decision_day)
        solution = _solution(on, tuple(offsets.tolist()), rule, convention)
        if solution is not None:
            strip, solved, variance = solution
            columns_used = (strip.months - strip.running).astype(np.int64) + 1
            table[rows] = _measures(strip, solved, variance, rates[np.ix_(rows, columns_used)], horizons[rows])
    return pd.DataFrame(table, index=days, columns=list(MEASURES))


def _alike(keys: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Places of equal rows of `keys`, ascending within each."""
    order = np.lexsort(keys.T[::-1])
    breaks = np.flatnonzero((keys[order][1:] != keys[order][:-1]).any(axis=1)) + 1
    return np.split(order, breaks)


def stretches(days: pd.DatetimeIndex) -> NDArray[np.int64]:
    """(n,) number of the stretch of each day: within one, the month and the known meetings stay the same."""
    dates = days.to_numpy("datetime64[D]")
    months = np.arange(dates.min().astype("datetime64[M]"), dates.max().astype("datetime64[M]") + 1).astype("datetime64[D]")
    return np.searchsorted(np.union1d(_turns(), months), dates, side="right")


@lru_cache(maxsize=1)
def _turns() -> NDArray[np.datetime64]:
    """Days on which the known meetings change."""
    stamps = [stamp for meeting in fomc.meetings() for stamp in (meeting.day, meeting.announced, meeting.cancelled) if stamp is not None]
    return np.array([stamp.to_datetime64() for stamp in stamps], dtype="datetime64[D]")


@lru_cache(maxsize=4096)  # forty years have some 900 by one rule; panels of one market have most stretches in common
def _solution(
    on: pd.Timestamp, offsets: tuple[int, ...], rule: StripRule, decision_day: DecisionDay
) -> tuple[Strip, RateMap, Float] | None:
    """`solve` for the months so many after that of `on`, with the variance that the rounding of their prices leaves; of no price."""
    solution = solve(on, month_of(on) + np.array(offsets, dtype=np.int64), rule, decision_day)
    return None if solution is None else (*solution, solution[1].variance(rounding(on, solution[0].months)))


def solve(on: pd.Timestamp, months: NDArray[np.datetime64], rule: StripRule, decision_day: DecisionDay) -> tuple[Strip, RateMap] | None:
    """The strip of `on` and its map; None where no contract is of the running month or later, and before the Committee's record."""
    if on < fomc.meetings()[0].day:
        return None
    if not past_is_free(on):
        months = months[months >= month_of(on)]
    if len(months) == 0 or months[-1] < month_of(on):
        return None
    end = pd.Timestamp(months[-1] + 1).as_unit("ns") - pd.Timedelta(days=1)
    strip = strip_of(on, months, fomc.meetings_ahead(on, end), decision_day)
    return strip, rate_map(strip, rule, rounding(on, months))


def _measures(strip: Strip, solved: RateMap, variance: Float, months: Float, horizons: NDArray[np.datetime64]) -> Float:
    """(n, 7) measures of the days of one stretch; `months` (n, n_months) is 100 less the prices, `horizons` (n, 3) are days ahead."""
    rates = np.einsum("ij,kj->ik", months, solved.weights) + solved.constant  # a product of matrices rounds by how many rows there are
    rates[:, ~solved.determined] = np.nan
    now = len(strip.made)
    moves = np.full((len(months), 2), np.nan)
    for place in range(min(2, rates.shape[1] - 1 - now)):
        if _error(variance, now + place, now + place + 1) <= UNSETTLED:
            moves[:, place] = (rates[:, now + place + 1] - rates[:, now + place]) * PERCENT_TO_BP
    whole = np.floor(moves / STEP)
    up = moves / STEP - whole
    one = np.stack([1 - up[:, 0], up[:, 0]], axis=1)
    two = np.stack([(1 - up[:, 0]) * (1 - up[:, 1]), up[:, 0] + up[:, 1] - 2 * up[:, 0] * up[:, 1], up[:, 0] * up[:, 1]], axis=1)
    odds = [_below(one, whole[:, 0]), _below(two, whole.sum(axis=1)), _entropy(one), _entropy(two)]
    for segment in range(rates.shape[1]):
        if segment != now and _error(variance, now, segment) > UNSETTLED:
            rates[:, segment] = np.nan
    return np.column_stack([*odds, _changes(strip, rates, horizons)])


def _error(variance: Float, first: int, second: int) -> float:
    """Standard error of the difference of two rates, basis points."""
    difference = variance[first, first] + variance[second, second] - 2 * variance[first, second]
    return PERCENT_TO_BP * float(np.sqrt(max(difference, 0.0)))


def _below(probabilities: Float, base: Float) -> Float:
    """(n,) probability of a level below zero; `probabilities` (n, k) of the levels base, base + 1, ... NaN stays NaN."""
    levels = base[:, None] + np.arange(probabilities.shape[1])
    return np.where(np.isfinite(base), np.where(levels < 0, probabilities, 0.0).sum(axis=1), np.nan)


def _entropy(probabilities: Float) -> Float:
    safe = np.where(probabilities > 0, probabilities, 1.0)
    return np.where(np.isfinite(probabilities).all(axis=1), -(safe * np.log(safe)).sum(axis=1) + 0.0, np.nan)


def _changes(strip: Strip, rates: Float, horizons: NDArray[np.datetime64]) -> Float:
    """(n, 3) rate on `horizons` less the rate now; NaN beyond the last contract."""
    end = (strip.months[-1] + 1).astype("datetime64[D]")
    segment = np.searchsorted(strip.decisions, horizons, side="right")
    change = np.take_along_axis(rates, segment, axis=1) - rates[:, [len(strip.made)]]
    return np.where(horizons < end, change, np.nan)


def odds_measures(on: pd.Timestamp, distributions: Sequence[Distribution]) -> pd.Series:
    """The measures of `odds_history` from the distributions of one day, such as published ones.

    Parameters
    ----------
    on : Timestamp
        The day.
    distributions : sequence of Distribution
        One for each meeting.

    Returns
    -------
    Series, shape (7,)
        NaN for meetings without a distribution; a horizon before the next meeting has change 0.
    """
    by_day = {each.meeting: each for each in distributions}
    values = dict.fromkeys(MEASURES, np.nan)
    ahead = fomc.meetings_ahead(on, on + pd.DateOffset(months=max(AHEAD)))
    for meeting, name in zip(ahead, ("next", "second"), strict=False):
        if meeting.day in by_day:
            values[f"p_cut_{name}"], values[f"entropy_{name}"] = by_day[meeting.day].p_cut, by_day[meeting.day].entropy
    for months in AHEAD:
        then = on + pd.DateOffset(months=months)
        by_then = [meeting.day for meeting in ahead if meeting.day <= then]
        if not by_then:
            values[f"change_{months}m"] = 0.0
        elif by_then[-1] in by_day:
            values[f"change_{months}m"] = by_day[by_then[-1]].mean_change / PERCENT_TO_BP
    return pd.Series(values, name=on)
