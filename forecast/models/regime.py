"""Regimes: Gaussian Markov switching of mean and variance; first passage through the chain is exact."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, ClassVar

import numpy as np
from pydantic import Field

from forecast.engines.arrays import Float, FloatState
from forecast.engines.markov.markov_law import MarkovLaw, MarkovPrior
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.exact_passage import MAX_NODES, exact_passage, fall_node_count, node_count
from forecast.engines.passage.parameter_draws import RECENT, standard_normals
from forecast.engines.probabilities import Prediction, shares
from forecast.models.component import FitError, options, refuse_drawn, refuse_improper, refuse_shapes, state
from forecast.models.estimation_sample import on_estimation_sample
from forecast.models.garch_paths import usable_returns
from forecast.models.path_simulation import PathSimulation
from forecast.target.sample import Sample

if TYPE_CHECKING:
    from forecast.engines.markov.markov_switching import MarkovSwitching

MOST_REGIMES = 6


@state
class RegimeChain(PathSimulation):
    """A Markov chain of Gaussian regimes, ordered by volatility; log returns, a session's unit. transitions (k, k), row = from.

    Parameters
    ----------
    drawn : tuple of RegimeChain
        The same chain at other parameters, as likely.
    """

    means: FloatState
    vols: FloatState
    transitions: FloatState
    drawn: tuple["RegimeChain", ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        k = self.means.size
        if not 1 <= k <= MOST_REGIMES:
            raise ValueError(f"means must be of 1 to {MOST_REGIMES} regimes, got {k}")
        refuse_shapes(means=(self.means, (k,)), vols=(self.vols, (k,)), transitions=(self.transitions, (k, k)))
        refuse_improper("transitions", self.transitions)
        refuse_drawn(len(self.drawn))
        if not (self.vols > 0).all():
            raise ValueError(f"vols must be > 0, got {self.vols.tolist()}")

    def filtered(self, returns: Float) -> Float:
        """Regime probabilities at each return given the returns up to it, (n, k)."""
        return self.law.filtered(returns)

    @cached_property
    def law(self) -> MarkovLaw:
        """The law that these numbers are."""
        return MarkovLaw(self.means, self.vols, np.empty(0), np.inf, self.transitions)

    def ahead(self, returns: Float) -> MarkovPathLaw:
        """The sessions after `returns` (n,)."""
        today = self.filtered(returns)[-1]
        if not np.isfinite(today).all():
            raise FitError(f"regime probabilities of {today}")
        return MarkovPathLaw(today, self.transitions, self.means, self.vols)

    def sessions_ahead(self, sample: Sample) -> MarkovPathLaw:
        """The law at the estimates."""
        return self.ahead(sample.returns)

    def drawn_laws(self, sample: Sample) -> list[MarkovPathLaw]:
        """At the drawn parameters; simulated, since only the differences between chains count."""
        return [chain.ahead(sample.returns[-RECENT:]) for chain in self.drawn]

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """Exact, and then padded like the share of `paths`, so that no outcome is less likely than a simulation could resolve.

        Simulated where the barrier is so many times the smallest volatility that quadrature takes longer.
        """
        law, barriers, horizons, falls = self.ahead(sample.returns), sample.barriers[-1], sample.horizons, sample.falls
        far = node_count(law, float(barriers[~falls].max(initial=0.0))) > MAX_NODES
        wild = falls.any() and fall_node_count(law, int(horizons[falls].max())) > MAX_NODES
        by_quadrature = np.where(falls, not wild, not far)
        if not by_quadrature.any():
            return super().predict(sample, key=key, paths=paths)
        chosen = barriers[by_quadrature], horizons[by_quadrature], falls[by_quadrature]
        padded = shares(paths * exact_passage(law, *chosen), sample.possible[by_quadrature])
        if by_quadrature.all():
            return Prediction.exact(padded)
        simulated = super().predict(sample, key=key, paths=paths)
        simulated.probabilities[by_quadrature], simulated.errors[by_quadrature] = padded, 0.0
        return simulated


@options
class RegimePaths:
    """Markov switching with `regimes` states, of the target market's returns.

    Priors, in sessions' worth of evidence, keep a regime that hardly occurs from collapsing: each mean is drawn to the
    sample mean by `mean_prior`, each volatility to the sample's by `vol_prior`, the chain to staying by `stay_prior`.
    """

    fitted: ClassVar = RegimeChain
    kind: ClassVar = "chain"
    regimes: Annotated[int, Field(strict=True, ge=1, le=MOST_REGIMES)] = 3
    mean_prior: Annotated[float, Field(strict=True, ge=0)] = 252.0
    vol_prior: Annotated[float, Field(strict=True, ge=0)] = 5.0
    stay_prior: Annotated[float, Field(strict=True, ge=0)] = 5.0

    @on_estimation_sample
    def fit(self, samples: Sequence[Sample]) -> RegimeChain:
        """Maximum a posteriori; notes name the fallback of a fit that fails."""
        model = _model(usable_returns(samples[0]), self.regimes, MarkovPrior(self.mean_prior, self.vol_prior, self.stay_prior))
        drawn = tuple(_chain(law) for law in model.draw_laws(standard_normals(len(model.params_))))
        return replace(_chain(model.law_), drawn=drawn, notes=tuple(f"regime: {note}" for note in _notes(model)))


def fitted_chain(returns: Float, regimes: int, prior: MarkovPrior) -> RegimeChain:
    """The chain of `returns` (n,), at the estimates only."""
    model = _model(returns, regimes, prior)
    return replace(_chain(model.law_), notes=_notes(model))


def _model(returns: Float, regimes: int, prior: MarkovPrior) -> "MarkovSwitching":
    from forecast.engines.markov.markov_switching import MarkovSwitching

    return MarkovSwitching(regimes, prior=prior).refit(returns)


def _notes(model: "MarkovSwitching") -> tuple[str, ...]:
    """What a reader of a run should know; not that a chain never moves from one of its regimes to another."""
    return tuple(text for text in model.warnings_ if text not in model.bounds_ or text.startswith("sigma"))


def _chain(law: MarkovLaw) -> RegimeChain:
    return RegimeChain(means=law.means, vols=law.vols, transitions=law.transitions)
