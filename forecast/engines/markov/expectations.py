"""Expectations of EM and of the score for a constant chain without autoregression."""

from forecast.engines.arrays import Float
from forecast.engines.kernels.forward_backward import smooth_chain
from forecast.engines.kernels.plain_regimes import regime_moments, scaled_densities


def expectations(
    returns: Float, means: Float, vols: Float, transitions: Float, initial: Float, nu: float, work: Float
) -> tuple[float, Float, Float, Float]:
    """Log-likelihood of `returns` (n,), and expectations; work is (5, k, n). Arguments as in `kernels.plain_regimes`; initial (k,).

    Returns the log-likelihood; MOMENTS of each regime (k, 5), weighted by its smoothed probabilities; the expected count of each
    transition (k, k); and the smoothed probabilities of the first session (k,).
    """
    tops = scaled_densities(returns, means, vols, nu, work[0], work[1])
    loglik, crossings = smooth_chain(work[1:], transitions, initial)
    moments = regime_moments(returns, means, vols, nu, work[4], work[0])
    return loglik + tops, moments, crossings, work[4, :, 0].copy()  # one layout, for which kernels are compiled once
