"""Prior of GARCH parameters from the fits of other markets, for a market whose own returns are few."""

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from forecast.engines.arrays import Float
from forecast.target.sample import Sample, samples_as_of

SHORT = 2520  # returns, ten years: below them the prior is used
LONG = 5040  # of each other market's last returns, twenty years, which are fitted
LEAST_MARKETS = 3
LOOSEST = {"alpha": 0.03, "gamma": 0.06, "beta": 0.04, "nu": 3.0, "lambda": 0.10}
"""Least standard deviations: markets that move together agree more closely than the next one need agree with them."""

Prior = Mapping[str, tuple[float, float]]


def panel_prior(samples: Sequence[Sample]) -> Prior | None:
    """Normal priors by the name of a parameter for the first of `samples`; None where it has SHORT returns of its own.

    Mean and standard deviation of the maximum-likelihood estimates of the other markets that have SHORT returns, as published when
    the year began; LONG_RUN where fewer than LEAST_MARKETS have.
    """
    target = samples[0]
    if len(target.returns) >= SHORT:
        return None
    eve = target.sessions[-1].astype("datetime64[Y]").astype("datetime64[D]") - np.timedelta64(1, "D")
    others = [sample.returns[-LONG:] for sample in samples_as_of(samples[1:], eve) if len(sample.returns) >= SHORT]
    fits = [fit for returns in others if (fit := _estimates(returns.tobytes())) is not None]
    if len(fits) < LEAST_MARKETS:
        from forecast.engines.garch.garch import LONG_RUN

        return LONG_RUN
    table = np.array(fits)
    means, spreads = table.mean(axis=0), table.std(axis=0, ddof=1)
    return {name: (float(mean), max(float(spread), LOOSEST[name])) for name, mean, spread in zip(LOOSEST, means, spreads, strict=True)}


@lru_cache(maxsize=64)  # the refits of a year share them
def _estimates(returns: bytes) -> tuple[float, ...] | None:
    """In the order of LOOSEST; None for a fit that fell back."""
    from forecast.engines.garch.garch import Garch

    series: Float = np.frombuffer(returns)
    model = Garch(variance="gjr", dist="skewt", drift="sample").refit(series)
    if model.fallback_ is not None:
        return None
    law = model.law_
    _, alpha, gamma, beta = law.coefficients[0].tolist()
    return alpha, gamma, beta, float(law.nu[0]), float(law.skew[0])
