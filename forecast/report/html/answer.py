"""The answer first: the forecast and climatology, the one to read first above, in one sentence and one picture."""

from functools import partial

from forecast.backtest.verification import CLIMATOLOGY
from forecast.report.html.number_format import MINUS, PRINT_ORDER, bounds, by_outcome, counted, listed, number, percent, percents
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import answer as picture
from forecast.report.sentences import not_a_surge_today
from forecast.runs.answer.answer import Answer, QuestionAnswer

KEY, TITLE = "answer", "The answer"


def section(data: ReportData) -> Section:
    """The main question: sentence, picture, every component in the table."""
    try:
        answer, main, _ = data.forecast()
    except MissingPartError as error:
        raise MissingPartError(f"{error} {_rule(data)}") from None
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
    """The answer in one sentence, which begins with the forecast or climatology, the one to read first."""
    forecast = listed(f"{name} {percent(main.probabilities[name])} {bounds(*main.interval[name])}" for name in PRINT_ORDER)
    base = listed(f"{name} {percent(main.climatology[name])}" for name in PRINT_ORDER)
    if main.demonstrated:
        return (
            f"The forecast, whose skill on this question is demonstrated (t {number(main.skill_t, '.2f')} of Diebold and Mariano against "
            f"climatology), is {forecast}, with {percent(main.level)} intervals; climatology is {base}."
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
    earlier = [] if answer.is_surge_today else [not_a_surge_today(answer.as_of, answer.surge.session)]
    return [*earlier, main.outcome_sentence]


def _rule(data: ReportData) -> str:
    rule = data.experiment.surge
    return (
        f"A surge is a {rule.window}-session log return of at least {percent(rule.min_return, 1)} and at least {rule.min_z:g} times the "
        f"volatility known before."
    )


def _alt(main: QuestionAnswer) -> str:
    intervals = ", ".join(f"{name} {bounds(*main.interval[name])}" for name in PRINT_ORDER)
    first = "climatology first" if main.headline.of == CLIMATOLOGY else "the forecast first"
    return (
        f"Three rows, {first}. Forecast: {by_outcome(main.probabilities)}; {percent(main.level)} intervals in percent: {intervals}. "
        f"Climatology: {by_outcome(main.climatology)}."
    )


def _table(main: QuestionAnswer) -> PageTable:
    low, high = ({name: ends[place] for name, ends in main.interval.items()} for place in (0, 1))
    forecast = {
        "forecast": main.probabilities,
        "interval, low": low,
        "interval, high": high,
        "Monte-Carlo s.e.": main.mc_error,
        "before calibration": main.uncalibrated,
    }
    base = {"climatology": main.climatology}
    rows = forecast | base if main.demonstrated else base | forecast
    cells = [(name, *percents(p, 1), "") for name, p in rows.items()]
    parts = [(f"component {name}", *percents(p, 1), number(main.weights[name], ".2f")) for name, p in main.components.items()]
    return PageTable("The numbers, and what each component says", ("", *PRINT_ORDER, "weight"), (*cells, *parts))
