"""Log-linear likelihood of classes."""

import numpy as np
from scipy.special import logsumexp

from forecast.engines.arrays import Float, Int
from forecast.engines.regression.newton import Loss


def log_linear_loss(offset: Float, terms: Float, codes: Int, cases: Float) -> Loss:
    """Minus the log-likelihood, for `newton.minimise`, of p_c proportional to exp(offset_c + sum_m at_m terms_mc).

    `offset` (n, c), `terms` (n, m, c), `codes` (n,) the observed classes, `cases` (n,) >= 0 the rows' weights. For any number of
    classes; `forecast.engines.kernels.pooling_losses` has the same for three classes and many questions at once.
    """
    happened = np.take_along_axis(terms, codes[:, None, None], axis=2)[..., 0]

    def one(at: Float) -> tuple[float, Float, Float]:
        scores = offset + np.einsum("m,nmc->nc", at, terms)
        total = logsumexp(scores, axis=1)
        p = np.exp(scores - total[:, None])
        mean = np.einsum("nc,nmc->nm", p, terms)
        apart = terms - mean[..., None]
        value = cases @ (total - np.take_along_axis(scores, codes[:, None], axis=1)[:, 0])
        return float(value), cases @ (mean - happened), np.einsum("n,nc,nmc,noc->mo", cases, p, apart, apart, optimize=True)

    def loss(at: Float) -> tuple[Float, Float, Float]:
        values, slopes, curves = zip(*(one(row) for row in at), strict=True)
        return np.array(values), np.stack(slopes), np.stack(curves)

    return loss
