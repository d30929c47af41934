"""How far it may fall: a close below the surge's by size and horizon, and the largest fall from the best close on the way."""

from functools import partial
from math import isnan

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.report.evaluation.tally import tally_of_metrics
from forecast.report.html.number_format import bounds, counted, listed, number, percent, with_minus
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import pullbacks as picture
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.drawdowns import Drawdown, FallRange
from forecast.runs.answer.pullbacks import FALLS, PullbackGrid, fall_label, pullback_grid, pullback_sentence
from forecast.target.outcome import REVERSE

KEY, TITLE = "pullbacks", "How far may it fall?"
UNKNOWN = float("nan")


def section(data: ReportData) -> Section:
    """Falls beside their base rates, and drawdowns beside those after past surges."""
    answer, main, _ = data.forecast()
    grid = pullback_grid(answer.questions)
    if grid is None:
        raise MissingPartError("No fall was asked about; [pullback] of the experiment asks sizes and horizons.")
    horizon = main.horizon if main.horizon in grid.horizons else grid.horizons[-1]
    level = main.level
    text = [f"{pullback_sentence(answer.questions, horizon)}, whatever comes first."]
    text += [_largest(one) for one in answer.drawdowns if one.horizon == horizon and one.ahead is not None]
    if answer.drawdowns and all(one.ahead is None for one in answer.drawdowns):
        text.append("The paths of this forecast are not at hand, so how far it may fall from its best close is known of past surges only.")
    rows = {each: [grid.cells.get((size, each)) for size in grid.sizes] for each in grid.horizons}
    shares = {each: tuple(UNKNOWN if one is None else one.probabilities[FALLS] for one in row) for each, row in rows.items()}
    paint = partial(
        picture.paint,
        title=f"{answer.series}, surge of {answer.surge.session}: a close so far below the surge's",
        sizes=tuple(fall_label(size) for size in grid.sizes),
        forecast=shares,
        interval={each: tuple((UNKNOWN, UNKNOWN) if one is None else one.interval[FALLS] for one in row) for each, row in rows.items()},
        base_rate={each: tuple(UNKNOWN if one is None else one.base_rate[FALLS] for one in row) for each, row in rows.items()},
        level=level,
    )
    whole = "; ".join(f"{each} sessions: {_listed(grid, row)}" for each, row in shares.items())
    alt = f"Bars of the probability of a fall by size, a panel a horizon, with {percent(level)} intervals and base rates. {whole}."
    text += [with_minus(line) for line in _tally(data, grid)]
    tables = (_falls(grid), _past(data, grid), *([_drawdowns(answer.drawdowns)] if answer.drawdowns else []))
    return Section(KEY, TITLE, tuple(text), Picture(KEY, alt, paint, 3.2, 5.2), tables)


def _listed(grid: PullbackGrid, shares: tuple[float, ...]) -> str:
    """Sizes with their shares, those that are asked."""
    return listed(f"{fall_label(size)} {percent(share)}" for size, share in zip(grid.sizes, shares, strict=True) if not isnan(share))


def _largest(one: Drawdown) -> str:
    assert one.ahead is not None
    past = "" if one.past is None else f"; after {counted(one.surges, 'past surge')} it was {_range(one.past)}"
    return (
        f"The largest fall from the best close within {one.horizon} sessions, the surge's among them, is {_range(one.ahead)} on the paths "
        f"of the components that simulate, by their weights: the median, and the range of nine in ten{past}."
    )


def _range(fall: FallRange) -> str:
    return f"{percent(fall.median, 1)} {bounds(fall.low, fall.high, 1)}"


def _falls(grid: PullbackGrid) -> PageTable:
    rows = [
        (_fall_name(one), percent(one.probabilities[FALLS]), bounds(*one.interval[FALLS]), percent(one.base_rate[FALLS]))
        for one in grid.cells.values()
    ]
    return PageTable("Every fall", ("fall", "forecast", "interval", "base rate"), tuple(rows))


def _fall_name(one: QuestionAnswer) -> str:
    return f"{fall_label(one.size)}, {one.horizon} sessions"


def _past(data: ReportData, grid: PullbackGrid) -> PageTable:
    """What the walk-forward's forecasts of each fall were worth, and whether falls came as often as they were forecast."""
    records = {record.question.label: record for record in data.records if len(record)}
    rows = []
    for one in grid.cells.values():
        record, scores = records.get(one.question), data.metrics["questions"][one.question]["models"].get(POOL, {})
        skills = [scores.get(f"brier_{what}_vs_{who}") for who in (BASE_RATE, CLIMATOLOGY) for what in ("skill", "t")]
        shares = (None, None) if record is None else (record.probabilities[POOL][:, REVERSE].mean(), record.happened(REVERSE).mean())
        cells = (number(skill, form) for skill, form in zip(skills, ("+.3f", "+.1f") * 2, strict=True))
        rows.append((_fall_name(one), str(0 if record is None else len(record)), *(percent(share) for share in shares), *cells))
    head = ("fall", "settled", "mean forecast", "came", "skill over the base rate", "t", "skill over climatology", "t")
    return PageTable("What past forecasts of each fall were worth, and how often it came", head, tuple(rows))


def _tally(data: ReportData, grid: PullbackGrid) -> list[str]:
    """On how many falls the forecast has been better than the base rate and climatology, and on how many surely."""
    questions = {one.question: data.metrics["questions"][one.question] for one in grid.cells.values()}
    return [f"Past forecasts of falls: {line[0].lower()}{line[1:]}" for line in tally_of_metrics(questions, data.experiment.promotion)]


def _drawdowns(drawdowns: list[Drawdown]) -> PageTable:
    rows = []
    for one in drawdowns:
        ranges = ("\N{EN DASH}" if fall is None else _range(fall) for fall in (one.ahead, one.past))
        rows.append((f"{one.horizon} sessions", *ranges, str(one.surges), str(one.episodes)))
    head = ("within", "paths ahead", "after past surges", "surges", "episodes")
    return PageTable("Largest fall from the best close on the way: median and range of nine in ten", head, tuple(rows))
