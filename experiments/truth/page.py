"""The page of the truth test, as Markdown that fits a screen of 100 columns."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from experiments.markdown import table
from experiments.truth.study import EQUAL, INFORMED, NO_DRIVER, RIGHT, AccuracyRow
from forecast.backtest.forecaster_names import POOL

GOAL = 0.03  # mean absolute error asked of the final forecast after sixty years
WRONG = ("climatology", "ewma", "regime")  # the path models and rules whose form the true law does not have
UNKNOWN = "-"


@dataclass(frozen=True)
class TruthHeader:
    """What the page is made from.

    Parameters
    ----------
    made : str
        The day.
    seeds : tuple of int
        Of the markets.
    paths : int
        Of the truth.
    questions : tuple of str
        Their labels.
    components : tuple of str
        Of the forecaster.
    step : float
        Years that each length is asked for.
    """

    made: str
    seeds: tuple[int, ...]
    paths: int
    questions: tuple[str, ...]
    components: tuple[str, ...]
    step: float


def page(rows: Sequence[AccuracyRow], header: TruthHeader, picture: str) -> str:
    """The whole page; `picture` is the file name of the drawing beside it."""
    return "\n".join([*_head(header), *tables(rows), "", f"![{_alt(rows)}]({picture})", "", *_reading(rows), ""])


def tables(rows: Sequence[AccuracyRow]) -> list[str]:
    """Errors, losses and weights by the length of the history."""
    heads = ["forecaster", *(f"{length:g} years" for length in _lengths(rows))]
    surges = [str(next(row.surges for row in rows if row.length == length)) for length in _lengths(rows)]
    components = [row for row in rows if np.isfinite(row.weight)]
    return [
        "## Mean absolute error of the probabilities",
        "",
        "Against the true ones, over surges, questions and outcomes, in hundredths; in brackets its standard error over markets.",
        f"Surges: {', '.join(surges)}.",
        "",
        *table(heads, _cells(rows, lambda row: _scaled(100, row.error, row.error_se))),
        "",
        "## Log score less the truth's",
        "",
        "Its expectation under the truth, given what was known: the mean Kullback-Leibler divergence, in thousandths. None is below",
        "zero, and it does not hang on what happened to happen.",
        "",
        *table(heads, _cells(rows, lambda row: _scaled(1000, row.excess, row.excess_se))),
        "",
        "On what did happen, in thousandths, noisier by far:",
        "",
        *table(heads, _cells(rows, lambda row: f"{1000 * row.realised:+.0f}" if np.isfinite(row.realised) else UNKNOWN)),
        "",
        "## Weights in the pool",
        "",
        "Means over surges and questions, in hundredths.",
        "",
        *table(heads, _cells(components, lambda row: f"{100 * row.weight:.0f}")),
    ]


def _lengths(rows: Sequence[AccuracyRow]) -> list[float]:
    return list(dict.fromkeys(row.length for row in rows))


def _cells(rows: Sequence[AccuracyRow], written: Callable[[AccuracyRow], str]) -> list[list[str]]:
    """A line a forecaster, a column a length."""
    of = {(row.name, row.length): written(row) for row in rows}
    return [[name, *(of[name, length] for length in _lengths(rows))] for name in dict.fromkeys(row.name for row in rows)]


def _scaled(unit: float, value: float, error: float) -> str:
    if not np.isfinite(value):
        return UNKNOWN
    return f"{unit * value:.1f}" + (f" ({unit * error:.1f})" if np.isfinite(error) else "")


def _head(header: TruthHeader) -> list[str]:
    listed = ", ".join(f"`{label}`" for label in header.questions)
    seeds = " ".join(f"--seed {seed}" for seed in header.seeds)
    return [
        "# How near the truth the forecaster comes",
        "",
        f"Made on {header.made} by `python -m experiments.truth {seeds}`: a simulated market a seed.",
        "",
        "In a simulated market the true probabilities are known. Two regimes, calm and wild, each run a GJR-GARCH with skewed t",
        "innovations, and the drift follows a slow autoregression that everyone can see: the panel carries it as the log of a VIX,",
        "which the feature `implied_vol` reads. It explains 1 % of the variance of a month's return, as good predictors do. At each",
        f"surge {header.paths:,} paths of the true law, from the regimes that its own parameters filter and with the driver simulated",
        f"too, give the true P(reverse, stall, continue) for {listed}.",
        "",
        f"The forecaster is the default experiment ({', '.join(header.components)},",
        "and the pool of them), walk-forward on a growing history. Each length is that of the history of one refit, whose forecasts of",
        f"the next {header.step:g} years are measured. `{NO_DRIVER}` has the true parameters but takes the driver for nothing: what",
        f"is left to who knows all the rest. `{EQUAL}` is the pool of all components that has learned nothing,",
        f"`{INFORMED}` that of the two whose form the true law has.",
        "",
    ]


def _reading(rows: Sequence[AccuracyRow]) -> list[str]:
    """What the figures say, in words made from them."""
    last = max(_lengths(rows))
    at = {row.name: row for row in rows if row.length == last}
    pool, blind = at[POOL], at[NO_DRIVER]
    verdict = "below" if pool.error < GOAL else "above"
    best = min((row for row in at.values() if np.isfinite(row.weight)), key=lambda row: row.excess)
    error = f"{100 * pool.error:.1f} hundredths, {verdict} the {100 * GOAL:g} asked of it"
    return [
        "## Reading",
        "",
        f"- With {last:g} years the pool's mean absolute error is {error}; the best component's, that of {best.name}, is",
        f"  {100 * best.error:.1f}, and {100 * blind.error:.1f} is what the driver is worth.",
        f"- In log score the pool is {1000 * pool.excess:.1f} thousandths from the truth, {best.name} {1000 * best.excess:.1f}, and the",
        f"  truth without the driver {1000 * blind.excess:.1f}.",
        *_why(at),
        *(f"- {line}" for line in beaten(rows)),
    ]


def _why(at: Mapping[str, AccuracyRow]) -> list[str]:
    """What the pool loses by its weights."""
    if INFORMED not in at:
        return []
    pool, equal, informed = at[POOL], at[EQUAL], at[INFORMED]
    worth = 1000 * (pool.excess - informed.excess)
    return [
        f"- With equal weights the pool's error would be {100 * equal.error:.1f} and its log score {1000 * equal.excess:.1f} from the",
        f"  truth's; with the components of the true law's form alone, {100 * informed.error:.1f} and {1000 * informed.excess:.1f}.",
        f"  What the right weights would be worth to the pool is thus {worth:.1f} thousandths of log score a surge session.",
    ]


def beaten(rows: Sequence[AccuracyRow]) -> list[str]:
    """For each component with the true law's form, the lengths at which one without it has the lower expected log score."""
    of = {(row.name, row.length): row.excess for row in rows}
    lengths, names = _lengths(rows), {row.name for row in rows}
    lines = []
    for right in (name for name in RIGHT if name in names):
        for wrong in (name for name in WRONG if name in names):
            where = [f"{length:g}" for length in lengths if of[wrong, length] < of[right, length]]
            lengths_text = f"at {', '.join(where)} years, of {len(lengths)} lengths" if where else f"at none of {len(lengths)} lengths"
            lines.append(f"`{right}` is beaten by `{wrong}`, which is misspecified, {lengths_text}.")
    return lines


def _alt(rows: Sequence[AccuracyRow]) -> str:
    lengths = _lengths(rows)
    return f"Error, and log score less the truth's, by years of history, {min(lengths):g} to {max(lengths):g}"
