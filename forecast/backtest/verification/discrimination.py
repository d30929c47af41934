"""Discrimination: whether an event had higher probabilities where it came; and sharpness, how concentrated forecasts are."""

from dataclasses import dataclass

import numpy as np
from scipy.special import xlogy
from scipy.stats import rankdata

from forecast.engines.arrays import Float


def auc(probabilities: Float, happened: Float) -> float:
    """Area under the ROC curve: how often a row where the event came had the higher probability than one where it did not.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n,)
        Of the event.
    happened : numpy.ndarray of float of shape (n,)
        1 where the event came, else 0.

    Returns
    -------
    float
        Share of such pairs, ties counting half; NaN where the event always or never came.

    References
    ----------
    Hanley and McNeil (1982), The meaning and use of the area under a receiver operating characteristic (ROC) curve, Radiology 143.
    """
    came = happened > 0.5
    ones, zeros = int(came.sum()), int((~came).sum())
    if not ones or not zeros:
        return np.nan
    return float((rankdata(probabilities)[came].sum() - ones * (ones + 1) / 2) / (ones * zeros))


@dataclass(frozen=True)
class Sharpness:
    """How concentrated forecasts are, whatever happened; NaN without rows.

    Parameters
    ----------
    top : float
        Mean of each row's largest probability.
    variance : float
        Variance of the probabilities over the rows, summed over the outcomes.
    entropy : float
        Mean over the rows, in nats; at most log 3.
    """

    top: float
    variance: float
    entropy: float


def sharpness(probabilities: Float) -> Sharpness:
    """Sharpness of forecasts.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n, 3)
        Of each outcome; rows sum to 1.

    Returns
    -------
    Sharpness

    References
    ----------
    Gneiting, Balabdaoui and Raftery (2007), Probabilistic forecasts, calibration and sharpness, J. R. Stat. Soc. B 69.
    """
    if not len(probabilities):
        return Sharpness(np.nan, np.nan, np.nan)
    return Sharpness(
        top=float(probabilities.max(axis=1).mean()),
        variance=float(probabilities.var(axis=0).sum()),
        entropy=float(-xlogy(probabilities, probabilities).sum(axis=1).mean()),
    )
