"""GARCH paths: a GARCH or GJR fitted by `engines.Garch`, simulated with resampled residuals."""

from collections.abc import Sequence
from functools import lru_cache
from typing import ClassVar, Literal

from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.models.component import FitError, options
from forecast.models.estimation_sample import estimation_sample
from forecast.models.garch_paths import FilteredPaths, Recursion, drawn_drifts, filtered_paths, other_normals, usable_returns
from forecast.models.garch_prior import Prior, panel_prior
from forecast.models.sample_key import SamplesKey
from forecast.target.sample import Sample


@options
class GarchPaths:
    """GJR-GARCH of the target market's returns about their mean.

    While the returns are few, fits of other markets give the prior.
    drift : "sample", the mean, or "shrunk" towards zero. Not the model's own: with a symmetric law its estimate overstates continuation.
    """

    fitted: ClassVar = FilteredPaths
    kind: ClassVar = "recursion"
    variance: Literal["gjr", "garch"] = "gjr"
    dist: Literal["normal", "t", "skewt"] = "skewt"
    drift: Literal["sample", "shrunk", "zero"] = "sample"

    def fit(self, samples: Sequence[Sample]) -> FilteredPaths:
        """Maximum likelihood; FitError where it has none."""
        own = estimation_sample(samples[0])
        prior = self._prior([own, *samples[1:]])
        return _fitted(self, SamplesKey([own]), None if prior is None else tuple(prior.items()))

    def _prior(self, samples: Sequence[Sample]) -> Prior | None:
        """That of other markets, which are fitted with this model only."""
        return panel_prior(samples) if (self.variance, self.dist) == ("gjr", "skewt") else None


@lru_cache(maxsize=4)  # the refits on one part of a history share it
def _fitted(component: GarchPaths, own: SamplesKey, prior: tuple[tuple[str, tuple[float, float]], ...] | None) -> FilteredPaths:
    from forecast.engines.garch.garch import Garch
    from forecast.models.starting_fit import starting_fit

    sample = own.samples[0]
    returns = usable_returns(sample)
    model = Garch(variance=component.variance, dist=component.dist, drift=component.drift, prior=None if prior is None else dict(prior))
    model = model.refit(returns, starting_fit(model, sample))
    if model.fallback_ is not None:
        raise FitError(f"{sample.market}: {'; '.join(model.warnings_)}")
    law = model.law_
    drifts = drawn_drifts(returns, law.drift, model.drift_share(len(returns))).tolist()
    others = model.draw_laws(other_normals(len(model.params_)))
    drawn = [(drift, _recursion(other)) for drift, other in zip(drifts, others, strict=False)]
    return filtered_paths(returns, law.drift, _recursion(law), drawn)


def _recursion(law: MSGarchLaw) -> Recursion:
    omega, alpha, gamma, beta = law.coefficients[0].tolist()
    return Recursion(omega, alpha, gamma, beta, float(law.first[0]))
