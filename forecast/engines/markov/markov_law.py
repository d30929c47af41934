"""The law of a Markov-switching mean and variance."""

import itertools
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.hamilton_filter import hamilton_filter
from forecast.engines.kernels.state_densities import state_densities, state_locations
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.transition_matrix import stationary


@dataclass(frozen=True)
class MarkovPrior:
    """Evidence, in sessions, for means and volatilities at the sample's and for a probability of staying of 0.98.

    It keeps a rare regime from collapsing onto a few sessions.
    """

    mean: float = 0.0
    vol: float = 0.0
    stay: float = 0.0


def state_digits(k: int, lags: int) -> Int:
    """Regimes of a session and its lags in each state, (k^(lags + 1), lags + 1)."""
    return np.array(list(itertools.product(range(k), repeat=lags + 1)), dtype=np.int64)


def logit_transitions(slopes: Float, covariates: Float) -> Float:
    """Transitions (n, k, k) whose odds of leaving against staying are exp(slopes @ covariates); slopes (k, k, m) are zero where i = j."""
    logits = np.einsum("ijm,tm->tij", slopes, covariates)
    odds = np.exp(logits - logits.max(axis=2, keepdims=True))
    return np.asarray(odds / odds.sum(axis=2, keepdims=True))


@dataclass(frozen=True)
class MarkovLaw:
    """Natural parameters of k regimes, in units of a session."""

    means: Float  # (k,)
    vols: Float  # (k,)
    ar: Float  # (p,)
    nu: float
    transitions: Float  # (k, k), row = from
    initial: Float | None = None  # (k,), None for the stationary law
    slopes: Float | None = None  # (k, k, m) of the logits by covariates, whose row t drives the step from session t to the next

    @property
    def k(self) -> int:
        """Number of regimes."""
        return len(self.means)

    @cached_property
    def digits(self) -> Int:
        """Regimes of each state."""
        return state_digits(self.k, len(self.ar))

    def order(self) -> Int:
        """Regimes by volatility, then by mean, lowest first."""
        return np.lexsort((self.means, self.vols))

    def reordered(self, order: Int) -> "MarkovLaw":
        """The same law with its regimes in another order."""
        both = np.ix_(order, order)
        initial = None if self.initial is None else self.initial[order]
        slopes = None if self.slopes is None else self.slopes[both]
        return MarkovLaw(self.means[order], self.vols[order], self.ar, self.nu, self.transitions[both], initial, slopes)

    def steps(self, covariates: Float | None) -> Float:
        """Transitions into each session, and into the next: (1, k, k), or (n + 1, k, k) for n rows of covariates.

        The step into the first session has no covariates, and is taken to be that into the second.
        """
        if self.slopes is None or covariates is None:
            return self.transitions[None]
        onward = logit_transitions(self.slopes, covariates)
        return np.concatenate([onward[:1], onward])

    def start(self, steps: Float) -> Float:
        """PathLaw of the first session's regime, (k,)."""
        return stationary(steps[0]) if self.initial is None else self.initial

    def filtered(self, returns: Float) -> Float:
        """Regime probabilities at each of `returns` (n,) given those up to it, (n, k), of a law without lags and covariates; as `run`."""
        densities = state_densities(returns, state_locations(returns, self.means, self.ar, self.digits), self.vols, self.digits, self.nu)
        return hamilton_filter(densities, self.transitions[None], self._start)[0]

    @cached_property
    def _start(self) -> Float:
        """`start` without covariates."""
        return self.start(self.transitions[None])

    def run(self, returns: Float, covariates: Float | None = None) -> FilteredHistory:
        """Filter `returns` (n,); a session that is NaN leaves the regimes where they were predicted."""
        n = len(returns)
        p = min(len(self.ar), n)
        steps = self.steps(covariates)
        wide = state_transitions(steps, self.digits)
        locations = state_locations(returns, self.means, self.ar, self.digits)
        densities = state_densities(returns, locations, self.vols, self.digits, self.nu)
        begin = joint_start(self.start(steps), steps, self.digits)
        inner = wide if len(wide) == 1 else wide[p:n]
        filtered, predicted, contributions = hamilton_filter(densities[p:], inner, begin)
        held = np.repeat(begin[None], p, axis=0)
        centre = np.where(np.isnan(locations), self.means[self.digits[:, 0]], locations)
        return FilteredHistory(
            returns=returns,
            filtered=np.vstack([held, filtered]),
            predicted=np.vstack([held, predicted, filtered[-1:] @ wide[-1] if n > p else begin[None]]),
            locations=centre,
            scales=np.repeat(self.vols[self.digits[:, 0]][None], n + 1, axis=0),
            densities=densities,
            contributions=np.r_[np.zeros(p), contributions],
            nu=np.full(len(self.digits), self.nu),
            skew=np.zeros(len(self.digits)),
            member=self.digits[:, 0],
            transitions=wide,
            first=p,
        )


def state_transitions(steps: Float, digits: Int) -> Float:
    """Transitions of states (T, s, s) from those of regimes (T, k, k): the regimes of the lags move back by one."""
    if digits.shape[1] == 1:
        return np.ascontiguousarray(steps)  # one layout, for which kernels are compiled once
    follows = (digits[:, None, :-1] == digits[None, :, 1:]).all(axis=2)
    return np.where(follows, steps[:, digits[:, None, 0], digits[None, :, 0]], 0.0)


def joint_start(start: Float, steps: Float, digits: Int) -> Float:
    """PathLaw of the regimes of the first p + 1 sessions, by state, (s,)."""
    out = start[digits[:, -1]]
    p = digits.shape[1] - 1
    for step in range(1, p + 1):
        move = steps[step if len(steps) > 1 else 0]
        out = out * move[digits[:, p - step + 1], digits[:, p - step]]
    return out
