"""Markov-switching GARCH of DM/GBP, all starts included, beside arch's GARCH(1,1) with one regime."""

from collections.abc import Iterator

from benchmarks.data import published
from benchmarks.row import Row, side_by_side
from forecast.engines import MSGarch

TIMES_ARCH = 10
REFERENCE_SECONDS = 1.1  # of the R reference for the same fit, of another machine
SLOWER_THAN = 15


def rows() -> Iterator[Row]:
    """Time of a fit."""
    from arch import arch_model

    returns = published("dem2gbp")
    one = arch_model(returns, mean="Zero", rescale=False)
    runs = {"arch": lambda: one.fit(disp="off"), "ours": lambda: MSGarch(2).fit(returns)}
    times = side_by_side(runs, {"arch": 30, "ours": 15})
    mine, other = 1000 * times["ours"], 1000 * times["arch"]
    setting = "2 regimes, normal, DM/GBP"
    yield Row("time of a fit", setting, "arch, 1 regime", mine, other, "ms", mine / other, f"<= {TIMES_ARCH}", mine <= TIMES_ARCH * other)
    least = 1000 * REFERENCE_SECONDS
    yield Row("time of a fit", setting, "R", mine, least, "ms", least / mine, f">= {SLOWER_THAN}", least >= SLOWER_THAN * mine)
