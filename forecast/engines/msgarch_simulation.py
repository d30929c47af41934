"""What a Markov-switching GARCH says of the sessions after the last: paths, and exact variances."""

import numpy as np

from forecast.arrays import Float
from forecast.engines.history import History
from forecast.engines.innovations import below_zero
from forecast.engines.msgarch_law import MSGarchLaw
from forecast.kernels.msgarch import GARCH
from forecast.laws import SwitchingGarchLaw


def law_ahead(law: MSGarchLaw, history: History) -> SwitchingGarchLaw:
    """The law of the sessions after the last of `history`."""
    return SwitchingGarchLaw(
        opening=history.predicted[-1],
        transitions=law.transitions,
        kinds=law.kinds,
        coefficients=law.coefficients,
        shapes=law.shapes,
        states=law.states(history.returns)[-1],
        drift=law.drift,
        ar=law.ar,
        deviation=float(np.nan_to_num(history.returns[-1] - law.drift)),
    )


def variance_ahead(law: MSGarchLaw, history: History, sessions: int) -> Float:
    """Variance of each next session's shock, (sessions,).

    M[k, j] = E[h_k 1{regime is j}] moves linearly, for a shock of regime j has variance h_j.
    Source: Haas, Mittnik and Paolella (2004), section 2.2.
    """
    if (law.kinds != GARCH).any():
        raise ValueError("exact variances need a recursion that is linear in squared shocks: garch or gjr")
    below = np.array([below_zero(nu, skew) for nu, skew in zip(law.nu, law.skew, strict=True)])
    omega, alpha, gamma, beta = law.coefficients.T
    regimes = history.predicted[-1]
    moments = np.outer(law.states(history.returns)[-1], regimes)
    out = np.empty(sessions)
    for session in range(sessions):
        own = np.diag(moments)
        out[session] = own.sum()
        shocked = np.outer(omega, regimes) + (alpha[:, None] + np.outer(gamma, below)) * own + beta[:, None] * moments
        moments, regimes = shocked @ law.transitions, regimes @ law.transitions
    return out
