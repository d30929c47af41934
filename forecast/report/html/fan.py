"""The paths ahead, simulated by the components that can, each with a share by its weight in the pool."""

from dataclasses import dataclass
from functools import partial

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.seeds import session_key
from forecast.models.component import Simulates
from forecast.report.html.number_format import listed, number, percent, percents
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import fan as picture
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.target.outcome import OUTCOMES, first_barrier_met

KEY, TITLE = "fan", "The paths ahead"
PATHS = 8000  # of all components together: a share of them is known to half a point
BEFORE = 20  # sessions shown before the surge


@dataclass(frozen=True)
class Fan:
    """Log moves of simulated paths, (n, horizon), how many each component gave, and why others gave none."""

    moves: Float
    counts: dict[str, int]
    failed: tuple[str, ...]


def section(data: ReportData) -> Section:
    """Bands of the paths between the barriers, with what has happened since."""
    answer, main, row = data.forecast()
    fan = simulated(data, main, row)
    if not fan.counts:
        why = "; ".join(fan.failed) or f"none of its components does: {listed(data.experiment.model.components)}"
        raise MissingPartError(f"No component of this run simulates paths, so there are none to show: {why}.")
    bands = 100 * np.vstack([np.zeros(len(picture.QUANTILES)), np.quantile(fan.moves, picture.QUANTILES, axis=0).T])
    met = first_barrier_met(fan.moves, np.full(len(fan.moves), main.barrier))
    shares = {name: float((met == code).mean()) for code, name in enumerate(OUTCOMES)}
    close = data.sample.close
    since = 100 * np.log(close[row : row + main.horizon + 1] / close[row])
    singles = 100 * np.hstack([np.zeros((picture.SINGLE, 1)), fan.moves[:: max(len(fan.moves) // picture.SINGLE, 1)][: picture.SINGLE]])
    paint = partial(
        picture.paint,
        title=f"{answer.series}: {len(fan.moves)} simulated paths of the {main.horizon} sessions after {answer.surge.session}",
        before=100 * np.log(close[max(row - BEFORE, 0) : row + 1] / close[row]),
        bands=bands,
        singles=singles,
        since=since,
        barrier=100 * main.barrier,
        shares=shares,
    )
    drawn = Picture(KEY, _alt(main, bands, shares, since), paint, 4.2, 4.2)
    return Section(KEY, TITLE, _text(answer, main, fan, shares), drawn, (_table(bands, since),))


def simulated(data: ReportData, main: QuestionAnswer, row: int) -> Fan:
    """PATHS paths from the close of `row`, shared out by the weights on the main question; equally if all of these are zero."""
    seen = data.sample.up_to(row)
    key = session_key(data.experiment.seed, seen.market, seen.sessions[-1])
    laws, failed = {}, []
    for name, fitted in data.fitted.items():
        if isinstance(fitted, Simulates):
            try:
                laws[name] = fitted.sessions_ahead(seen)
            except Exception as error:  # whatever it is, the other components have their paths
                failed.append(f"{name} gave no paths ({error})")
    weights = np.array([max(main.weights.get(name, 0.0), 0.0) for name in laws])
    shares = weights / weights.sum() if weights.sum() > 0 else np.full(len(laws), 1 / max(len(laws), 1))
    counts = {name: count for name, share in zip(laws, shares.tolist(), strict=True) if (count := 2 * round(PATHS * share / 2))}
    parts = [simulate_paths(laws[name], main.horizon, key=key, paths=count) for name, count in counts.items()]
    return Fan(np.concatenate(parts) if parts else np.empty((0, main.horizon)), counts, tuple(failed))


def _text(answer: Answer, main: QuestionAnswer, fan: Fan, shares: dict[str, float]) -> tuple[str, ...]:
    total = len(fan.moves)
    by_weight = listed(f"{name} {percent(count / total)}" for name, count in fan.counts.items())
    met = listed(f"{percent(shares[name])} {name}" for name in PRINT_ORDER)
    forecast = listed(percents(main.probabilities))
    lines = [
        f"The paths are those of the components that simulate, each with a share by its weight in the pool: {by_weight}.",
        f"Of the paths {met}, by the barrier that they meet first; the forecast, which also hears the other components and is calibrated, "
        f"says {forecast}.",
    ]
    if not answer.is_surge_today:
        lines.append(
            f"The paths begin with what was known at the surge's close, but the parameters are those of the final fit, to "
            f"{answer.as_of}, which has seen what followed."
        )
    return (*lines, *(f"{line}." for line in fan.failed))


def _alt(main: QuestionAnswer, bands: Float, shares: dict[str, float], since: Float) -> str:
    low, _, middle, _, high = bands[-1].tolist()
    after = f" What happened since: {number(float(since[-1]), '+.1f')} percent after {len(since) - 1} sessions." if len(since) > 1 else ""
    met = listed(f"{percent(shares[name])} of the paths {name}" for name in PRINT_ORDER)
    return (
        f"Fan of simulated log moves over {main.horizon} sessions: at its end the median is {number(middle, '+.1f')} percent, nine paths "
        f"in ten lie between {number(low, '+.1f')} and {number(high, '+.1f')}. Barriers at plus and minus {100 * main.barrier:.1f}; "
        f"{met}.{after}"
    )


def _table(bands: Float, since: Float) -> PageTable:
    rows = [
        (
            str(ahead),
            *(number(value, "+.1f") for value in bands[ahead].tolist()),
            number(float(since[ahead]) if ahead < len(since) else None, "+.1f"),
        )
        for ahead in range(1, len(bands))
    ]
    head = ("session", *(f"{100 * share:.0f} % below" for share in picture.QUANTILES), "happened")
    return PageTable("Log moves from the surge's close, percent", head, tuple(rows))
