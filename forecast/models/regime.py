"""Regimes: Gaussian Markov switching of mean and variance; first passage through the chain is exact."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from forecast.arrays import Float, FloatState
from forecast.chances import Chances, shares
from forecast.component import FitError, options, state
from forecast.engines.markov_law import ChainPrior, MarkovLaw
from forecast.engines.markov_switching import MarkovSwitching
from forecast.exact import MAX_NODES, exact_passage, node_count
from forecast.laws import ChainLaw
from forecast.models.filtered import usable_returns
from forecast.passage import first_passage
from forecast.sample import Sample


@state
class Chain:
    """A Markov chain of Gaussian regimes, ordered by volatility; log returns, a session's unit. transitions (k, k), row = from."""

    means: FloatState
    vols: FloatState
    transitions: FloatState
    notes: tuple[str, ...] = ()

    def filtered(self, returns: Float) -> Float:
        """Regime probabilities at each return given the returns up to it, (n, k)."""
        history = MarkovLaw(self.means, self.vols, np.empty(0), np.inf, self.transitions).run(returns)
        return history.filtered

    def predict(self, sample: Sample, *, key: int, paths: int) -> Chances:
        """Exact, and then padded like the share of `paths`, so that no outcome is held less likely than a simulation could tell.

        Simulated where the barrier is so many times the smallest volatility that the quadrature would not pay.
        """
        today = self.filtered(sample.returns)[-1]
        if not np.isfinite(today).all():
            raise FitError(f"{sample.market}: regime probabilities of {today}")
        law, barriers = ChainLaw(today, self.transitions, self.means, self.vols), sample.barriers[-1]
        if node_count(law, float(barriers.max())) > MAX_NODES:
            return first_passage(law, barriers, sample.horizons, key=key, paths=paths)
        return Chances.exact(shares(paths * exact_passage(law, barriers, sample.horizons)))


@options
class RegimePaths:
    """Markov switching with `regimes` states, of the target market's returns.

    Priors, in sessions' worth of evidence, keep a regime that hardly occurs from collapsing: each mean is drawn to the
    sample mean by `mean_prior`, each volatility to the sample's by `vol_prior`, the chain to staying by `stay_prior`.
    """

    fitted: ClassVar = Chain
    regimes: Annotated[int, Field(strict=True, ge=1, le=6)] = 3
    mean_prior: Annotated[float, Field(strict=True, ge=0)] = 252.0
    vol_prior: Annotated[float, Field(strict=True, ge=0)] = 5.0
    stay_prior: Annotated[float, Field(strict=True, ge=0)] = 5.0

    def fit(self, samples: Sequence[Sample]) -> Chain:
        """Maximum a posteriori; notes say what a fit that fails gave way to."""
        chain = fitted_chain(usable_returns(samples[0]), self.regimes, ChainPrior(self.mean_prior, self.vol_prior, self.stay_prior))
        return replace(chain, notes=tuple(f"regime: {note}" for note in chain.notes))


def fitted_chain(returns: Float, regimes: int, prior: ChainPrior) -> Chain:
    """The chain of `returns` (n,)."""
    model = MarkovSwitching(regimes, prior=prior).refit(returns)
    return Chain(means=model.law_.means, vols=model.law_.vols, transitions=model.law_.transitions, notes=tuple(model.warnings_))
