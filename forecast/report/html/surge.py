"""The surge in its history."""

from functools import partial

import numpy as np

from features.panel.series import SMALL
from forecast.report.html.number_format import counted, number, percent, signed_percent
from forecast.report.html.page_elements import Picture, Section, Table
from forecast.report.html.report_data import Material
from forecast.report.plots import surges as picture
from forecast.target.surge import episodes, surge_moves

KEY, TITLE = "surge", "The surge in its history"
LARGEST = 15  # surges in the table


def section(material: Material) -> Section:
    """The index with all surges marked, and the rank of the one asked about; without any surge, the index."""
    sample, rule, answer = material.sample, material.experiment.surge, material.answer
    moves = surge_moves(material.dataset.panel[SMALL], rule)["surge_return"].to_numpy("float64")
    told = (
        ""
        if answer is None
        else f"{answer.surge.session}: {signed_percent(answer.surge.gain)}, number {answer.surge.rank} of {answer.surge.of}"
    )
    paint = partial(
        picture.paint,
        title=f"{material.series}: every surge session since {sample.sessions[0]}",
        dates=sample.sessions,
        close=sample.close,
        moves=moves,
        surges=sample.rows,
        place=material.row,
        window=rule.window,
        least=rule.min_return,
        told=told,
    )
    if answer is None:
        text, alt = _without(material), f"Line of {material.series} from {sample.sessions[0]} to {sample.sessions[-1]}. {_count(material)}"
    else:
        text = (answer.surge.sentence, _count(material))
        alt = f"Line of {material.series} with every surge session marked, and below it the {rule.window}-session returns. {' '.join(text)}"
    tables = (_table(material),) if len(sample.rows) else ()
    return Section(KEY, TITLE, text, Picture(KEY, alt, paint, 4.6, 4.6), tables)


def _without(material: Material) -> tuple[str, ...]:
    sample = material.sample
    return (f"{material.series}, {counted(len(sample), 'session')} from {sample.sessions[0]} to {sample.sessions[-1]}.", _count(material))


def _count(material: Material) -> str:
    sample, rule, horizon = material.sample, material.experiment.surge, material.experiment.questions[0].horizon
    if not len(sample.rows):
        return (
            f"No session is a surge: none has a {rule.window}-session log return of {percent(rule.min_return, 1)} and {rule.min_z:g} sigma."
        )
    count = len(np.unique(episodes(sample.rows, horizon)))
    return (
        f"This history has {counted(len(sample.rows), 'surge session')} in {counted(count, 'episode')} more than {horizon} sessions apart."
    )


def _table(material: Material) -> Table:
    sample = material.sample
    order = np.argsort(-sample.surge_return, kind="stable")[:LARGEST]
    numbers = episodes(sample.rows, material.experiment.questions[0].horizon)
    rows = [
        (
            str(sample.surge_sessions[place]),
            signed_percent(float(np.expm1(sample.surge_return[place]))),
            number(float(sample.surge_z[place]), ".1f"),
            str(int(numbers[place])),
        )
        for place in order.tolist()
    ]
    return Table(
        f"The largest of the surge sessions, {len(rows)} of {len(sample.rows)}", ("session", "gain", "sigma", "episode"), tuple(rows)
    )
