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
    """GARCH(1,1), GJR, TARCH or EGARCH; parameters and fitted state as in `MSGarch`, of one regime.

    The climb begins where arch ends, or, in a refit, at the last parameters. With start="backcast", no prior and no
    autoregression, arch's likelihood is the one maximised. prior=LONG_RUN draws a GJR of a short history of a stock index to what is usual.
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
    known = likelihood.returns[np.isfinite(likelihood.returns)]
    shocks = known - (known.mean() if likelihood.drift is None else likelihood.drift)
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
    found = {name.split("[")[0]: float(value) for name, value in fit.params.items()}
    found |= {"nu": found.get("nu", found.get("eta", 0.0))}
    found["omega"] = _rescaled(kind, found["omega"], found["beta"], scale)
    given = np.array([found.get(name, plain[place]) for place, name in enumerate(likelihood.names)])
    return given if np.isfinite(given).all() else plain


def _rescaled(kind: str, omega: float, beta: float, scale: float) -> float:
    """Omega of returns `scale` times as large."""
    if kind == "egarch":
        return omega + (1 - beta) * 2 * float(np.log(scale))
    return omega * (scale if kind == "tarch" else scale**2)
