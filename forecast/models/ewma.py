"""EWMA paths: exponentially weighted variance that goes on along each path, residuals resampled."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from pydantic import Field

from forecast.arrays import Float
from forecast.component import options, state
from forecast.models.filtered import FilteredPaths, filtered_paths, usable_returns
from forecast.sample import Sample

START = 60  # sessions whose mean square starts the recursion


@state
class FittedEwma:
    """Paths by market."""

    markets: dict[str, FilteredPaths]
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        return self.markets[sample.market].predict(sample, key=key, paths=paths)


@options
class Ewma:
    """h' = decay h + (1 - decay) e^2; 0.97 is RiskMetrics' choice for horizons of a month (Technical Document 1996, 5.3)."""

    fitted: ClassVar = FittedEwma
    simulates: ClassVar = True
    decay: Annotated[float, Field(gt=0, lt=1)] = 0.97

    def fit(self, samples: Sequence[Sample]) -> FittedEwma:
        return FittedEwma(markets={sample.market: self._paths(sample) for sample in samples})

    def _paths(self, sample: Sample) -> FilteredPaths:
        returns = usable_returns(sample)
        drift = float(returns.mean())
        first = float(((returns - drift)[:START] ** 2).mean())
        return filtered_paths(returns, drift=drift, omega=0.0, alpha=1 - self.decay, gamma=0.0, beta=self.decay, first=first)
