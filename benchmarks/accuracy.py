"""`python -m benchmarks.accuracy`: published numbers beside ours, written to docs/accuracy.md."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from benchmarks.data import published, sp500
from forecast.engines import Garch, MarkovSwitching, MSGarch
from forecast.engines.garch.msgarch_likelihood import MSGarchLikelihood
from forecast.engines.garch.msgarch_spec import msgarch_spec
from tests.forecast.engines.published import DEM_EGARCH, DEM_FIORENTINI, DEM_ONE, DEM_TWO, FOLDER, GNP, SMI_GJR_T, SMI_TWO, array

PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"
WITHIN = 1e-3
SOURCES = ("Fiorentini, Calzolari and Panattoni 1996", "Ardia et al. 2019, J. Stat. Softw. 91(4)", "arch 8.0.0's documentation")
HEAD = """# Published numbers

Made by `python -m benchmarks.accuracy`. A log-likelihood is reproduced where ours is within 0.001 of the published one, at the published
parameters where they are printed, else at our maximum; or where our maximum is higher, of the same likelihood. Digits are the log relative
error, -log10(|ours - published| / |published|).
"""

FOOT = """
## Simulated and fitted again

Drawn by `python -m benchmarks.pictures`.

![Histograms of the predictive distribution function of three fitted models: all bars lie about the grey band of a uniform law](pit.png)

![Time of a fit against the number of sessions, on logarithmic axes: flat at first, then in proportion](cost.png)
"""


class Loglik(NamedTuple):
    """A published log-likelihood: ours at the published parameters (NaN where they are not printed) and at our maximum."""

    what: str
    source: str
    published: float
    there: float
    ours: float
    note: str = ""

    @property
    def met(self) -> bool:
        """Reproduced."""
        there = abs(self.there - self.published) <= WITHIN if np.isfinite(self.there) else True
        return there and self.ours >= self.published - WITHIN


class Digits(NamedTuple):
    """A published coefficient or standard error, and ours."""

    what: str
    name: str
    published: float
    ours: float

    @property
    def digits(self) -> float:
        """Log relative error."""
        return float(-np.log10(max(abs(self.ours - self.published) / abs(self.published), 1e-16)))


def _at(model: MSGarch, returns: np.ndarray, theta: list[float]) -> float:
    """Log-likelihood of the model's own likelihood at natural parameters."""
    likelihood: MSGarchLikelihood = model._likelihood_of(returns, msgarch_spec(model))
    return likelihood.value_and_score(np.array(theta))[0]


def logliks() -> Iterator[Loglik]:
    """Every published log-likelihood."""
    yield from _one_regime()
    yield from _switching_garch()
    yield from _switching_regression()


def _one_regime() -> Iterator[Loglik]:
    dem, spx = published("dem2gbp"), sp500()
    model = Garch(variance="garch", dist="normal", drift="model", start="sample")
    there = _at(model, dem, [DEM_FIORENTINI[name][0] for name in ("omega", "alpha", "beta", "drift")])
    yield Loglik("GARCH, DM/GBP", SOURCES[0], -1106.6079, there, model.fit(dem).loglikelihood_)
    for variance, dist, value, note in (
        ("garch", "normal", -6936.718, ""),
        ("gjr", "normal", -6822.883, ""),
        ("tarch", "normal", -6799.179, ""),
        ("tarch", "t", -6722.151, "higher: arch bounds a TARCH's persistence as if it moved squares"),
    ):
        fit = Garch(variance=variance, dist=dist, drift="model").fit(spx)
        yield Loglik(f"{variance.upper()}, {dist}, S&P 500", SOURCES[2], value, _at_arch(fit, spx), fit.loglikelihood_, note)


def _at_arch(fit: Garch, returns: np.ndarray) -> float:
    """Our likelihood at the parameters that arch finds today."""
    from arch import arch_model

    power = 1.0 if fit.variance == "tarch" else 2.0
    params = arch_model(returns, p=1, o=int(fit.variance != "garch"), q=1, power=power, dist=fit.dist).fit(disp="off").params
    stems = {name.split("[")[0]: float(value) for name, value in params.items()} | {"drift": float(params["mu"])}
    return _at(fit, returns, [stems[name] for name in fit.params_.index])


def _switching_garch() -> Iterator[Loglik]:
    dem, smi = published("dem2gbp"), published("smi")
    yield Loglik("K = 1 GARCH, DM/GBP", SOURCES[1], -1106.977, _at(MSGarch(1), dem, DEM_ONE), MSGarch(1).fit(dem).loglikelihood_)
    yield Loglik("K = 2 GARCH, DM/GBP", SOURCES[1], -971.911, _at(MSGarch(2), dem, DEM_TWO), MSGarch(2).fit(dem).loglikelihood_)
    for dist, value in (("t", -967.9278), ("skewt", -964.7429)):
        note = "higher; the reference stops with a nu at its bound" if dist == "t" else "higher"
        ours = MSGarch(2, variance="gjr", dist=dist).fit(dem).loglikelihood_
        yield Loglik(f"K = 2 GJR, {dist} in each regime, DM/GBP", SOURCES[1], value, np.nan, ours, note)
    yield Loglik("K = 2 GARCH, SMI", SOURCES[1], -3389.296, _at(MSGarch(2), smi, SMI_TWO), MSGarch(2).fit(smi).loglikelihood_, "higher")
    common = MSGarch(2, variance="gjr", dist="t", shared=("nu",))
    there = _at(common, smi, SMI_GJR_T)
    yield Loglik("K = 2 GJR, one t, SMI", SOURCES[1], -3350.847, there, common.fit(smi).loglikelihood_, "higher")


def _switching_regression() -> Iterator[Loglik]:
    source = "Stata and EViews, in statsmodels' tests"
    for what, value, model, data in _chains():
        yield Loglik(what, source, value, np.nan, model.fit(*data).loglikelihood_)


def _chains() -> Iterator[tuple[str, float, MarkovSwitching, tuple[Any, ...]]]:
    gnp, fedfunds = array("test_markov_autoregression", "rgnp"), array("test_markov_regression", "fedfunds")
    yield "Hamilton's GNP, AR(4)", -181.26339, MarkovSwitching(2, variance="common", ar=4), (gnp,)
    yield "Fed funds, switching mean", -508.63592, MarkovSwitching(2, variance="common"), (fedfunds,)
    table = pd.read_csv(FOLDER / "results" / "mar_filardo.csv")
    output = table["dlip"].to_numpy(float).copy()
    output[0] = np.nan
    yield (
        "Filardo's output, driven transitions",
        -586.5718,
        MarkovSwitching(2, variance="common", ar=4, transitions="logit"),
        (output, table[["dmdlleading"]]),
    )


def digits() -> Iterator[Digits]:
    """Published coefficients and standard errors."""
    dem = published("dem2gbp")
    fit = Garch(variance="garch", dist="normal", drift="model", start="sample").fit(dem)
    for name, (value, error) in DEM_FIORENTINI.items():
        yield Digits("GARCH, DM/GBP", name, value, float(fit.params_[name]))
        yield Digits("GARCH, DM/GBP, standard error", name, error, float(fit.standard_errors()[name]))
    log_garch = Garch(variance="egarch", dist="normal", drift="model", start="sample").fit(dem)
    for name, value in DEM_EGARCH.items():
        yield Digits("EGARCH, DM/GBP (its start is not published)", name, value, float(log_garch.params_[name]))
    gnp = MarkovSwitching(2, variance="common", ar=4).fit(next(_chains())[3][0])
    for name, (value, error) in GNP.items():
        yield Digits("Hamilton's GNP", name, value, float(gnp.params_[name]))
        yield Digits("Hamilton's GNP, standard error", name, error, float(gnp.standard_errors()[name]))


def page() -> tuple[str, bool]:
    """The page, and whether every log-likelihood is reproduced."""
    results, lines = (
        list(logliks()),
        [HEAD, "| model | source | published | ours, there | our maximum | reproduced |", "|---|---|---|---|---|---|"],
    )
    for row in results:
        there = f"{row.there:.4f}" if np.isfinite(row.there) else "not printed"
        verdict = ("yes" if row.met else "no") + (row.note and f", {row.note}")
        lines.append(f"| {row.what} | {row.source} | {row.published} | {there} | {row.ours:.4f} | {verdict} |")
    lines += ["", "| model | parameter | published | ours | digits |", "|---|---|---|---|---|"]
    lines += [f"| {row.what} | {row.name} | {row.published:.8g} | {row.ours:.8g} | {row.digits:.1f} |" for row in digits()]
    return "\n".join(lines) + "\n" + FOOT, all(row.met for row in results)


if __name__ == "__main__":
    text, met = page()
    PAGE.write_text(text)
    sys.stdout.write(text)
    sys.exit(0 if met else 1)
