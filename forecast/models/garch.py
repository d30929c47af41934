"""GARCH paths: arch fits a GJR-GARCH(1,1) with skewed t, our kernel filters and simulates it."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from forecast.arrays import Float
from forecast.component import options, state
from forecast.models.filtered import FilteredPaths, filtered_paths, usable_returns
from forecast.sample import Sample

PERCENT = 100.0  # arch's optimiser wants returns in percent


@state
class FittedGarch:
    """Paths by market."""

    markets: dict[str, FilteredPaths]
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        return self.markets[sample.market].predict(sample, key=key, paths=paths)


@options
class Garch:
    """GJR-GARCH of the returns about their sample mean.

    The drift is the sample mean and not the model's: with a symmetric law, its estimate overstates continuation.
    """

    fitted: ClassVar = FittedGarch
    simulates: ClassVar = True
    asymmetry: Literal["gjr", "none"] = "gjr"
    dist: Literal["normal", "t", "skewt"] = "skewt"

    def fit(self, samples: Sequence[Sample]) -> FittedGarch:
        fits = {sample.market: self._paths(sample) for sample in samples}
        notes = tuple(f"{market}: garch: no convergence, last parameters kept" for market, (_, good) in fits.items() if not good)
        return FittedGarch(markets={market: paths for market, (paths, _) in fits.items()}, notes=notes)

    def _paths(self, sample: Sample) -> tuple[FilteredPaths, bool]:
        from arch import arch_model

        returns = usable_returns(sample)
        drift = float(returns.mean())
        shocks = (returns - drift) * PERCENT
        model = arch_model(shocks, mean="Zero", vol="GARCH", p=1, o=int(self.asymmetry == "gjr"), q=1, dist=self.dist, rescale=False)
        fit = model.fit(disp="off", show_warning=False)
        found = fit.params
        omega, alpha, gamma, beta = (float(found.get(name, 0.0)) for name in ("omega", "alpha[1]", "gamma[1]", "beta[1]"))
        before = float(model.volatility.backcast(shocks))  # arch's stand-in for the squared shock and variance before the first
        paths = filtered_paths(
            returns,
            drift=drift,
            omega=omega / PERCENT**2,
            alpha=alpha,
            gamma=gamma,
            beta=beta,
            first=(omega + (alpha + gamma / 2 + beta) * before) / PERCENT**2,
        )
        return paths, fit.convergence_flag == 0
