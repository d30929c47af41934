"""FilteredHistory: a law run over returns, with its filtered, smoothed and predictive distributions.

A law may need more states than regimes (an autoregression about a switching mean remembers the regimes of its lags);
`member` is each state's regime, and results are by regime. Given its state, a session's return is location + scale * innovation; the
row after the last session is the forecast of the next.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.hamilton_filter import kim_smoother, viterbi_path
from forecast.engines.switching import innovations


@dataclass(frozen=True)
class FilteredHistory:
    """A law run over returns (n,); s is the number of states.

    `densities` are logs, zero where a session is not scored; `contributions` are log-likelihoods; before session `first` the filter
    stands at its start.
    """

    returns: Float
    filtered: Float  # (n, s)
    predicted: Float  # (n + 1, s), as are the next two
    locations: Float
    scales: Float
    densities: Float  # (n, s)
    contributions: Float  # (n,)
    nu: Float  # (s,), as are the next two
    skew: Float
    member: Int
    transitions: Float  # (1 or n + 1, s, s), row = from
    first: int = 0

    @property
    def regimes(self) -> int:
        """Number of regimes."""
        return int(self.member.max()) + 1

    @property
    def _steps(self) -> Float:
        """Transitions from session `first` on."""
        return self.transitions if len(self.transitions) == 1 else self.transitions[self.first :]

    def by_regime(self, states: Float) -> Float:
        """Probabilities of regimes, (n, k), of those of states, (n, s)."""
        if len(self.member) == self.regimes:
            return states
        return np.column_stack([states[:, self.member == j].sum(axis=1) for j in range(self.regimes)])

    def smoothed(self) -> Float:
        """Probability of each regime given every return, (n, k)."""
        smoothed, _ = kim_smoother(self.filtered[self.first :], self.predicted[:-1][self.first :], self._steps)
        before = np.repeat(self.filtered[:1], self.first, axis=0)
        return self.by_regime(np.vstack([before, smoothed]))

    def viterbi(self) -> Int:
        """The most likely sequence of regimes, (n,), from 0."""
        path = viterbi_path(self.densities[self.first :], self._steps, self.predicted[self.first])
        opening = path[:1] if len(path) else self.predicted[:1].argmax(axis=1)
        return np.concatenate([np.repeat(self.member[opening], self.first), self.member[path]])

    def cdf(self, returns: Float, rows: slice = slice(None)) -> Float:
        """Predictive distribution function at one return a row, (m,)."""
        return self._mixed(returns, rows, lambda z, _, nu, skew: innovations.cdf(z, nu, skew))

    def pdf(self, returns: Float, rows: slice = slice(None)) -> Float:
        """Predictive density at one return a row, (m,)."""
        return self._mixed(returns, rows, lambda z, scale, nu, skew: innovations.pdf(z, nu, skew) / scale)

    def mean_below(self, returns: Float, rows: slice = slice(None)) -> Float:
        """Integral of x times the predictive density up to one return a row, (m,)."""
        parts = np.zeros(len(self.predicted[rows]))
        for s in range(len(self.nu)):
            location, scale = self.locations[rows, s], self.scales[rows, s]
            z = (returns - location) / scale
            below = innovations.cdf(z, self.nu[s], self.skew[s])
            parts += self.predicted[rows, s] * (location * below + scale * innovations.mean_below(z, self.nu[s], self.skew[s]))
        return parts

    def mean(self) -> Float:
        """Predictive mean of each session and the next, (n + 1,)."""
        return np.asarray((self.predicted * self.locations).sum(axis=1))

    def variance(self) -> Float:
        """Predictive variance of each session and the next, (n + 1,)."""
        second = (self.predicted * (self.scales**2 + self.locations**2)).sum(axis=1)
        return np.asarray(second - self.mean() ** 2)

    def quantile(self, level: float, rows: slice = slice(None)) -> Float:
        """Predictive quantile of each row, (m,), to 1e-10 of its volatility; exact where one state has all the weight."""
        chosen = range(*rows.indices(len(self.predicted)))
        return np.array([self._quantile(level, row) for row in chosen])

    def _quantile(self, level: float, row: int) -> float:
        from scipy.optimize import brentq  # here, since a forecast needs none

        each = [innovations.ppf(level, self.nu[s], self.skew[s]) for s in range(len(self.nu))]
        ends = self.locations[row] + self.scales[row] * np.array(each)
        held = ends[self.predicted[row] > 0]
        low, high = float(held.min()), float(held.max())
        one = slice(row, row + 1)

        def above(x: float) -> float:
            return float(self.cdf(np.array([x]), one)[0] - level)

        if high - low < 1e-14 or above(low) >= 0:  # the quantile is between them, but for rounding
            return low
        if above(high) <= 0:
            return high
        return float(brentq(above, low, high, xtol=1e-10 * float(self.scales[row].min())))

    def _mixed(self, returns: Float, rows: slice, part: Callable[[Float, Float, float, float], Float]) -> Float:
        out = np.zeros(len(self.predicted[rows]))
        for s in range(len(self.nu)):
            scale = self.scales[rows, s]
            z = (returns - self.locations[rows, s]) / scale
            out += self.predicted[rows, s] * part(z, scale, self.nu[s], self.skew[s])
        return out
