"""EWMA paths: exponentially weighted variance that goes on along each path, residuals resampled."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from forecast.models.component import options
from forecast.models.estimation_sample import on_estimation_sample
from forecast.models.garch_paths import FilteredPaths, Recursion, drawn_drifts, filtered_paths, usable_returns
from forecast.target.sample import Sample

START = 60  # sessions whose mean square starts the recursion


@options
class EwmaPaths:
    """h' = decay h + (1 - decay) e^2; 0.97 is RiskMetrics' choice for horizons of a month (Technical Document 1996, 5.3)."""

    fitted: ClassVar = FilteredPaths
    kind: ClassVar = "recursion"
    decay: Annotated[float, Field(strict=True, gt=0, lt=1)] = 0.97

    @on_estimation_sample
    def fit(self, samples: Sequence[Sample]) -> FilteredPaths:
        """The recursion has nothing to fit; the drift is the sample mean, the residuals are those of the target market."""
        returns = usable_returns(samples[0])
        drift = float(returns.mean())
        first = float(((returns - drift)[:START] ** 2).mean())
        recursion = Recursion(omega=0.0, alpha=1 - self.decay, gamma=0.0, beta=self.decay, first=first)
        return filtered_paths(returns, drift, recursion, [(other, recursion) for other in drawn_drifts(returns, drift).tolist()])
