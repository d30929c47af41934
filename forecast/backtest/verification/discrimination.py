"""Discrimination: whether an outcome was given more where it came; and sharpness, how far forecasts go out on a limb."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

from forecast.engines.arrays import Float


def auc(probabilities: Float, happened: Float) -> float:
    """Share of the pairs of a row where the event came and one where it did not in which the former was given more; ties half.

    probabilities, happened : (n,), the latter of 0 and 1. NaN where the event always or never came. The area under the ROC
    curve. Source: Hanley and McNeil (1982).
    """
    came = happened > 0.5
    ones, zeros = int(came.sum()), int((~came).sum())
    if not ones or not zeros:
        return np.nan
    return float((rankdata(probabilities)[came].sum() - ones * (ones + 1) / 2) / (ones * zeros))


@dataclass(frozen=True)
class Sharpness:
    """top : mean of each row's largest probability.   variance : of the probabilities about their means, summed over the outcomes.
    entropy : mean over the rows, in nats; at most log 3. NaN without rows."""

    top: float
    variance: float
    entropy: float


def sharpness(probabilities: Float) -> Sharpness:
    """How sharp forecasts (n, 3) are, whatever happened. Source: Gneiting, Balabdaoui and Raftery (2007)."""
    if not len(probabilities):
        return Sharpness(np.nan, np.nan, np.nan)
    return Sharpness(
        top=float(probabilities.max(axis=1).mean()),
        variance=float(probabilities.var(axis=0).sum()),
        entropy=float(-xlogy(probabilities, probabilities).sum(axis=1).mean()),
    )
