"""Markov-switching GARCH paths: regimes that each run their own GJR recursion, simulated with their fitted innovations."""

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from forecast.engines.arrays import Float, FloatState
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.kernels.variance_recursions import GARCH
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.passage.parameter_draws import RECENT
from forecast.models.component import FitError, options, refuse_drawn, refuse_improper, refuse_shapes, state
from forecast.models.estimation_sample import on_estimation_sample
from forecast.models.garch_paths import drawn_drifts, other_normals, usable_returns
from forecast.models.path_simulation import AutocorrelatedPaths
from forecast.target.sample import Sample

MOST_REGIMES = 4
SHAPES = ("nu", "lambda")


@state
class SwitchingRecursions(AutocorrelatedPaths):
    """A Markov-switching GARCH, ordered by volatility; log returns, a session's unit.

    Parameters
    ----------
    coefficients : numpy.ndarray of shape (k, 4)
        Each regime's omega, alpha, gamma, beta.
    nu, skew : numpy.ndarray of shape (k,)
        Shape of the innovations; nu = 0 for normal ones.
    transitions : numpy.ndarray of shape (k, k)
        From the regime of the row.
    first : numpy.ndarray of shape (k,)
        Variances of the first session.
    drawn : tuple of SwitchingRecursions
        The same law at other parameters, as likely.
    """

    coefficients: FloatState
    nu: FloatState
    skew: FloatState
    transitions: FloatState
    drift: float
    first: FloatState
    drawn: tuple["SwitchingRecursions", ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        k = self.nu.size
        if not 1 <= k <= MOST_REGIMES:
            raise ValueError(f"nu must be of 1 to {MOST_REGIMES} regimes, got {k}")
        refuse_shapes(
            coefficients=(self.coefficients, (k, 4)),
            nu=(self.nu, (k,)),
            skew=(self.skew, (k,)),
            transitions=(self.transitions, (k, k)),
            first=(self.first, (k,)),
        )
        refuse_improper("transitions", self.transitions)
        refuse_drawn(len(self.drawn))
        if not (((self.nu == 0) | (self.nu > 2)).all() and (np.abs(self.skew) < 1).all()):
            raise ValueError(f"nu must be 0 or > 2 and skew between -1 and 1, got {self.nu.tolist()} and {self.skew.tolist()}")

    @cached_property
    def law(self) -> MSGarchLaw:
        """The law that these numbers are."""
        return MSGarchLaw(
            kinds=np.full(len(self.nu), GARCH),
            coefficients=self.coefficients,
            nu=np.where(self.nu > 0, self.nu, np.inf),
            skew=self.skew,
            transitions=self.transitions,
            drift=self.drift,
            ar=0.0,
            first=self.first,
            scored=1,
        )

    def ahead(self, returns: Float) -> MSGarchPathLaw:
        """The law of the sessions after `returns` (n,)."""
        return self.law.ahead(returns)

    def uncorrelated_law(self, sample: Sample) -> MSGarchPathLaw:
        """The law at the estimates."""
        return self.ahead(sample.returns)

    def uncorrelated_laws(self, sample: Sample) -> list[MSGarchPathLaw]:
        """At the drawn parameters."""
        return [law.ahead(sample.returns[-RECENT:]) for law in self.drawn]


@options
class MSGarchPaths:
    """Markov-switching GJR or GARCH of the target market's returns about their mean, the innovations' shape common to the regimes."""

    fitted: ClassVar = SwitchingRecursions
    kind: ClassVar = "recursion"
    regimes: Annotated[int, Field(strict=True, ge=1, le=MOST_REGIMES)] = 2
    variance: Literal["gjr", "garch"] = "gjr"
    dist: Literal["normal", "t", "skewt"] = "skewt"
    drift: Literal["sample", "shrunk", "zero"] = "sample"
    starts: Annotated[int, Field(strict=True, ge=1, le=100)] = 3

    @on_estimation_sample
    def fit(self, samples: Sequence[Sample]) -> SwitchingRecursions:
        """Maximum likelihood; one regime, noted, where more cannot be fitted, and FitError where that cannot either."""
        from forecast.engines.garch.msgarch import MSGarch
        from forecast.models.starting_fit import starting_fit

        returns = usable_returns(samples[0])
        model = MSGarch(self.regimes, variance=self.variance, dist=self.dist, shared=SHAPES, drift=self.drift, n_starts=self.starts)
        model = model.refit(returns, starting_fit(model, samples[0]))
        if model.fallback_ == "sample moments":
            raise FitError(f"{samples[0].market}: {'; '.join(model.warnings_)}")
        drifts = drawn_drifts(returns, model.law_.drift, model.drift_share(len(returns))).tolist()
        drawn = zip(drifts, model.draw_laws(other_normals(len(model.params_))), strict=False)
        return _recursions(
            model.law_,
            drawn=tuple(_recursions(replace(law, drift=drift)) for drift, law in drawn),
            notes=tuple(f"msgarch: {text}" for text in model.warnings_ if text not in model.bounds_),
        )


def _recursions(law: MSGarchLaw, drawn: tuple[SwitchingRecursions, ...] = (), notes: tuple[str, ...] = ()) -> SwitchingRecursions:
    return SwitchingRecursions(
        coefficients=law.coefficients,
        nu=np.where(np.isinf(law.nu), 0.0, law.nu),
        skew=law.skew,
        transitions=law.transitions,
        drift=law.drift,
        first=law.first,
        drawn=drawn,
        notes=notes,
    )
