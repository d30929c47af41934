"""Economic value of a forecast to whoever may protect at a cost against a loss."""

import numpy as np

from forecast.backtest.verification.murphy import elementary_scores
from forecast.engines.arrays import Float


def economic_value(probabilities: Float, happened: Float, ratios: Float) -> Float:
    """Share of what a perfect forecast saves that this one saves, by the ratio of cost to loss.

    Protection costs C and averts a loss L; who believes the forecast protects where the probability is above C/L. Saved is against the
    better of protecting always and never, which needs no forecast.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n,)
        Of the event, 0 to 1; NaN gives NaN.
    happened : numpy.ndarray of float of shape (n,)
        1 where the event came, else 0.
    ratios : numpy.ndarray of shape (m,)
        C/L, above 0 and below 1.

    Returns
    -------
    numpy.ndarray of shape (m,)
        1 for a perfect forecast, 0 for one that saves nothing, below 0 for one that costs more than it saves; NaN without rows and
        where the event always or never came.

    Raises
    ------
    ValueError
        For a ratio that is not above 0 and below 1.

    References
    ----------
    Richardson (2000), Skill and relative economic value of the ECMWF ensemble prediction system, Q. J. R. Meteorol. Soc. 126, eq. 8.
    """
    share = happened.mean() if len(happened) else np.nan
    if not 0 < share < 1:
        return np.full(len(ratios), np.nan)
    perfect = np.minimum(ratios * (1 - share), share * (1 - ratios))
    return np.asarray(gain_over_habit(probabilities, happened, ratios).mean(axis=0) / perfect)


def gain_over_habit(probabilities: Float, happened: Float, ratios: Float) -> Float:
    """What each row saves against the better habit of protecting always or never.

    Parameters
    ----------
    probabilities, happened, ratios : numpy.ndarray
        As `economic_value`.

    Returns
    -------
    numpy.ndarray of shape (n, m)
        In units of the loss; its mean over the rows is the value times what a perfect forecast saves.
    """
    habit = np.full(len(happened), happened.mean())
    return elementary_scores(habit, happened, ratios) - elementary_scores(probabilities, happened, ratios)
