"""Drift of an index: its mean return, drawn to what stock indices are taken to earn."""

from features.panel.volatility import SESSIONS_A_YEAR
from forecast.engines.arrays import Float

PREMIUM = 0.06 / SESSIONS_A_YEAR  # log drift of a session that stock indices are taken to have
PREMIUM_YEARS = 20.0  # of returns that the premium is worth: with a volatility of 0.2 a year, the standard error of such a mean is 0.045


def premium_drift(returns: Float) -> tuple[float, float]:
    """Drift of a session, and its standard error, from log returns (n,)."""
    prior = PREMIUM_YEARS * SESSIONS_A_YEAR
    sessions = len(returns) + prior
    return float(returns.sum() + PREMIUM * prior) / sessions, float(returns.std()) / sessions**0.5
