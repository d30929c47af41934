"""Simulate from a known law, refit, and see whether the truth lies within three standard errors; and the PIT of the fits."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from scipy.stats import kstest

from benchmarks.row import Row
from forecast.engines import Garch, MarkovSwitching, MSGarch
from forecast.engines.garch.msgarch_law import MSGarchLaw
from forecast.engines.garch.unconditional_moments import resting_state
from forecast.engines.kernels.variance_recursions import GARCH
from forecast.engines.markov.markov_law import MarkovLaw

REPLICATIONS, SESSIONS = 200, 10_000  # about the length of the Russell 2000's history
PIT_SESSIONS = 20_000
ERRORS, SHARE = 3.0, 0.95
BURN_IN = 500


@dataclass(frozen=True)
class Truth:
    """A law, the estimator that fits it, and its parameters by the estimator's names."""

    name: str
    law: Any
    estimator: Callable[[], Any]
    params: dict[str, float]


def truths() -> list[Truth]:
    """Daily percentages of an equity index with calm months and wild weeks; and, for MSGarch, the published law of DM/GBP."""
    chain = np.array([[0.99, 0.01], [0.03, 0.97]])
    exits = {"p[1->2]": 0.01, "p[2->1]": 0.03}
    two = MarkovLaw(np.array([0.08, -0.1]), np.array([0.8, 2.0]), np.empty(0), np.inf, chain)
    calm, wild = (0.0006815983, 0.0514745406, 0.0, 0.9178223758), (0.2812801494, 0.4804927966, 0.0, 0.3996041575)
    fx_exits = {"p[1->2]": 1 - 0.9108737268, "p[2->1]": 0.5947289495}  # Ardia et al. (2019), J. Stat. Softw. 91(4)
    fx_chain = np.array([[1 - fx_exits["p[1->2]"], fx_exits["p[1->2]"]], [fx_exits["p[2->1]"], 1 - fx_exits["p[2->1]"]]])
    single = (0.02, 0.03, 0.1, 0.9)
    switching = {
        f"{name}[{j + 1}]": law[place] for name, place in (("omega", 0), ("alpha", 1), ("beta", 3)) for j, law in enumerate((calm, wild))
    }
    shape = {"nu": 8.0, "lambda": -0.1}
    return [
        Truth(
            "MarkovSwitching(2)",
            two,
            lambda: MarkovSwitching(2),
            {"mean[1]": 0.08, "mean[2]": -0.1, "sigma[1]": 0.8, "sigma[2]": 2.0} | exits,
        ),
        Truth("MSGarch(2)", _garch_law([calm, wild], fx_chain, np.inf, 0.0), lambda: MSGarch(2), switching | fx_exits),
        Truth(
            "Garch(gjr, skewt)",
            _garch_law([single], np.ones((1, 1)), 8.0, -0.1),
            lambda: Garch(drift="zero"),
            dict(zip(("omega", "alpha", "gamma", "beta"), single, strict=True)) | shape,
        ),
    ]


def _garch_law(coefficients: list[tuple[float, ...]], chain: np.ndarray, nu: float, skew: float) -> MSGarchLaw:
    k = len(coefficients)
    first = np.array([resting_state(GARCH, np.array(row))[0] for row in coefficients])
    return MSGarchLaw(np.full(k, GARCH), np.array(coefficients), np.full(k, nu), np.full(k, skew), chain, 0.0, 0.0, first, 1)


def drawn(truth: Truth, sessions: int, seed: int) -> np.ndarray:
    """Returns of the truth, (sessions,), after a burn-in."""
    model = truth.estimator()
    model.law_, model.history_ = truth.law, truth.law.run(np.zeros(1))
    return np.asarray(model.simulate(BURN_IN + sessions, seed=seed)[0, BURN_IN:])


def rows() -> Iterator[Row]:
    """Share of replications with every parameter within three standard errors, and the uniformity of the PIT."""
    for truth in truths():
        away = np.array(Parallel(n_jobs=-1)(delayed(_away)(place, seed) for place in [_place(truth)] for seed in range(REPLICATIONS)))
        share = float((np.nan_to_num(np.abs(away), nan=np.inf) <= ERRORS).all(axis=1).mean())
        setting = f"{truth.name}, {REPLICATIONS} x {SESSIONS} sessions"
        yield Row("recovery", setting, "truth", share, 1.0, "of replications", share, f">= {SHARE}", share >= SHARE)
    for truth in truths():
        p_value = float(kstest(pit(truth), "uniform").pvalue)
        yield Row(
            "PIT uniform",
            f"{truth.name}, {PIT_SESSIONS} sessions",
            "Kolmogorov-Smirnov",
            p_value,
            1.0,
            "p",
            p_value,
            ">= 0.05",
            p_value >= 0.05,
        )


def pit(truth: Truth) -> np.ndarray:
    """Predictive distribution functions at each return of a long history, of the law that is fitted to it."""
    transforms = truth.estimator().fit(drawn(truth, PIT_SESSIONS, seed=REPLICATIONS)).pit()
    return np.asarray(transforms)


def _place(truth: Truth) -> int:
    return [other.name for other in truths()].index(truth.name)


def _away(place: int, seed: int) -> np.ndarray:
    """Distance of each parameter from the truth, in standard errors."""
    truth = truths()[place]
    fit = truth.estimator().refit(drawn(truth, SESSIONS, seed))
    names = list(truth.params)
    distances = fit.params_.reindex(names) - np.array([truth.params[name] for name in names])
    return np.asarray(distances / fit.standard_errors().reindex(names), dtype=np.float64)
