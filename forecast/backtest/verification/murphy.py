"""Murphy diagram: which of two forecasts is better whatever the loss, by the elementary scores that all proper scores are made of."""

import numpy as np

from forecast.engines.arrays import Float


def elementary_scores(probabilities: Float, happened: Float, thresholds: Float) -> Float:
    """What whoever acts where the probability is above a threshold has lost by each forecast.

    Who acts at odds above `threshold` pays that share of the loss for protection; so an event that did not come costs the threshold where
    it was acted on, and one that came costs one less the threshold where it was not. Twice the integral over the thresholds is the Brier
    score.

    Parameters
    ----------
    probabilities : numpy.ndarray of shape (n,)
        Of the event, 0 to 1; NaN gives NaN.
    happened : numpy.ndarray of float of shape (n,)
        1 where the event came, else 0.
    thresholds : numpy.ndarray of shape (m,)
        Above 0 and below 1.

    Returns
    -------
    numpy.ndarray of shape (n, m)
        0 to 1, the lower the better.

    Raises
    ------
    ValueError
        For a threshold that is not above 0 and below 1.

    References
    ----------
    Ehm, Gneiting, Jordan and Krueger (2016), Of quantiles and expectiles: consistent scoring functions, Choquet representations and
    forecast rankings, J. R. Stat. Soc. B 78, section 3.2: the mean of a binary event.
    """
    if not ((thresholds > 0) & (thresholds < 1)).all():
        raise ValueError(f"thresholds must be above 0 and below 1, got {thresholds.min():g} to {thresholds.max():g}")
    forecast, came = probabilities[:, None], happened[:, None] > 0.5
    acted = forecast > thresholds
    scores = np.where(came, np.where(acted, 0.0, 1.0 - thresholds), np.where(acted, thresholds, 0.0))
    return np.asarray(np.where(np.isnan(forecast), np.nan, scores))


def murphy_diagram(probabilities: Float, happened: Float, thresholds: Float) -> Float:
    """Mean elementary score over the thresholds.

    A forecast whose curve is below another's everywhere is better by every proper score.

    Parameters
    ----------
    probabilities, happened, thresholds : numpy.ndarray
        As `elementary_scores`.

    Returns
    -------
    numpy.ndarray of shape (m,)
        NaN without rows.

    References
    ----------
    Ehm, Gneiting, Jordan and Krueger (2016), section 4.
    """
    if not len(probabilities):
        return np.full(len(thresholds), np.nan)
    return np.asarray(elementary_scores(probabilities, happened, thresholds).mean(axis=0))
