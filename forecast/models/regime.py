"""Regimes: Gaussian Markov switching of mean and variance, fitted by penalised EM; first passage through the chain is exact."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from forecast.arrays import Float, FloatState
from forecast.chances import Chances, shares
from forecast.component import FitError, options, state
from forecast.exact import exact_passage
from forecast.kernels.markov import hamilton_filter, log_densities, smoothed_moments
from forecast.laws.chain import ChainLaw
from forecast.models.filtered import usable_returns
from forecast.sample import Sample


@state
class Chain:
    """A Markov chain of Gaussian regimes, ordered by volatility; log returns, a session's unit. transitions (k, k), row = from."""

    means: FloatState
    vols: FloatState
    transitions: FloatState
    initial: FloatState
    notes: tuple[str, ...] = ()

    def filtered(self, returns: Float) -> Float:
        """Regime probabilities at each return given the returns up to it, (n, k)."""
        return np.asarray(hamilton_filter(log_densities(returns, self.means, self.vols), self.transitions, self.initial)[0])

    def predict(self, sample: Sample, *, key: int, paths: int) -> Chances:
        """Exact, and then padded like the share of `paths`, so that no outcome is held less likely than a simulation could tell."""
        today = self.filtered(sample.returns)[-1]
        if not np.isfinite(today).all():
            raise FitError(f"{sample.market}: regime probabilities of {today}")
        law = ChainLaw(today, self.transitions, self.means, self.vols)
        return Chances.exact(shares(paths * exact_passage(law, sample.barriers[-1], sample.horizons)))


class _Parameters(NamedTuple):
    means: Float
    variances: Float
    transitions: Float
    initial: Float


@options
class Regime:
    """Markov switching with `regimes` states.

    Priors, in sessions' worth of evidence, keep a regime that hardly occurs from collapsing: each mean is drawn to the
    sample mean by `mean_prior`, each variance to the sample variance by `variance_prior`, each row of the transition
    matrix to staying (with probability 0.98) by `stay_prior`.
    """

    fitted: ClassVar = Chain
    regimes: Annotated[int, Field(strict=True, ge=1, le=6)] = 3
    mean_prior: Annotated[float, Field(strict=True, ge=0)] = 252.0
    variance_prior: Annotated[float, Field(strict=True, gt=0)] = 5.0
    stay_prior: Annotated[float, Field(strict=True, gt=0)] = 5.0
    max_iterations: Annotated[int, Field(strict=True, ge=1, le=10_000)] = 300
    tolerance: Annotated[float, Field(strict=True, gt=0)] = 1e-6

    def fit(self, samples: Sequence[Sample]) -> Chain:
        """EM on the target market's returns; stops when the log posterior gains less than `tolerance` a session."""
        returns = usable_returns(samples[0])
        centre, scale = returns.mean(), returns.std()
        scaled = (returns - centre) / scale
        now = self._start(scaled)
        before, converged = -np.inf, False
        for _ in range(self.max_iterations):
            now, posterior = self._step(scaled, now)
            converged = bool(posterior - before < self.tolerance * len(returns))
            before = posterior
            if converged:
                break
        order = np.argsort(now.variances, kind="stable")
        return Chain(
            means=centre + scale * now.means[order],
            vols=scale * np.sqrt(now.variances[order]),
            transitions=now.transitions[np.ix_(order, order)],
            initial=now.initial[order],
            notes=() if converged else (f"regime: EM stopped at {self.max_iterations} iterations",),
        )

    def _start(self, scaled: Float) -> _Parameters:
        """Equal thirds (or k-ths) of the sessions by their surrounding absolute move."""
        k = self.regimes
        around = np.convolve(np.abs(scaled), np.ones(21) / 21, mode="same")
        groups = np.array_split(np.argsort(around, kind="stable"), k)
        variances = np.array([max(float((scaled[group] ** 2).mean()), 1e-4) for group in groups])
        return _Parameters(np.zeros(k), variances, self._staying(), np.full(k, 1 / k))

    def _staying(self) -> Float:
        k = self.regimes
        return np.full((k, k), 0.02 / max(k - 1, 1)) * (1 - np.eye(k)) + (0.98 if k > 1 else 1.0) * np.eye(k)

    def _step(self, scaled: Float, now: _Parameters) -> tuple[_Parameters, float]:
        """One EM step towards the posterior mode, and the log posterior of `now`. Source: Hamilton (1990), section 3."""
        densities = log_densities(scaled, now.means, np.sqrt(now.variances))
        filtered, predicted, loglik = hamilton_filter(densities, now.transitions, now.initial)
        smoothed, crossings = smoothed_moments(filtered, predicted, now.transitions)
        weight = smoothed.sum(axis=0)
        means = smoothed.T @ scaled / (weight + self.mean_prior)
        squares = (smoothed * (scaled[:, None] - means) ** 2).sum(axis=0) + self.mean_prior * means**2
        variances = (squares + self.variance_prior) / (weight + self.variance_prior)
        crossings = crossings + self.stay_prior * self._staying()
        transitions = crossings / crossings.sum(axis=1, keepdims=True)
        return _Parameters(means, variances, transitions, smoothed[0]), loglik + self._log_prior(now)

    def _log_prior(self, now: _Parameters) -> float:
        """Up to a constant: what the M-step adds to the expected log-likelihood."""
        means = self.mean_prior * now.means**2 / now.variances
        variances = self.variance_prior * (np.log(now.variances) + 1 / now.variances)
        staying = self._staying()
        likely = np.where(staying > 0, now.transitions, 1.0)
        return float(-(means + variances).sum() / 2 + self.stay_prior * (staying * np.log(likely)).sum())
