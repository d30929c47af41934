"""Fits that later ones start from: of what was known when a span of years began, so that refits are quick and none depends on another."""

from functools import lru_cache
from typing import Any

import numpy as np

from forecast.engines.garch.msgarch import MSGarch
from forecast.target.sample import Sample, samples_as_of

SPAN = 5  # calendar years: the optimum of so many years ago is a few steps away, and a fit without one costs as much as four with
LEAST = 1260  # returns, five years, below which a fit from nowhere is as quick


def starting_fit(model: MSGarch, sample: Sample) -> MSGarch | None:
    """The same estimator, fitted on the returns published when the span of the sample's last session began.

    None where these are few, where that fit fell back, or for an estimator with a prior, which is for few returns.
    """
    options = model.get_params()
    if options.get("prior") is not None:
        return None
    year = int(str(sample.sessions[-1].astype("datetime64[Y]")))
    eve = np.datetime64(f"{year - year % SPAN:04d}-01-01") - np.timedelta64(1, "D")
    before = samples_as_of([sample], eve)
    if not before or len(before[0].returns) < LEAST:
        return None
    estimator: Any = type(model)
    start = _fitted(estimator, tuple(options.items()), before[0].returns.tobytes())
    return None if start.fallback_ is not None else start


@lru_cache(maxsize=8)  # the refits of a span share it
def _fitted(estimator: Any, options: tuple[tuple[str, Any], ...], returns: bytes) -> MSGarch:
    model: MSGarch = estimator(**dict(options))
    return model.refit(np.frombuffer(returns))
