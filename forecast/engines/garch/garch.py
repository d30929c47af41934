"""Garch: one regime; arch fits it, our likelihood confirms it, refits it warm, filters and simulates it."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_starts import plain_start

ARCH_ORDER = {"garch": (0, 2.0), "gjr": (1, 2.0), "tarch": (1, 1.0)}  # arch's o and power

# What GJR fits of daily stock indices usually give, as mean and standard deviation of normal priors: wide, so that some ten years
# outweigh it, and two do not.
LONG_RUN = {"alpha": (0.04, 0.03), "gamma": (0.08, 0.06), "beta": (0.90, 0.04), "nu": (8.0, 3.0), "lambda": (-0.05, 0.10)}


class Garch(MSGarch):
    """GARCH(1,1), GJR, TARCH or EGARCH: `MSGarch` with one regime, started from the fit of the arch package.

    With start="backcast", no prior and no autoregression, the likelihood is arch's. prior=`LONG_RUN` of this file draws a GJR of a short
    history of a stock index to what is usual. The fitted attributes are those of `MSGarch`.

    Parameters
    ----------
    variance : {"garch", "gjr", "tarch", "egarch"}, default "gjr"
        Variance recursion.
    dist : {"normal", "t", "skewt"}, default "skewt"
        Law of the innovations, of variance one; "skewt" is Hansen's (1994).
    drift : {"zero", "sample", "shrunk", "model"} or float, default "sample"
        Mean of the returns, as in `MSGarch`.
    ar : {0, 1}, default 0
        1 for a term in the previous return.
    targeting : bool, default False
        Whether the law's variance is held at the sample's; "garch" and "gjr" only.
    prior : mapping of str to (float, float), optional
        Mean and standard deviation of a normal prior for parameters, by name.
    start : {"unconditional", "sample", "backcast"}, default "backcast"
        State before the first session, as in `MSGarch`.
    score_first : bool, default True
        Whether the first session enters the likelihood.
    tol : float, default 1e-7
        Slope of the mean log-likelihood in any coordinate at which the optimiser stops.
    max_iter : int, default 500
        Most steps of the optimiser.

    References
    ----------
    Bollerslev (1986), Generalized autoregressive conditional heteroskedasticity, J. Econometrics 31.
    Glosten, Jagannathan and Runkle (1993), On the relation between the expected value and the volatility of the nominal excess return on
    stocks, J. Finance 48.
    """

    n_regimes = 1
    shared = ()
    n_starts = 1
    seed = 0

    def __init__(
        self,
        *,
        variance: str = "gjr",
        dist: str = "skewt",
        drift: str | float = "sample",
        ar: int = 0,
        targeting: bool = False,
        prior: Mapping[str, tuple[float, float]] | None = None,
        start: Literal["unconditional", "sample", "backcast"] = "backcast",
        score_first: bool = True,
        tol: float = 1e-7,
        max_iter: int = 500,
    ) -> None:
        self.variance = variance
        self.dist = dist
        self.drift = drift
        self.ar = ar
        self.targeting = targeting
        self.prior = prior
        self.start = start
        self.score_first = score_first
        self.tol = tol
        self.max_iter = max_iter

    def _cold(self, returns: Float, likelihood: MSGarchLikelihood, count: int) -> list[Float]:
        return [likelihood.coordinates.free(arch_parameters(likelihood)) for _ in range(count)]


def arch_parameters(likelihood: MSGarchLikelihood) -> Float:
    """Natural parameters where arch ends, on shocks about the drift that it is given; a plain start where it fails."""
    from arch import arch_model

    plain = plain_start(likelihood)
    finite = likelihood.returns[np.isfinite(likelihood.returns)]
    shocks = finite - (finite.mean() if likelihood.drift is None else likelihood.drift)
    scale = float(shocks.std())
    kind, dist = likelihood.spec.variance[0], likelihood.spec.dist[0]
    law: Any = {"vol": "EGARCH", "p": 1, "o": 1, "q": 1}
    if kind != "egarch":
        o, power = ARCH_ORDER[kind]
        law = {"vol": "GARCH", "p": 1, "o": o, "q": 1, "power": power}
    try:
        fit = arch_model(shocks / scale, mean="Zero", dist=dist, rescale=False, **law).fit(disp="off", show_warning=False)
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return plain
    estimates = {name.split("[")[0]: float(value) for name, value in fit.params.items()}
    estimates |= {"nu": estimates.get("nu", estimates.get("eta", 0.0))}
    estimates["omega"] = _rescaled(kind, estimates["omega"], estimates["beta"], scale)
    start = np.array([estimates.get(name, plain[place]) for place, name in enumerate(likelihood.names)])
    return start if np.isfinite(start).all() else plain


def _rescaled(kind: str, omega: float, beta: float, scale: float) -> float:
    """Omega of returns `scale` times as large."""
    if kind == "egarch":
        return omega + (1 - beta) * 2 * float(np.log(scale))
    return omega * (scale if kind == "tarch" else scale**2)
