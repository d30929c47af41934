"""The answer first: what should be read first, the other beside it, in one sentence and one picture."""

from functools import partial

from forecast.backtest.verification import CLIMATOLOGY
from forecast.report.html.number_format import MINUS, TOLD, bounds, by_outcome, counted, listed, number, percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import answer as picture
from forecast.runs.answer.answer import Answer, QuestionAnswer

KEY, TITLE = "answer", "The answer"
NO_SURGE = "No surge in this history could be forecast: none was found, or all came before the walk-forward began."


def section(data: ReportData) -> Section:
    """The main question: sentence, picture, every component in the table."""
    answer, main = data.answer, data.main
    if answer is None or main is None:
        return Section(KEY, TITLE, missing=f"{NO_SURGE} {_rule(data)}")
    paint = partial(
        picture.paint,
        title=f"{answer.series}, surge of {answer.surge.session}: what comes first within {main.horizon} sessions",
        forecast=main.probabilities,
        interval=main.interval,
        climatology=main.climatology,
        level=main.level,
        first=main.headline.of,
    )
    drawn = Picture(KEY, _alt(main), paint, 3.3, 3.9)
    return Section(KEY, TITLE, (sentence(main), _meaning(main), *_when(answer, main)), drawn, (_table(main),))


def sentence(main: QuestionAnswer) -> str:
    """The answer in one sentence, what should be read first at its beginning."""
    forecast = listed(f"{name} {percent(main.probabilities[name])} {bounds(*main.interval[name])}" for name in TOLD)
    base = listed(f"{name} {percent(main.climatology[name])}" for name in TOLD)
    if main.demonstrated:
        return (
            f"The forecast, whose skill on this question is demonstrated (t {number(main.skill_t, '.2f')} against climatology), is "
            f"{forecast}, with {percent(main.level)} intervals; climatology is {base}."
        )
    why = main.headline.standing.partition(": ")[2].replace(" -", f" {MINUS}")
    return (
        f"No skill is demonstrated on this question ({why}), so climatology is read first: {base}; the forecast is {forecast}, "
        f"with {percent(main.level)} intervals."
    )


def _meaning(main: QuestionAnswer) -> str:
    settled, episodes = counted(main.settled, "surge"), counted(main.settled_episodes, "independent episode")
    return (
        f"Continue: within {main.horizon} sessions a close is {percent(main.barrier, 1)} or more above the surge's, in logs, before one is "
        "as far below; reverse: the other way round; stall: neither. Climatology is how often each followed the "
        f"{settled} settled before, in {episodes}."
    )


def _when(answer: Answer, main: QuestionAnswer) -> list[str]:
    lines = []
    if not answer.is_surge_today:
        lines.append(
            f"{answer.as_of}, the last session known, is no surge; this is the last one, forecast as of its own close on "
            f"{answer.surge.session}."
        )
    return [*lines, main.became]


def _rule(data: ReportData) -> str:
    rule = data.experiment.surge
    return (
        f"A surge is a {rule.window}-session log return of at least {percent(rule.min_return, 1)} and at least {rule.min_z:g} times the "
        f"volatility known before."
    )


def _alt(main: QuestionAnswer) -> str:
    intervals = ", ".join(f"{name} {bounds(*main.interval[name])}" for name in TOLD)
    first = "climatology first" if main.headline.of == CLIMATOLOGY else "the forecast first"
    return (
        f"Three rows, {first}. Forecast: {by_outcome(main.probabilities)}; {percent(main.level)} intervals in percent: {intervals}. "
        f"Climatology: {by_outcome(main.climatology)}."
    )


def _table(main: QuestionAnswer) -> PageTable:
    forecast = ("forecast", *(percent(main.probabilities[name], 1) for name in TOLD), "")
    rows = [
        ("interval, low", *(percent(main.interval[name][0], 1) for name in TOLD), ""),
        ("interval, high", *(percent(main.interval[name][1], 1) for name in TOLD), ""),
        ("Monte-Carlo s.e.", *(percent(main.mc_error[name], 1) for name in TOLD), ""),
        ("before calibration", *(percent(main.uncalibrated[name], 1) for name in TOLD), ""),
    ]
    base = ("climatology", *(percent(main.climatology[name], 1) for name in TOLD), "")
    first = [forecast, *rows, base] if main.demonstrated else [base, forecast, *rows]
    parts = [
        (f"component {name}", *(percent(p[outcome], 1) for outcome in TOLD), number(main.weights[name], ".2f"))
        for name, p in main.components.items()
    ]
    return PageTable("The numbers, and what each component says", ("", *TOLD, "weight"), (*first, *parts))
