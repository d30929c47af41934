"""The likelihood of a Markov-switching mean and variance, with its analytic score."""

import copy
import itertools
from dataclasses import replace
from typing import Self

import numpy as np
from scipy.special import digamma

from forecast.engines.arrays import Float
from forecast.engines.kernels.em import STAYING
from forecast.engines.kernels.fundamental_matrix import fundamental_matrix, stationary_law
from forecast.engines.kernels.hamilton_filter import hamilton_filter, kim_smoother
from forecast.engines.kernels.plain_regimes import moment_score
from forecast.engines.kernels.state_densities import state_densities, state_locations, state_scores
from forecast.engines.markov.expectations import expectations
from forecast.engines.markov.markov_law import MarkovLaw, MarkovPrior, joint_start, logit_transitions, state_digits, state_transitions
from forecast.engines.markov.markov_spec import MarkovSpec
from forecast.engines.switching.coordinates import (
    NU_BOUNDS,
    Bounded,
    MappedBlock,
    ParameterBlock,
    Positive,
    Real,
    TransitionLogits,
    join_blocks,
)
from forecast.engines.switching.likelihood import slope_by_coordinates
from forecast.engines.switching.transition_matrix import stationary_score, transition_matrix
from forecast.engines.workspace import workspace

FLOOR = 0.01  # least volatility of a regime, in that of the sample


class MarkovLikelihood:
    """Log-likelihood of `returns`, (n,), with the chain's prior, and its score by Fisher's identity."""

    def __init__(self, returns: Float, spec: MarkovSpec, covariates: Float | None = None) -> None:
        self.returns, self.spec, self.covariates = returns, spec, covariates
        self.sample = float(np.nanmean(returns)), float(np.nanstd(returns))
        k = spec.k
        self.digits = state_digits(k, spec.lags)
        self._off = ~np.eye(k, dtype=bool)
        of_means = tuple(f"mean[{j + 1}]" for j in range(k)) if spec.mean == "switching" and k > 1 else ("mean",)
        of_vols = tuple(f"sigma[{j + 1}]" for j in range(k)) if spec.variance == "switching" and k > 1 else ("sigma",)
        chain: MappedBlock = TransitionLogits(k)
        if covariates is not None:
            names = tuple(f"{name}.x{column}" for name in TransitionLogits(k).names for column in range(covariates.shape[1]))
            size = np.abs(covariates).max(axis=0)
            chain = Real(names, scale=np.tile(1 / np.where(size > 0, size, 1.0), k * (k - 1)))
        blocks: list[MappedBlock] = [
            Real(of_means, self.sample[0], self.sample[1] / 10),
            Positive(of_vols, FLOOR * self.sample[1], self.sample[1]),
            Real(tuple(f"ar[{lag + 1}]" for lag in range(spec.lags))),
            Bounded(("nu",) if spec.dist == "t" else (), *NU_BOUNDS),
            chain,
        ]
        self.coordinates: ParameterBlock = join_blocks(blocks)
        self.names = self.coordinates.names
        ends = np.cumsum([0, len(of_means), len(of_vols), spec.lags, int(spec.dist == "t")])
        self._means, self._vols, self._ar, self._nu = (slice(a, b) for a, b in itertools.pairwise(ends))
        self._chain = slice(ends[-1], None)
        complete = np.convolve(np.isfinite(returns), np.ones(spec.lags + 1), mode="valid") > spec.lags
        self.scored = int(complete.sum()) if len(returns) > spec.lags else 0

    def beginning(self, initial: Float | None) -> Self:
        """The same likelihood with these probabilities of the first regime, (k,); None for the stationary law."""
        other = copy.copy(self)
        other.spec = replace(self.spec, initial=initial)
        return other

    def best_corner(self, law: MarkovLaw) -> Float:
        """The best law of the first regime, (k,): the likelihood is linear in it, so that its maximum is at a corner."""
        corners = np.eye(law.k)
        if self.covariates is None and not self.spec.lags:  # from a start of equal shares each regime's is as its part of the likelihood
            equal, work = np.full(law.k, 1 / law.k), workspace(5, law.k, len(self.returns))
            *_, logliks = expectations(self.returns, law.means, law.vols, law.transitions, equal, law.nu, work)
        else:
            runs = (replace(law, initial=corner).run(self.returns, self.covariates) for corner in corners)
            logliks = np.array([run.contributions.sum() for run in runs])
        return np.asarray(corners[int(np.argmax(logliks))])

    def law(self, theta: Float) -> MarkovLaw:
        """The law of natural parameters (p,)."""
        k, spec = self.spec.k, self.spec
        if self.covariates is None:
            slopes, transitions = None, transition_matrix(theta[self._chain], k)
        else:
            slopes = np.zeros((k, k, self.covariates.shape[1]))
            slopes[self._off] = theta[self._chain].reshape(k * (k - 1), self.covariates.shape[1])
            transitions = logit_transitions(slopes, self.covariates.mean(axis=0, keepdims=True))[0]
        return MarkovLaw(
            means=np.zeros(k) + theta[self._means],
            vols=np.zeros(k) + theta[self._vols],
            ar=theta[self._ar].copy(),
            nu=float(theta[self._nu][0]) if spec.dist == "t" else np.inf,
            transitions=transitions,
            initial=spec.initial,
            slopes=slopes,
        )

    def theta(self, law: MarkovLaw) -> Float:
        """Natural parameters (p,) of a law."""
        off = ~np.eye(law.k, dtype=bool)
        chain = law.transitions[off] if self.covariates is None else self._slopes(law)[off].ravel()
        nu = [law.nu] if self.spec.dist == "t" else []
        means = law.means if self.spec.mean == "switching" else law.means[:1]
        vols = law.vols if self.spec.variance == "switching" else law.vols[:1]
        return np.concatenate([means, vols, law.ar, nu, chain])

    def _slopes(self, law: MarkovLaw) -> Float:
        """Logit slopes (k, k, m); those of a constant chain depend on the first covariate only, the constant."""
        if law.slopes is not None:
            return law.slopes
        slopes = np.zeros((law.k, law.k, 0 if self.covariates is None else self.covariates.shape[1]))
        likely = np.clip(law.transitions, 1e-4, 1.0)
        slopes[:, :, 0] = np.log(likely / np.diag(likely)[:, None])
        return slopes

    def contributions(self, theta: Float) -> Float:
        return self.law(theta).run(self.returns, self.covariates).contributions

    def value_and_score(self, theta: Float) -> tuple[float, Float]:
        law = self.law(theta)
        value, by_law, by_chain = self._plain(law) if self.covariates is None and not self.spec.lags else self._general(law)
        k, p = self.spec.k, self.spec.lags
        by_mean, by_vol, by_ar, by_nu = by_law[:k], by_law[k : 2 * k], by_law[2 * k : 2 * k + p], by_law[2 * k + p :]
        score = np.concatenate(
            [
                by_mean if self.spec.mean == "switching" else by_mean.sum(keepdims=True),
                by_vol if self.spec.variance == "switching" else by_vol.sum(keepdims=True),
                by_ar,
                by_nu + self.scored * _constant_slope(law.nu) if self.spec.dist == "t" else by_nu[:0],
                by_chain,
            ]
        )
        return value + self._log_prior(law, score), score

    def value_and_slope(self, x: Float) -> tuple[float, Float]:
        return slope_by_coordinates(self, x)

    def _plain(self, law: MarkovLaw) -> tuple[float, Float, Float]:
        """Log-likelihood of a constant chain without autoregression, and its derivatives by means, vols and nu, and by the chain."""
        fundamental = np.zeros((law.k, law.k)) if law.initial is not None else fundamental_matrix(law.transitions)
        if law.initial is None and np.isfinite(fundamental).all():
            start = np.empty(law.k)
            stationary_law(fundamental, start)
        else:  # given, or reducible and taken as given
            start, fundamental = law.start(law.transitions[None]), np.zeros((law.k, law.k))
        work = workspace(5, law.k, len(self.returns))
        value, *expected = expectations(self.returns, law.means, law.vols, law.transitions, start, law.nu, work)
        by_law, by_step = moment_score(*expected, law.vols, law.transitions, start, fundamental)
        return value, by_law, (by_step - by_step.diagonal()[:, None])[self._off]

    def _general(self, law: MarkovLaw) -> tuple[float, Float, Float]:
        """The same with lags, and with driven transitions."""
        p = self.spec.lags
        steps = law.steps(None if self.covariates is None else self.covariates[:-1])
        wide = state_transitions(steps, self.digits)
        inner = wide if len(wide) == 1 else wide[p:]
        locations = law.means[None] if p == 0 else state_locations(self.returns, law.means, law.ar, self.digits)
        densities = state_densities(self.returns, locations, law.vols, self.digits, law.nu)
        start = law.start(steps)
        filtered, predicted, each = hamilton_filter(densities[p:], inner, joint_start(start, steps, self.digits))
        weights = np.zeros_like(densities)
        weights[p:], crossings = kim_smoother(filtered, predicted, inner)
        by_law = state_scores(self.returns, locations, law.means, law.vols, law.ar, self.digits, law.nu, weights)
        return float(each.sum()), by_law, self._by_chain(self._by_step(crossings, weights[p], start, steps), steps)

    def _by_step(self, crossings: Float, first: Float, start: Float, steps: Float) -> Float:
        """Derivatives by the transitions of each step, as `steps`, the start's included. first : (s,) smoothed states."""
        k, p, digits = self.spec.k, self.spec.lags, self.digits
        counts = np.zeros_like(steps)
        later = counts if len(steps) == 1 else counts[p:]
        if p == 0:
            later += crossings
        else:
            for place, crossed in zip(later, crossings, strict=True):
                np.add.at(place, (digits[:, None, 0], digits[None, :, 0]), crossed)
        for step in range(1, p + 1):
            np.add.at(counts[step if len(steps) > 1 else 0], (digits[:, p - step + 1], digits[:, p - step]), first)
        out = counts / np.maximum(steps, 1e-300)
        if self.spec.initial is None:
            held = np.bincount(digits[:, -1], weights=first, minlength=k)
            out[0] += stationary_score(steps[0], start, held / np.maximum(start, 1e-300))
        return out

    def _by_chain(self, by_step: Float, steps: Float) -> Float:
        """Derivatives by the chain's parameters."""
        off = ~np.eye(self.spec.k, dtype=bool)
        if self.covariates is None:
            return (by_step[0] - np.diag(by_step[0])[:, None])[off]
        by_logit = steps * (by_step - (by_step * steps).sum(axis=2, keepdims=True))
        driven = np.concatenate([self.covariates[:1], self.covariates[:-1]])
        return np.einsum("tij,tm->ijm", by_logit, driven)[off].ravel()

    def _log_prior(self, law: MarkovLaw, score: Float) -> float:
        """Log density of the prior up to a constant; its slope is added to `score`."""
        prior, (centre, spread) = self.spec.prior, self.sample
        if prior == MarkovPrior():
            return 0.0
        away, ratio = law.means - centre, (spread / law.vols) ** 2
        total = -0.5 * prior.mean * float((away**2 / law.vols**2).sum())
        total -= 0.5 * prior.vol * float((ratio + 2 * np.log(law.vols)).sum())
        by_mean = -prior.mean * away / law.vols**2
        by_vol = prior.mean * away**2 / law.vols**3 + prior.vol * (ratio - 1) / law.vols
        score[self._means] += by_mean if self.spec.mean == "switching" else by_mean.sum()
        score[self._vols] += by_vol if self.spec.variance == "switching" else by_vol.sum()
        if prior.stay and self.covariates is None and law.k > 1:
            staying = np.full((law.k, law.k), (1 - STAYING) / (law.k - 1))
            np.fill_diagonal(staying, STAYING)
            likely = np.maximum(law.transitions, 1e-300)
            total += prior.stay * float((staying * np.log(likely)).sum())
            by_transition = prior.stay * staying / likely
            score[self._chain] += (by_transition - np.diag(by_transition)[:, None])[~np.eye(law.k, dtype=bool)]
        return total


def _constant_slope(nu: float) -> float:
    """Derivative by nu of the constant of a t's log density."""
    return float(0.5 * (digamma((nu + 1) / 2) - digamma(nu / 2) - 1 / (nu - 2)))
