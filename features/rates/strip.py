"""Strip: the linear map from the prices of fed funds futures to the rate between the meetings.

A contract settles at 100 less the average rate over the days of its month. Between decisions the rate is taken to be constant, and a
convention says whether the day of a decision still has the old rate. So each month is one equation,

    100 - price = sum over segments of (share of the month's days) x (rate in the segment),

and a rule chooses which equations hold: k meetings in k months between two months without one leave k - 1 rates and k equations. Each rule
below is a linear map, so rounding in the prices propagates to the rates exactly.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from features.rates.decision_day import DecisionDay

Float = NDArray[np.float64]
Flags = NDArray[np.bool_]
Days = NDArray[np.datetime64]

PERCENT_TO_BP = 100.0
DEPENDENT = 1e-8  # rest of a unit row after those before it; the least that a day's share leaves is of the order of 1/31
SETTLED = 1e-6  # rest, as a share, that the equations may leave open of a rate; rounding leaves 1e-13
PRIOR_MOVE = 0.25  # percent; a meeting's usual move, for moves that the prices leave open, in LEAST_SQUARES only
EFFR_NOISE = 0.05  # percent; how far the effective rate strays from the target: a day's from its segment, a segment's from the one before


class StripRule(StrEnum):
    """The rule that chooses among the months' equations where there is one too many.

    The month before the running one counts only where it is free of decisions itself. The first two rules use a change already made where
    the prices leave the rates open or nearly open, and then take it to be exact.

    Attributes
    ----------
    CME
        The months without a meeting from the running month on; between them forward, so that the last meeting month of a block is left out.
        The month before the running one only where no other month is free of meetings.
    PYFEDWATCH
        The months without a meeting, the one before the running month included; between them backward, so that the first meeting month of a
        block is left out. Named after the package that does so.
    LEAST_SQUARES
        All months, weighted by the rounding of the prices, and the changes of the target already made in the running month.
    """

    CME = "cme"
    PYFEDWATCH = "pyfedwatch"
    LEAST_SQUARES = "least_squares"


@dataclass(frozen=True)
class Strip:
    """Months with a price, and the decisions between which the rate is constant.

    Parameters
    ----------
    months : numpy.ndarray of shape (n_months,), datetime64[M]
        Ascending; with the month before `running` only if that has a price and no decision.
    running : numpy.datetime64[M]
        The month of the day on which the prices were made.
    decisions : numpy.ndarray of shape (n_decisions,), datetime64[D]
        Ascending, from the first day of the running month on: those already made in it and the meetings
        ahead. Segment i lies between decisions i - 1 and i, so there are n_decisions + 1.
    made : numpy.ndarray of shape (n_made,)
        Percent, changes of the target at the first n_made decisions, which are in the past; NaN where not on record.
    decision_day : DecisionDay
        The side on which the day of each decision counts.
    """

    months: Days
    running: np.datetime64
    decisions: Days
    made: Float
    decision_day: DecisionDay

    @property
    def effective(self) -> Days:
        """(n_decisions,) datetime64[D]: first day of the rate that each decision sets."""
        return self.decisions.astype("datetime64[D]") + self.decision_day.lag

    @property
    def shares(self) -> Float:
        """(n_months, n_segments): share of each month's days in each segment; rows sum to 1."""
        opens = self.months.astype("datetime64[D]").astype(np.int64)
        closes = (self.months + 1).astype("datetime64[D]").astype(np.int64)
        cuts = self.effective.astype(np.int64)
        starts = np.concatenate([[opens[0]], cuts])
        ends = np.concatenate([cuts, [closes[-1] + 1]])
        overlap = np.minimum(closes[:, None], ends) - np.maximum(opens[:, None], starts)
        overlap[:, 0] = np.minimum(closes, ends[0]) - opens  # the first segment has no beginning
        return np.maximum(overlap, 0) / (closes - opens)[:, None]

    @property
    def meetings(self) -> NDArray[np.int64]:
        """(n_months,): decisions in each month, by their own days."""
        return (self.decisions.astype("datetime64[M]")[None, :] == self.months[:, None]).sum(axis=1)


@dataclass(frozen=True)
class RateMap:
    """rates = weights @ (100 - prices) + constant, percent.

    Parameters
    ----------
    weights : numpy.ndarray of shape (n_segments, n_months)
    constant : numpy.ndarray of shape (n_segments,)
        From the decisions already made.
    determined : numpy.ndarray of shape (n_segments,), bool
        False where neither prices, nor decisions already made, nor equal moves within a month settle the rate.
    open : numpy.ndarray of shape (n_decisions,), bool
        Moves that the prices leave open and something else settles: the record of a decision already made, an equal split between the
        decisions of one month or, by LEAST_SQUARES, the smallest moves.
    prior : numpy.ndarray of shape (n_segments, n_segments)
        Variance, percent squared, of the part left open; zero but for LEAST_SQUARES.
    leans : bool
        The rate now depends on this month's decision more than on later prices, see `rate_map`.
    """

    weights: Float
    constant: Float
    determined: Flags
    open: Flags
    prior: Float
    leans: bool = False

    def variance(self, noise: Float) -> Float:
        """(n_segments, n_segments) variance of the rates, percent squared, when prices err independently by `noise` (n_months,) percent."""
        return (self.weights * noise**2) @ self.weights.T + self.prior


def rate_map(strip: Strip, rule: StripRule, noise: Float) -> RateMap:
    """The map of `strip` by `rule`; `noise` (n_months,) has the standard deviations of the prices.

    Where CME or PYFEDWATCH leaves the rate now less certain than EFFR_NOISE, and a decision has been made in the running month, its
    recorded move and the running month's price come right after the months without a meeting, and `leans` is True.
    """
    if rule is StripRule.LEAST_SQUARES:
        return _least_squares(strip, noise)
    anchors, others = _order(strip, rule)
    months, made = len(strip.months), np.arange(np.isfinite(strip.made).sum())
    equal = np.arange(len(_equal_rows(strip))) + months + len(made)
    rates = _selected(strip, np.concatenate([anchors, others, months + made, equal]))
    now = len(strip.made)
    if len(made) == 0 or not rates.determined[now] or rates.variance(noise)[now, now] <= EFFR_NOISE**2:
        return rates
    running = others[strip.months[others] == strip.running]
    rest = others[strip.months[others] != strip.running]
    return replace(_selected(strip, np.concatenate([anchors, months + made, running, rest, equal])), leans=True)


def _order(strip: Strip, rule: StripRule) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Months without a meeting, and those with one in the order in which their equations follow."""
    free = strip.meetings == 0
    past = strip.months < strip.running
    if rule is StripRule.CME:
        first = np.flatnonzero(free & ~past)
        return first if len(first) else np.flatnonzero(free & past), np.flatnonzero(~free & ~past)
    return np.flatnonzero(free), np.flatnonzero(~free & ~past)[::-1]


def _selected(strip: Strip, order: NDArray[np.int64]) -> RateMap:
    """The equations in `order` without those that earlier ones imply: months, then decisions made, then equal moves."""
    months, segments = len(strip.months), len(strip.decisions) + 1
    made, equal = _made_rows(strip), _equal_rows(strip)
    rows = np.vstack([strip.shares, made, equal])[order]
    values = np.vstack([np.eye(months), np.zeros((len(made) + len(equal), months))])[order]
    constants = np.concatenate([np.zeros(months), strip.made[np.isfinite(strip.made)], np.zeros(len(equal))])[order]
    chosen = _independent(rows)
    inverse, determined = _inverse(rows[chosen])
    unsettled = _unsettled(rows[chosen[order[chosen] < months]])
    return RateMap(inverse @ values[chosen], inverse @ constants[chosen], determined, unsettled, np.zeros((segments, segments)))


def _inverse(rows: Float) -> tuple[Float, Flags]:
    """Inverse of independent rows, and which unknowns they settle."""
    if len(rows) == rows.shape[1]:
        return np.asarray(np.linalg.inv(rows), dtype=np.float64), np.ones(len(rows), dtype=np.bool_)
    inverse: Float = np.asarray(np.linalg.pinv(rows), dtype=np.float64)
    return inverse, np.abs(inverse @ rows - np.eye(rows.shape[1])).max(axis=1) < SETTLED


def _made_rows(strip: Strip) -> Float:
    """A row for each decision already made whose move of the target is on record."""
    moves = np.flatnonzero(np.isfinite(strip.made))
    return np.diff(np.eye(len(strip.decisions) + 1), axis=0)[moves]


def _equal_rows(strip: Strip) -> Float:
    """A row for each two neighbouring decisions of one month: their moves are equal."""
    month = strip.decisions.astype("datetime64[M]")
    same = np.flatnonzero(month[1:] == month[:-1])
    return np.diff(np.eye(len(strip.decisions) + 1), n=2, axis=0)[same]


def _independent(rows: Float) -> NDArray[np.int64]:
    """Places of the rows that those before them do not imply, in order (Gram-Schmidt)."""
    basis = np.zeros((rows.shape[1], rows.shape[1]))
    chosen: list[int] = []
    for place, row in enumerate(rows):
        rest = row - basis.T @ (basis @ row)
        rest -= basis.T @ (basis @ rest)  # twice is enough, Giraud et al. (2005)
        size = float(rest @ rest)
        if size > DEPENDENT**2 * float(row @ row):
            basis[len(chosen)] = rest / size**0.5
            chosen.append(place)
        if len(chosen) == len(basis):
            break
    return np.array(chosen, dtype=np.int64)


def _null(rows: Float) -> Float:
    """(n, k) orthonormal basis of the null space of `rows`."""
    _, values, directions = np.linalg.svd(rows)
    rank = int((values > DEPENDENT * values.max(initial=1.0)).sum())
    return directions[rank:].T


def _unsettled(rows: Float) -> Flags:
    """Moves that independent `rows` leave open."""
    if len(rows) == rows.shape[1]:
        return np.zeros(len(rows) - 1, dtype=np.bool_)
    return np.abs(np.diff(_null(rows), axis=0)).max(axis=1, initial=0.0) > SETTLED


def _least_squares(strip: Strip, noise: Float) -> RateMap:
    """All equations, weighted; among the solutions, that with the smallest moves."""
    segments = len(strip.decisions) + 1
    made = _made_rows(strip)
    scale = np.concatenate([noise, np.full(len(made), EFFR_NOISE)])
    rows = np.vstack([strip.shares, made])
    null = _null(rows)
    inverse = np.linalg.pinv(rows / scale[:, None]) / scale
    weights, constant = inverse[:, : len(noise)], inverse[:, len(noise) :] @ strip.made[np.isfinite(strip.made)]
    moves = np.diff(null, axis=0)
    settle = null @ np.linalg.pinv(moves)  # rates = weights @ y + constant + null @ z, with the z that makes the moves smallest
    prior = PRIOR_MOVE**2 * null @ np.linalg.pinv(moves.T @ moves) @ null.T if null.size else np.zeros((segments, segments))
    return RateMap(
        weights - settle @ np.diff(weights, axis=0),
        constant - settle @ np.diff(constant),
        np.abs(_null(np.vstack([rows, _equal_rows(strip)]))).max(axis=1, initial=0.0) <= SETTLED,
        np.abs(np.diff(_null(strip.shares), axis=0)).max(axis=1, initial=0.0) > SETTLED,
        prior,
    )
