"""EM for a constant chain of regimes without autoregression, squared (SQUAREM; Varadhan and Roland 2008)."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.kernels.em import leap, maximisation
from forecast.engines.markov.expectations import expectations
from forecast.engines.workspace import workspace


def em(
    returns: Float,
    start: Float,
    nu: float,
    pooled: tuple[bool, bool],
    prior: tuple[float, float, float],
    sample: tuple[float, float],
    floor: float,
    iterations: int,
    tolerance: float,
) -> tuple[Float, float]:
    """EM with fixed nu from the point `start`, each two steps followed by an extrapolation (SQUAREM, step length S3).

    Returns a point, and the log-likelihood before the last step. An extrapolation that ends lower than the steps did is undone, so that the
    penalised log-likelihood never falls from one round to the next. Points, `pooled`, `prior`, `sample` and `floor` are as in `kernels.em`.
    Ends after `iterations` steps, or when a round gains less than `tolerance`.
    """
    k, work = start.shape[1], workspace(5, start.shape[1], len(returns))
    here = first = second = start
    before, least, loglik = -np.inf, 0.0, 0.0
    for step in range((iterations + 2) // 3 * 3):
        phase = step % 3
        origin = here if phase == 0 else first if phase == 1 else leap(here, first, second, sample[1], floor)
        value, *expected = expectations(returns, origin[0], origin[1], origin[2 : k + 2], origin[k + 2], nu, work)
        point, log_prior = maximisation(origin, *expected, pooled, prior, sample, floor)
        penalised = value + log_prior
        if phase == 0:
            first, loglik = point, value
            if penalised - before < tolerance:
                return first, loglik
            before = penalised
        elif phase == 1:
            second, loglik, least = point, value, penalised
        elif penalised >= least:
            here, loglik = point, value
        else:
            here = second
    return here, loglik
