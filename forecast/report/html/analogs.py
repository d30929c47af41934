"""The nearest analogs, and what followed."""

from collections.abc import Sequence
from functools import partial

from forecast.report.html.number_format import counted, listed, number, percent, signed_percent
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import analogs as picture
from forecast.report.sentences import PRINT_ORDER
from forecast.runs.answer.analogs import COMPONENT, FOLLOWED, Analog

KEY, TITLE = "analogs", "The nearest analogs and what followed"


def section(data: ReportData) -> Section:
    """Paths of the index after the past surges that are nearest to this one in their drivers."""
    answer, main, row = data.forecast()
    if not answer.analogs:
        chosen = COMPONENT in data.experiment.model.components
        why = "too few past surges are known to compare with" if chosen else f"the run has no component `{COMPONENT}`"
        raise MissingPartError(f"No analogs: {why}.")
    paths = picture.analog_paths(data.sample, row, answer.analogs, main, answer.series)
    came = {name: sum(analog.outcomes[main.question] == name for analog in answer.analogs) for name in PRINT_ORDER}
    settled = sum(came.values())
    text = (
        f"Of the {counted(settled, 'nearest past surge')} that {'is' if settled == 1 else 'are'} settled, one an episode, "
        f"{listed(f'{count} went on to {name}' for name, count in came.items())}, at a barrier as far in their own volatility.",
        "The nearest is not near in any absolute sense: distance is what the table says, and a handful of cases proves nothing.",
    )
    first = answer.analogs[0]
    alt = (
        f"Lines of the index after {counted(len(answer.analogs), 'past surge')} at the scale of today's volatility. {text[0]} "
        f"The nearest is {first.session}, with {percent(first.weight)} of the votes."
    )
    drawn = Picture(KEY, alt, partial(picture.paint, paths=paths), 4.6, 4.8)
    return Section(KEY, TITLE, text, drawn, (_table(answer.analogs, main.question),))


def _table(analogs: Sequence[Analog], question: str) -> PageTable:
    rows = [
        (
            analog.session,
            number(analog.distance, ".2f"),
            percent(analog.weight, 1),
            signed_percent(analog.log_return),
            number(analog.z, ".1f"),
            analog.outcomes[question] or "not settled",
            *(signed_percent(analog.followed[str(ahead)]) for ahead in FOLLOWED),
        )
        for analog in analogs
    ]
    after = (f"after {ahead} sessions" for ahead in FOLLOWED)
    return PageTable("Log returns after each", ("surge", "distance", "vote", "log return", "sigma", "outcome", *after), tuple(rows))
