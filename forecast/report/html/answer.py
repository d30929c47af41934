"""The answer first: the forecast, and beside it the base rate, in one sentence and one picture."""

from functools import partial

from forecast.report.answer_words import base_rate_counts, likeliest
from forecast.report.html.number_format import bounds, by_outcome, counted, listed, number, percent, percents, with_minus
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import answer as picture
from forecast.report.sentences import PRINT_ORDER, not_a_surge_today
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.demonstrated_skill import reference_name

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
        base_rate=main.base_rate,
        base_interval=main.base_interval,
        level=main.level,
    )
    drawn = Picture(KEY, _alt(main), paint, 3.3, 3.9)
    return Section(KEY, TITLE, (_first(answer, main), sentence(main), _meaning(main), *_when(answer, main)), drawn, (_table(main),))


def _first(answer: Answer, main: QuestionAnswer) -> str:
    """One number in plain words, what usually happens, and how sure it is."""
    counts = base_rate_counts(main)
    usually = "" if counts is None else f" What usually happens: {counts}."
    return f"{likeliest(answer, main)}{usually} {_trust(main)}"


def _trust(main: QuestionAnswer) -> str:
    record = f"{counted(main.skill_episodes, 'past episode')} the forecast was"
    if main.demonstrated:
        return f"How sure: in {record} surely better than what usually happens."
    return f"How sure: unproven, in {record} not surely better than {reference_name(main.skill_over)}."


def sentence(main: QuestionAnswer) -> str:
    """The answer in one sentence: the forecast, its standing, the base rate."""
    forecast = listed(f"{name} {percent(main.probabilities[name])} {bounds(*main.interval[name])}" for name in PRINT_ORDER)
    base = listed(f"{name} {percent(main.base_rate[name])} {bounds(*main.base_interval[name])}" for name in PRINT_ORDER)
    beside = f"The base rate, what followed past surges at a barrier as far in their own volatility, is {base}."
    if main.demonstrated:
        return (
            f"The forecast, whose skill on this question is demonstrated (t {number(main.skill_t, '.2f')} of Diebold and Mariano against "
            f"{reference_name(main.skill_over)}), is {forecast}, with {percent(main.level)} intervals. {beside}"
        )
    why = with_minus(main.headline.standing.partition(": ")[2])
    return f"The forecast, unproven on this question ({why}), is {forecast}, with {percent(main.level)} intervals. {beside}"


def _meaning(main: QuestionAnswer) -> str:
    settled, episodes = counted(main.settled, "surge"), counted(main.settled_episodes, "independent episode")
    return (
        f"Continue: within {main.horizon} sessions a close is {percent(main.barrier, 1)} or more above the surge's, in logs, before one is "
        "as far below; reverse: the other way round; stall: neither. The base rate is worth "
        f"{counted(main.base_episodes, 'independent episode')} of this index and of those beside it. Climatology, how often each followed "
        f"the {settled} settled before whatever the barrier's distance, in {episodes}, is {by_outcome(main.climatology)}."
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
    return (
        f"Three rows. Forecast: {by_outcome(main.probabilities)}; {percent(main.level)} intervals in percent: {intervals}. "
        f"Base rate: {by_outcome(main.base_rate)}."
    )


def _table(main: QuestionAnswer) -> PageTable:
    low, high = ({name: ends[place] for name, ends in main.interval.items()} for place in (0, 1))
    base_low, base_high = ({name: ends[place] for name, ends in main.base_interval.items()} for place in (0, 1))
    rows = {
        "forecast": main.probabilities,
        "interval, low": low,
        "interval, high": high,
        "Monte-Carlo s.e.": main.mc_error,
        "before calibration": main.uncalibrated,
        "base rate": main.base_rate,
        "base rate, low": base_low,
        "base rate, high": base_high,
        "climatology": main.climatology,
    }
    cells = [(name, *percents(p, 1), "") for name, p in rows.items()]
    parts = [(f"component {name}", *percents(p, 1), number(main.weights[name], ".2f")) for name, p in main.components.items()]
    return PageTable("The numbers, and what each component says", ("", *PRINT_ORDER, "weight"), (*cells, *parts))
