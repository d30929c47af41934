"""First passage by simulation beside arch's simulated forecasts, and its memory."""

import tracemalloc
from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks.data import sp500
from benchmarks.row import Row, side_by_side
from forecast.engines.passage import GarchPathLaw
from forecast.engines.passage.first_passage import first_passage

HORIZON = 21
PATHS = 1_000_000
FASTER = 20
FLAT_MB = 1.0
FAR = np.array([40.0, 60.0])  # percent: no path meets them early, every session is simulated


def rows() -> Iterator[Row]:
    """Path-sessions a second, arch where it is fastest; peak memory from 10^4 to 10^7 paths."""
    fit, law = _gjr()
    runs: dict[str, Any] = {}
    for size in (1000, 10_000, 100_000):
        runs[f"arch {size}"] = partial(fit.forecast, horizon=HORIZON, method="simulation", simulations=size, reindex=False)
    for threads in (1, 2):
        runs[f"ours {threads}"] = partial(first_passage, law, FAR, np.array([HORIZON] * 2), key=1, paths=PATHS, threads=threads)
    times = side_by_side(runs, dict.fromkeys(runs, 7))
    arch = max(size * HORIZON / times[f"arch {size}"] for size in (1000, 10_000, 100_000)) / 1e6
    for threads in (1, 2):
        ours = PATHS * HORIZON / times[f"ours {threads}"] / 1e6
        bound = f">= {FASTER}" if threads == 2 else ""
        setting = f"GJR, {HORIZON} sessions, {threads} thread" + "s" * (threads > 1)
        yield Row("first passage", setting, "arch simulation", ours, arch, "M path-sessions/s", ours / arch, bound, ours >= FASTER * arch)
    few, many = _peak_memory(law, 10_000), _peak_memory(law, 10_000_000)
    yield Row("memory", "10^7 against 10^4 paths", "itself", many, few, "MB", many - few, f"<= {FLAT_MB:g} more", many - few <= FLAT_MB)


def _gjr() -> tuple[Any, GarchPathLaw]:
    """arch's GJR of the S&P 500, and the law of the sessions after the last."""
    from arch import arch_model

    fit = arch_model(sp500(), p=1, o=1, q=1).fit(disp="off")
    z = np.sort(np.asarray(fit.std_resid))
    variance = float(fit.forecast(horizon=1, reindex=False).variance.iloc[-1, 0])
    recursion = [float(fit.params[name]) for name in ("mu", "omega", "alpha[1]", "gamma[1]", "beta[1]")]
    return fit, GarchPathLaw(*recursion, variance, (z - z.mean()) / z.std())


def _peak_memory(law: GarchPathLaw, paths: int) -> float:
    """Most MB that are held at once while so many are simulated."""
    tracemalloc.start()
    first_passage(law, FAR, np.array([HORIZON] * 2), key=1, paths=paths)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak / 2**20
