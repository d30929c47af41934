"""Rolling least squares of daily moves, on the values known by then. No features."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.series import Series
from features.panel.standardise import min_periods

FAINT = 1e-9  # on the diagonal of a correlation matrix, so that there is a solution where regressors do not move, or move as one
STILL = 1e-16  # variance: a column that moves by 1e-8 a day does not move


@dataclass(frozen=True)
class Slopes:
    """`slopes` (n_sessions, n_regressors) and `sigma` (n_sessions,), the residual's standard deviation, of the window that ends there."""

    slopes: pd.DataFrame
    sigma: pd.Series

    def before(self, sessions: int) -> "Slopes":
        """As they stood `sessions`, at least one, earlier."""
        slopes, sigma = (np.full(values.shape, np.nan) for values in (self.slopes, self.sigma))
        slopes[sessions:], sigma[sessions:] = self.slopes.to_numpy()[:-sessions], self.sigma.to_numpy()[:-sessions]
        index = self.sigma.index
        return Slopes(pd.DataFrame(slopes, index=index, columns=self.slopes.columns), pd.Series(sigma, index=index))


def rolling_slopes(response: pd.Series, regressors: pd.DataFrame, window: int) -> Slopes:
    """Least squares with an intercept over `window` sessions that end at each session.

    response (n,), regressors (n, k), on the same sessions and of about nil mean, as returns are: moments come from running sums,
    exact to 1e-10 of the largest square in the history. Sessions with a NaN are left out; NaN until three quarters of the
    window are there. A regressor that does not move in the window has the slope nil.
    """
    table = np.column_stack([response.to_numpy("float64"), regressors.to_numpy("float64")])
    count = _trailing_sum(np.isfinite(table).all(axis=1).astype("float64"), window)
    slopes, rest = _solve(rolling_moments(table, window, needed=min_periods(window)))
    free = np.maximum(count - regressors.shape[1] - 1, 1.0)
    return Slopes(
        pd.DataFrame(slopes, index=response.index, columns=regressors.columns),
        pd.Series(np.sqrt(rest * count / free), index=response.index),
    )


def rolling_moments(table: np.ndarray, window: int, *, needed: int) -> np.ndarray:
    """Covariances (n, k, k) of the columns of `table` (n, k) over the last `window` rows, divided by their number.

    Rows with a NaN are left out; NaN where fewer than `needed` are left.
    """
    whole = np.isfinite(table).all(axis=1)
    table = np.where(whole[:, None], table, 0.0)
    count = _trailing_sum(whole.astype("float64"), window)
    some = np.maximum(count, 1.0)
    mean = _trailing_sum(table, window) / some[:, None]
    products = _trailing_sum(table[:, :, None] * table[:, None, :], window) / some[:, None, None]
    moments = products - mean[:, :, None] * mean[:, None, :]
    return np.where((count >= needed)[:, None, None], moments, np.nan)


def _solve(moments: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes (n, k) and residual variances (n,) from covariances (n, 1 + k, 1 + k), the response first."""
    variance = np.diagonal(moments, axis1=1, axis2=2).clip(min=0)
    still = variance <= STILL
    scale = np.sqrt(np.where(still, 1.0, variance))
    scaled = moments / (scale[:, :, None] * scale[:, None, :])
    against, inner = scaled[:, 1:, 0], scaled[:, 1:, 1:]
    inner = inner + (still[:, 1:] + FAINT)[:, :, None] * np.eye(inner.shape[1])
    standard = np.linalg.solve(inner, against[:, :, None])[:, :, 0]
    rest = variance[:, 0] - (standard * against).sum(axis=1) * scale[:, 0] ** 2
    return standard * scale[:, :1] / scale[:, 1:], rest.clip(min=0)


def _trailing_sum(values: np.ndarray, window: int) -> np.ndarray:
    """Sum of the last `window` rows, of fewer at the start; prefix sums, so that no row depends on later ones."""
    total = np.cumsum(values, axis=0)
    out = total.copy()
    out[window:] -= total[:-window]
    return out


def beside(*columns: pd.Series) -> pd.DataFrame:
    """Series of the same sessions side by side, each under its name."""
    table = np.empty((len(columns), len(columns[0])))
    for place, column in enumerate(columns):
        table[place] = column.to_numpy("float64")
    return pd.DataFrame(table.T, index=columns[0].index, columns=[column.name for column in columns], copy=False)


def change_by_stamp(panel: Panel, rate: Series, delay: int) -> pd.Series:
    """Change of `rate` on the session of its stamp, as returns have it; NaN where unknown.

    The panel's own column moves on the day a value is published, for yields a session late. Rows less than `delay` sessions old must not
    be used; a row whose value is not known even then is NaN.
    """
    return _by_stamp(panel, rate, delay).diff()


def rate_move(panel: Panel, rate: Series, window: int) -> pd.Series:
    """The last known value of `rate` less the one stamped `window` sessions ago; NaN where the latter is not known by now."""
    return panel[rate] - _by_stamp(panel, rate, window).shift(window)


@memoise
def _by_stamp(panel: Panel, rate: Series, delay: int) -> pd.Series:
    """Value of `rate` stamped on or last before each session, NaN if it was not known `delay` sessions later."""
    released, sessions = panel.releases(rate), panel.sessions
    if not len(released.known):
        return pd.Series(np.nan, index=sessions, name=rate.name)
    stamps, days, rows = released.observed.index.to_numpy(), sessions.to_numpy(), np.arange(len(sessions)) + delay
    place = stamps.searchsorted(days, side="right") - 1
    recent = (place >= 0) & (days - stamps[place] <= released.max_age.to_numpy())
    available = (released.known.to_numpy()[place] <= days[rows.clip(max=len(days) - 1)]) | (rows >= len(days))
    values = np.where(recent & available, released.observed.to_numpy("float64")[place], np.nan)
    return pd.Series(values, index=sessions, name=rate.name)
