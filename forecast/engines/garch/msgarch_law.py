"""The law of a Markov-switching GARCH.

Shocks are common to the regimes, e_t = (r_t - drift) - ar (r_{t-1} - drift), and each regime runs its own recursion on them
(Haas, Mittnik and Paolella 2004). One regime is an ordinary GARCH.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.garch.unconditional_moments import resting_state
from forecast.engines.kernels.hamilton_filter import hamilton_filter
from forecast.engines.kernels.variance_recursions import EGARCH, GARCH, TARCH, WIDEST, ar_shocks, regime_densities, regime_states
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.switching.filtered_history import FilteredHistory
from forecast.engines.switching.innovations import below_zero, shape_constants
from forecast.engines.switching.transition_matrix import stationary


@dataclass(frozen=True)
class MSGarchLaw:
    """Natural parameters of k regimes, in units of a session."""

    kinds: Int  # (k,)
    coefficients: Float  # (k, 4)
    nu: Float  # (k,)
    skew: Float  # (k,)
    transitions: Float  # (k, k), row = from
    drift: float
    ar: float
    first: Float  # (k,) states at the first session
    scored: int  # the first session that is scored, 0 or 1

    @cached_property
    def stationary(self) -> Float:
        """Stationary probabilities of the regimes, (k,)."""
        return stationary(self.transitions)

    @cached_property
    def shapes(self) -> Float:
        """Constants of the innovations' laws, (k, SHAPE), as the kernels take them."""
        return np.stack([shape_constants(nu, skew) for nu, skew in zip(self.nu, self.skew, strict=True)])

    def order(self) -> Int:
        """Regimes by the volatility at which their own recursion rests, lowest first."""
        return np.argsort(self.resting_variances(), kind="stable")

    def resting_variances(self) -> Float:
        """Variance at which each regime's own recursion rests, (k,)."""
        states = np.array([[resting_state(kind, law)[0] for kind, law in zip(self.kinds, self.coefficients, strict=True)]])
        return self.variances(states)[0]

    def reordered(self, order: Int, transitions: Float | None = None) -> "MSGarchLaw":
        """The same law with its regimes in another order, or with copies of them and the `transitions` between these."""
        by_regime = {name: getattr(self, name)[order] for name in ("kinds", "coefficients", "nu", "skew", "first")}
        return replace(self, transitions=self.transitions[np.ix_(order, order)] if transitions is None else transitions, **by_regime)

    def rescaled(self, factor: float) -> "MSGarchLaw":
        """The law of returns `factor` times as large."""
        coefficients, log = self.coefficients.copy(), 2 * np.log(factor)
        power = np.where(self.kinds == TARCH, factor, factor**2)
        egarch = self.kinds == EGARCH
        omega, beta = coefficients[:, 0], coefficients[:, 3]
        coefficients[:, 0] = np.where(egarch, omega + (1 - beta) * log, omega * power)
        first = np.where(egarch, self.first + log, self.first * power)
        return replace(self, coefficients=coefficients, first=first, drift=self.drift * factor)

    def states(self, returns: Float) -> Float:
        """State of each regime's recursion at each session and the next, (n + 1, k)."""
        return regime_states(ar_shocks(returns, self.drift, self.ar), self.kinds, self.coefficients, self.first)

    def variances(self, states: Float) -> Float:
        """Variances that states (n, k) stand for."""
        return np.column_stack([_variance(kind, states[:, j]) for j, kind in enumerate(self.kinds)])

    def ahead(self, returns: Float) -> MSGarchPathLaw:
        """The law of the sessions after `returns` (n,), as `law_ahead` of their `run` gives it."""
        states, _, filtered, _, _ = self._filter(returns)
        return self._path_law(filtered[-1] @ self.transitions if len(filtered) else self.stationary, states[-1], returns)

    def _path_law(self, opening: Float, states: Float, returns: Float) -> MSGarchPathLaw:
        """The law of the sessions after `returns`, whose regimes and states are `opening` and `states` (k,) in the first of them."""
        return MSGarchPathLaw(
            opening=opening,
            transitions=self.transitions,
            kinds=self.kinds,
            coefficients=self.coefficients,
            shapes=self.shapes,
            states=states,
            drift=self.drift,
            ar=self.ar,
            deviation=float(np.nan_to_num(returns[-1] - self.drift)),
        )

    def _filter(self, returns: Float) -> tuple[Float, Float, Float, Float, Float]:
        """States of the recursions (n + 1, k), log densities (n, k), and what the filter gives of the sessions that are scored."""
        shocks = ar_shocks(returns, self.drift, self.ar)
        states = regime_states(shocks, self.kinds, self.coefficients, self.first)
        densities = regime_densities(shocks, states, self.kinds, self.shapes)
        before = min(self.scored, len(returns))
        densities[:before] = 0.0
        scored = densities[before:]
        if len(self.kinds) == 1:  # one regime is certain
            return states, densities, np.ones_like(scored), np.ones_like(scored), scored[:, 0].copy()
        return states, densities, *hamilton_filter(scored, self.transitions[None], self.stationary)

    def run(self, returns: Float) -> FilteredHistory:
        """Filter `returns` (n,); a session that is NaN leaves the regimes where they were predicted."""
        states, densities, filtered, predicted, contributions = self._filter(returns)
        before, start = min(self.scored, len(returns)), self.stationary
        held = np.repeat(start[None], before, axis=0)
        ahead = np.vstack([held, predicted, filtered[-1:] @ self.transitions if len(filtered) else start[None]])
        deviation = np.nan_to_num(returns - self.drift)
        location = self.drift + self.ar * np.r_[0.0, deviation]
        k = len(start)
        return FilteredHistory(
            returns=returns,
            filtered=np.vstack([held, filtered]),
            predicted=ahead,
            locations=np.repeat(location[:, None], k, axis=1),
            scales=np.sqrt(self.variances(states)),
            densities=densities,
            contributions=np.r_[np.zeros(before), contributions],
            nu=self.nu,
            skew=self.skew,
            member=np.arange(k),
            transitions=self.transitions[None],
            first=before,
        )


def _variance(kind: int, states: Float) -> Float:
    if kind == GARCH:
        return states
    return states**2 if kind == TARCH else np.exp(np.clip(states, -WIDEST, WIDEST))


def law_ahead(law: MSGarchLaw, history: FilteredHistory) -> MSGarchPathLaw:
    """The law of the sessions after the last of `history`."""
    return law._path_law(history.predicted[-1], law.states(history.returns)[-1], history.returns)


def variance_ahead(law: MSGarchLaw, history: FilteredHistory, sessions: int) -> Float:
    """Variance of each next session's shock, (sessions,).

    M[k, j] = E[h_k 1{regime is j}] moves linearly, for a shock of regime j has variance h_j.
    Source: Haas, Mittnik and Paolella (2004), section 2.2.
    """
    if (law.kinds != GARCH).any():
        raise ValueError("exact variances need a recursion that is linear in squared shocks: garch or gjr")
    below = np.array([below_zero(nu, skew) for nu, skew in zip(law.nu, law.skew, strict=True)])
    omega, alpha, gamma, beta = law.coefficients.T
    regimes = history.predicted[-1]
    moments = np.outer(law.states(history.returns)[-1], regimes)
    out = np.empty(sessions)
    for session in range(sessions):
        own = np.diag(moments)
        out[session] = own.sum()
        shocked = np.outer(omega, regimes) + (alpha[:, None] + np.outer(gamma, below)) * own + beta[:, None] * moments
        moments, regimes = shocked @ law.transitions, regimes @ law.transitions
    return out


def variance_bound(law: MSGarchLaw, history: FilteredHistory, sessions: int) -> float:
    """A number that no return's variance within the next sessions is above; inf where a recursion is not linear in squared shocks.

    A squared shock is expected to be at most the greatest of the regimes' variances, which moves that of every one of them.
    """
    if (law.kinds != GARCH).any() or abs(law.ar) >= 1:
        return np.inf
    below = [below_zero(nu, skew) for nu, skew in zip(law.nu.tolist(), law.skew.tolist(), strict=True)]
    regimes = law.coefficients.tolist()
    omega = max(regime[0] for regime in regimes)
    carried = max(alpha + max(gamma * share for share in below) + beta for _, alpha, gamma, beta in regimes)
    states = history.scales[-1] ** 2
    variance = greatest = float(states.max())
    for _ in range(sessions - 1):
        variance = omega + carried * variance
        greatest = max(greatest, variance)
    return greatest / (1 - abs(law.ar)) ** 2
