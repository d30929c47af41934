"""The surge in its history."""

from functools import partial

import numpy as np

from features.panel.series import SMALL
from forecast.report.html.number_format import counted, number, percent, signed_percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import surges as picture
from forecast.target.surge import episode_numbers, surge_moves

KEY, TITLE = "surge", "The surge in its history"
LARGEST = 15  # surges in the table


def section(data: ReportData) -> Section:
    """The index with all surges marked, and the rank of the one asked about; without any surge, the index."""
    sample, rule, answer = data.sample, data.experiment.surge, data.answer
    moves = surge_moves(data.dataset.panel[SMALL], rule)["surge_return"].to_numpy("float64")
    name = ""
    if answer is not None:
        name = f"{answer.surge.session}: {signed_percent(answer.surge.gain)}, number {answer.surge.rank} of {answer.surge.of}"
    paint = partial(
        picture.paint,
        title=f"{data.series}: every surge session since {sample.sessions[0]}",
        dates=sample.sessions,
        close=sample.close,
        moves=moves,
        surges=sample.rows,
        place=data.row,
        window=rule.window,
        least=rule.min_return,
        name=name,
    )
    if answer is None:
        text, alt = _without(data), f"Line of {data.series} from {sample.sessions[0]} to {sample.sessions[-1]}. {_count(data)}"
    else:
        text = (answer.surge.sentence, _count(data))
        alt = f"Line of {data.series} with every surge session marked, and below it the {rule.window}-session returns. {' '.join(text)}"
    tables = (_table(data),) if len(sample.rows) else ()
    return Section(KEY, TITLE, text, Picture(KEY, alt, paint, 4.6, 4.6), tables)


def _without(data: ReportData) -> tuple[str, ...]:
    sample = data.sample
    return (f"{data.series}, {counted(len(sample), 'session')} from {sample.sessions[0]} to {sample.sessions[-1]}.", _count(data))


def _count(data: ReportData) -> str:
    sample, rule, horizon = data.sample, data.experiment.surge, data.experiment.questions[0].horizon
    if not len(sample.rows):
        return (
            f"No session is a surge: none has a {rule.window}-session log return of {percent(rule.min_return, 1)} and {rule.min_z:g} sigma."
        )
    count = len(np.unique(episode_numbers(sample.rows, horizon)))
    return (
        f"This history has {counted(len(sample.rows), 'surge session')} in {counted(count, 'episode')} more than {horizon} sessions apart."
    )


def _table(data: ReportData) -> PageTable:
    sample = data.sample
    order = np.argsort(-sample.surge_return, kind="stable")[:LARGEST]
    numbers = episode_numbers(sample.rows, data.experiment.questions[0].horizon)
    rows = [
        (
            str(sample.surge_sessions[place]),
            signed_percent(float(np.expm1(sample.surge_return[place]))),
            number(float(sample.surge_z[place]), ".1f"),
            str(int(numbers[place])),
        )
        for place in order.tolist()
    ]
    return PageTable(
        f"The largest of the surge sessions, {len(rows)} of {len(sample.rows)}", ("session", "gain", "sigma", "episode"), tuple(rows)
    )
