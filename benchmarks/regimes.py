"""Markov switching of mean and variance, beside statsmodels' MarkovRegression and, where installed, hmmlearn's GaussianHMM."""

import logging
import warnings
from collections.abc import Iterator
from importlib.util import find_spec

import numpy as np

from benchmarks.data import nasdaq
from benchmarks.row import Row, side_by_side
from forecast.engines import MarkovSwitching

LENGTHS, REGIMES = (1000, 2500, 5000), (2, 3)
SLOWER_THAN = {"statsmodels": 50, "hmmlearn": 10}
HMM_TOLERANCE = 1e-4  # gain of a step at which hmmlearn stops: it is then within 1e-3 of its own limit
WORSE = 1e-3


def rows() -> Iterator[Row]:
    """Time of a fit, several starts included, time with one start, and log-likelihood: the first regime as each peer treats it."""
    for n in LENGTHS:
        for k in REGIMES:
            yield from _compared(nasdaq()[:n], k)


def _compared(returns: np.ndarray, k: int) -> Iterator[Row]:
    from statsmodels.tsa.api import MarkovRegression

    logging.getLogger("hmmlearn").setLevel(logging.ERROR)
    peers = [peer for peer in SLOWER_THAN if find_spec(peer)]
    ours = {"statsmodels": MarkovSwitching(k), "hmmlearn": MarkovSwitching(k, init="free")}
    fits: dict[str, object] = {}

    def theirs_hmm() -> None:
        from hmmlearn.hmm import GaussianHMM

        fits["hmmlearn"] = GaussianHMM(k, n_iter=1000, tol=HMM_TOLERANCE, random_state=0).fit(returns[:, None])

    def theirs_statsmodels() -> None:
        fits["statsmodels"] = MarkovRegression(returns, k_regimes=k, switching_variance=True).fit(disp=False)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peers that stop short say so at length
        runs = {
            "statsmodels": theirs_statsmodels,
            "hmmlearn": theirs_hmm,
            "ours statsmodels": lambda: ours["statsmodels"].fit(returns),
            "ours hmmlearn": lambda: ours["hmmlearn"].fit(returns),
            "one statsmodels": lambda: MarkovSwitching(k, n_starts=1).fit(returns),
            "one hmmlearn": lambda: MarkovSwitching(k, init="free", n_starts=1).fit(returns),
        }
        runs = {name: run for name, run in runs.items() if name.split()[-1] in peers}
        times = side_by_side(runs, dict.fromkeys(runs, 20) | {"statsmodels": 1, "hmmlearn": 8})
        logliks = {"statsmodels": fits["statsmodels"].llf}  # type: ignore[attr-defined]
        if "hmmlearn" in peers:
            logliks["hmmlearn"] = fits["hmmlearn"].score(returns[:, None])  # type: ignore[attr-defined]
    setting = f"{k} regimes, n = {len(returns)}"
    for peer in peers:
        factor, other = SLOWER_THAN[peer], 1000 * times[peer]
        for figure, mine in (
            ("time of a fit", 1000 * times[f"ours {peer}"]),
            ("time with one start, as theirs", 1000 * times[f"one {peer}"]),
        ):
            yield Row(figure, setting, peer, mine, other, "ms", other / mine, f">= {factor}", other >= factor * mine)
    for peer, other in logliks.items():
        mine = ours[peer].loglikelihood_
        yield Row("log-likelihood", setting, peer, mine, other, "", mine - other, f">= -{WORSE}", mine >= other - WORSE)
