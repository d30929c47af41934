"""A GJR-GARCH with Hansen's skewed t and its standard errors, beside arch's, in one process."""

from collections.abc import Iterator

from benchmarks.data import sp500
from benchmarks.row import Row, side_by_side
from forecast.engines import Garch

SLOWER_THAN = 5
WORSE = 1e-3


def rows() -> Iterator[Row]:
    """Time of a fit with standard errors, and the log-likelihood where each ends."""
    from arch import arch_model

    returns = sp500()
    theirs = arch_model(returns, p=1, o=1, q=1, dist="skewt", rescale=False)
    ours = Garch(variance="gjr", dist="skewt", drift="model")
    fits: dict[str, float] = {}

    def fit_theirs() -> None:
        fit = theirs.fit(disp="off")
        fits["arch"], _ = fit.loglikelihood, fit.std_err

    def fit_ours() -> None:
        fits["ours"] = ours.fit(returns).loglikelihood_
        ours.standard_errors()

    times = side_by_side({"arch": fit_theirs, "ours": fit_ours}, {"arch": 10, "ours": 20})
    mine, other = 1000 * times["ours"], 1000 * times["arch"]
    setting = f"GJR, skewed t, S&P 500, n = {len(returns)}"
    yield Row(
        "time of a fit with errors", setting, "arch", mine, other, "ms", other / mine, f">= {SLOWER_THAN}", other >= SLOWER_THAN * mine
    )
    gain = fits["ours"] - fits["arch"]
    yield Row("log-likelihood", setting, "arch", fits["ours"], fits["arch"], "", gain, f">= -{WORSE}", gain >= -WORSE)
