"""Regime paths: Gaussian Markov switching of mean and variance, fitted by penalised EM, simulated through the chain."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import Field

from forecast.arrays import Float, FloatState
from forecast.component import options, shares, state
from forecast.kernels.markov import hamilton_filter, log_densities, smoothed_moments
from forecast.kernels.paths import regime_passage
from forecast.models.filtered import usable_returns
from forecast.sample import Sample


@state
class Chain:
    """One market's chain: log returns, a session's unit; regimes ordered by volatility. transitions (k, k), row = from."""

    means: FloatState
    vols: FloatState
    transitions: FloatState
    initial: FloatState

    def filtered(self, returns: Float) -> Float:
        """Regime probabilities at each return given the returns up to it, (n, k)."""
        return np.asarray(hamilton_filter(log_densities(returns, self.means, self.vols), self.transitions, self.initial)[0])

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        """First-passage probabilities of the surge at the sample's last session, (n_questions, 3)."""
        today = self.filtered(sample.returns)[-1]
        law = (today, self.transitions, self.means, self.vols)
        return shares(regime_passage(np.uint64(key), paths, *law, sample.barriers[-1], sample.horizons))


@state
class FittedRegime:
    """Chains by market."""

    markets: dict[str, Chain]
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        return self.markets[sample.market].predict(sample, key=key, paths=paths)


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

    fitted: ClassVar = FittedRegime
    simulates: ClassVar = True
    regimes: Annotated[int, Field(ge=1, le=6)] = 3
    mean_prior: Annotated[float, Field(ge=0)] = 252.0
    variance_prior: Annotated[float, Field(gt=0)] = 5.0
    stay_prior: Annotated[float, Field(gt=0)] = 5.0
    max_iterations: Annotated[int, Field(ge=1, le=10_000)] = 300
    tolerance: Annotated[float, Field(gt=0)] = 1e-6

    def fit(self, samples: Sequence[Sample]) -> FittedRegime:
        """EM on each market's returns; stops when the log-likelihood gains less than `tolerance` a session."""
        fits = {sample.market: self._chain(usable_returns(sample)) for sample in samples}
        notes = tuple(f"{market}: regime: EM stopped at {self.max_iterations} iterations" for market, (_, good) in fits.items() if not good)
        return FittedRegime(markets={market: chain for market, (chain, _) in fits.items()}, notes=notes)

    def _chain(self, returns: Float) -> tuple[Chain, bool]:
        centre, scale = returns.mean(), returns.std()
        scaled = (returns - centre) / scale
        now = self._start(scaled)
        before, converged = -np.inf, False
        for _ in range(self.max_iterations):
            now, loglik = self._step(scaled, now)
            converged = bool(loglik - before < self.tolerance * len(returns))
            before = loglik
            if converged:
                break
        order = np.argsort(now.variances, kind="stable")
        chain = Chain(
            means=centre + scale * now.means[order],
            vols=scale * np.sqrt(now.variances[order]),
            transitions=now.transitions[np.ix_(order, order)],
            initial=now.initial[order],
        )
        return chain, converged

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
        """One EM step towards the posterior mode; the log-likelihood is that of `now`. Source: Hamilton (1990), section 3."""
        densities = log_densities(scaled, now.means, np.sqrt(now.variances))
        filtered, predicted, loglik = hamilton_filter(densities, now.transitions, now.initial)
        smoothed, crossings = smoothed_moments(filtered, predicted, now.transitions)
        weight = smoothed.sum(axis=0)
        means = smoothed.T @ scaled / (weight + self.mean_prior)
        squares = (smoothed * (scaled[:, None] - means) ** 2).sum(axis=0) + self.mean_prior * means**2
        variances = (squares + self.variance_prior) / (weight + self.variance_prior)
        crossings = crossings + self.stay_prior * self._staying()
        transitions = crossings / crossings.sum(axis=1, keepdims=True)
        return _Parameters(means, variances, transitions, smoothed[0]), loglik
