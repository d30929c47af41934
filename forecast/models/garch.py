"""GARCH paths: arch fits a GJR-GARCH(1,1) with skewed t, our kernel filters and simulates it."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from forecast.component import options
from forecast.models.filtered import FilteredPaths, Law, filtered_paths, usable_returns
from forecast.sample import Sample

PERCENT = 100.0  # arch's optimiser wants returns in percent


@options
class Garch:
    """GJR-GARCH of the returns about their sample mean.

    The drift is the sample mean and not the model's: with a symmetric law, its estimate overstates continuation.
    """

    fitted: ClassVar = FilteredPaths
    asymmetry: Literal["gjr", "none"] = "gjr"
    dist: Literal["normal", "t", "skewt"] = "skewt"

    def fit(self, samples: Sequence[Sample]) -> FilteredPaths:
        """Maximum likelihood on the target market's returns; without convergence the last parameters are kept, and noted."""
        from arch import arch_model

        returns = usable_returns(samples[0])
        drift = float(returns.mean())
        shocks = (returns - drift) * PERCENT
        model = arch_model(shocks, mean="Zero", vol="GARCH", p=1, o=int(self.asymmetry == "gjr"), q=1, dist=self.dist, rescale=False)
        fit = model.fit(disp="off", show_warning=False)
        names = ("omega", "alpha[1]", "gamma[1]", "beta[1]")
        omega, alpha, gamma, beta = (float(fit.params.get(name, 0.0)) for name in names)
        before = float(model.volatility.backcast(shocks))  # arch's stand-in for the squared shock and variance before the first
        first = omega + (alpha + gamma / 2 + beta) * before
        law = Law(omega / PERCENT**2, alpha, gamma, beta, first / PERCENT**2)
        converged = fit.convergence_flag == 0
        return filtered_paths(returns, drift, law, notes=() if converged else ("garch: no convergence, the last parameters are kept",))
