"""Ridge logistic regression with an offset and an intercept for each group, by Newton's method."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.engines.arrays import Float, Int

STEPS, HALVINGS = 50, 30
CLOSE = 1e-12  # Newton's decrement, twice what the loss may still fall by: far below a hundredth of a standard error


@dataclass(frozen=True)
class Cases:
    """Rows of a logistic regression, sorted by group.

    `design` (n, k) has the intercept first, `happened` (n,) is 0 or 1, `weight` (n,) >= 0 is how many cases a row counts for, `offset` (n,)
    is added to the log odds, `starts` (g,) are the first rows of the groups, the first 0.
    """

    design: Float
    happened: Float
    weight: Float
    offset: Float
    starts: Int

    @cached_property
    def sizes(self) -> Int:
        """Rows of each group, (g,)."""
        return np.diff(np.r_[self.starts, len(self.design)])

    @cached_property
    def group(self) -> Int:
        """Group of each row, (n,)."""
        return np.repeat(np.arange(len(self.starts)), self.sizes)

    def summed(self, values: Float) -> Float:
        """Sums of `values` (..., n) over each group, (..., g); zero for a group without rows."""
        sums, some = np.zeros((*values.shape[:-1], len(self.starts))), self.sizes > 0
        sums[..., some] = np.add.reduceat(values, self.starts[some], axis=-1) if some.any() else 0.0
        return sums


@dataclass(frozen=True)
class Mode:
    """Coefficients (k,), departures (g,), and Laplace's covariance (k + 1, k + 1) of the coefficients and the first departure."""

    coefficients: Float
    departures: Float
    covariance: Float


def ridge_logistic(cases: Cases, *, precision: Float, group_precision: float) -> Mode:
    """The posterior mode under normal priors about zero, of precisions (k,) > 0 for the coefficients and > 0 for the groups' departures.

    A group without rows departs by nothing. The curvature of the departures is diagonal, so that the system solved has k unknowns,
    however many groups there are (Schur's complement).
    """
    k, g = cases.design.shape[1], len(cases.starts)
    coefficients, departures = np.zeros(k), np.zeros(g)
    columns = np.ascontiguousarray(cases.design.T)
    odds, value = _odds_and_loss(cases, precision, group_precision, coefficients, departures)
    for _ in range(STEPS):
        with np.errstate(over="ignore"):  # a chance of nought
            chance = 1 / (1 + np.exp(-odds))
        residual, bend = cases.weight * (chance - cases.happened), cases.weight * chance * (1 - chance)
        bent = columns * bend
        slope, slope_apart = columns @ residual + precision * coefficients, cases.summed(residual) + group_precision * departures
        across, own = cases.summed(bent).T, cases.summed(bend) + group_precision
        curve = bent @ columns.T + np.diag(precision) - (across / own[:, None]).T @ across
        step = np.linalg.solve(curve, slope - across.T @ (slope_apart / own))
        step_apart = (slope_apart - across @ step) / own
        if slope @ step + slope_apart @ step_apart < CLOSE:
            break
        for halves in range(HALVINGS):
            there = coefficients - step / 2**halves, departures - step_apart / 2**halves
            odds, now = _odds_and_loss(cases, precision, group_precision, *there)
            if now <= value:
                break
        else:  # the loss has no digits left
            break
        (coefficients, departures), value = there, now
    return Mode(coefficients, departures, _covariance(curve, across, own))


def _covariance(curve: Float, across: Float, own: Float) -> Float:
    """Covariance of the coefficients and the first departure, from the parts of the curvature."""
    inner = np.linalg.inv(curve)
    with_first = -inner @ across[0] / own[0]
    first = 1 / own[0] + across[0] @ inner @ across[0] / own[0] ** 2
    return np.block([[inner, with_first[:, None]], [with_first[None, :], np.array([[first]])]])


def _odds_and_loss(cases: Cases, precision: Float, group_precision: float, coefficients: Float, departures: Float) -> tuple[Float, float]:
    """Log odds of each case, (n,), and the loss with its prior."""
    odds = cases.design @ coefficients + departures[cases.group] + cases.offset
    prior = precision @ coefficients**2 + group_precision * (departures @ departures)
    each = np.maximum(odds, 0.0) + np.log1p(np.exp(-np.abs(odds))) - cases.happened * odds
    return odds, float(cases.weight @ each + 0.5 * prior)
