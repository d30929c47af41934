"""A monthly walk-forward of GARCH, Markov switching and Markov-switching GARCH, beside arch and statsmodels."""

import warnings
from collections.abc import Iterator

import numpy as np

from benchmarks.data import russell
from benchmarks.row import Row, seconds
from forecast.engines import Garch, MarkovSwitching, MSGarch

FIRST, LAST = "1997-01-01", "2024-07-16"
EVERY = 12  # refits of ours for one of the peers', whose time is taken as many times
SHARE = 0.1


def rows() -> Iterator[Row]:
    """Time of the whole loop; ours starts each refit at the last, the peers have only two of the three models."""
    returns = russell()
    ends = np.searchsorted(returns.index, _month_ends(returns.index))
    values = returns.to_numpy()
    fallbacks: list[str | None] = []
    warm = {"garch": Garch(), "regimes": MarkovSwitching(2), "msgarch": MSGarch(2, drift="sample")}
    for model in warm.values():
        model.refit(values[: ends[0]])  # compiles
    mine = seconds(lambda: fallbacks.extend(_ours(values, ends)))
    other = EVERY * seconds(lambda: [_theirs(values[:end]) for end in ends[::EVERY]])
    failed = sum(label is not None for label in fallbacks)
    setting = f"{len(ends)} refits, Russell 2000, {failed} of {len(fallbacks)} fits fell back"
    yield Row("walk-forward", setting, "arch + statsmodels", mine, other, "s", mine / other, f"<= {SHARE}", mine <= SHARE * other)


def _month_ends(dates: object) -> np.ndarray:
    import pandas as pd

    months = pd.Series(dates, index=dates).groupby([dates.year, dates.month]).max()  # type: ignore[attr-defined]
    return months[(months >= FIRST) & (months <= LAST)].to_numpy()


def _ours(values: np.ndarray, ends: np.ndarray) -> list[str | None]:
    labels: list[str | None] = []
    last = None
    for end in ends:
        fits = Garch(), MarkovSwitching(2), MSGarch(2, drift="sample")
        last = [fit.refit(values[:end], None if last is None else last[place]) for place, fit in enumerate(fits)]
        labels.extend(fit.fallback_ for fit in last)
    return labels


def _theirs(values: np.ndarray) -> None:
    from arch import arch_model
    from statsmodels.tsa.api import MarkovRegression

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        arch_model(100 * values, mean="Constant", p=1, o=1, q=1, dist="skewt", rescale=False).fit(disp="off", show_warning=False)
        MarkovRegression(100 * values, k_regimes=2, switching_variance=True).fit(disp=False)
