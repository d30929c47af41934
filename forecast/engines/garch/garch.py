"""Garch: the case of one regime."""

from collections.abc import Mapping
from typing import Literal

from forecast.engines.garch.msgarch import MSGarch

# What GJR fits of daily stock indices usually give, as mean and standard deviation of normal priors: wide, so that some ten years
# outweigh it, and two do not.
LONG_RUN = {"alpha": (0.04, 0.03), "gamma": (0.08, 0.06), "beta": (0.90, 0.04), "nu": (8.0, 3.0), "lambda": (-0.05, 0.10)}


class Garch(MSGarch):
    """GARCH(1,1), GJR, TARCH or EGARCH: `MSGarch` with one regime.

    A law is climbed to from those that it contains, so that it is at least as likely as a constant variance, GJR as GARCH, skewed t as t as
    normal (at nu = 500).

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
