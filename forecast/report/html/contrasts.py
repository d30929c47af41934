"""What people argue about: what followed past surges in one state of the world and in the other."""

from functools import partial

from forecast.report.html.number_format import MINUS, MISSING, NO_BREAK, bounds, percent, with_minus
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import contrasts as picture
from forecast.report.text.contrasts_table import contrast_notes
from forecast.runs.contrasts.answer import FALL, PRINTED, Contrasts, StateContrast, StateShares

KEY, TITLE = "contrasts", "What people argue about"


def section(data: ReportData) -> Section:
    """The contrasts of the answer: a sentence and a small table each, and their differences as a picture."""
    answer, _, _ = data.forecast()
    contrasts = answer.contrasts
    if contrasts is None:
        raise MissingPartError("No surge was settled by then, so there is nothing to compare.")
    shown = [one for one in contrasts.contrasts if one.difference is not None]
    text = (*contrast_notes(contrasts, "`(today)`"), contrasts.caution)
    points = tuple(with_minus(one.sentence) for one in contrasts.contrasts)
    tables = (_every(contrasts), *(_table(number, one, contrasts) for number, one in enumerate(contrasts.contrasts, 1) if not one.lacks))
    if not shown:
        return Section(KEY, TITLE, text, None, tables, points, missing="No contrast has a surge in both states, so nothing is drawn.")
    alt = f"Differences between two states with their intervals, {len(shown)} rows. {' '.join(one.sentence for one in shown)}"
    paint = partial(picture.paint, title=f"{answer.series}: first state less second, points", contrasts=shown)
    drawn = Picture(KEY, alt, paint, 1.2 + 0.36 * len(shown), 1.4 + 0.46 * len(shown))
    return Section(KEY, TITLE, text, drawn, tables, points)


def _every(contrasts: Contrasts) -> PageTable:
    rows = [("episodes", f"{contrasts.every.episodes:.0f}"), *((_name(name, contrasts), _share(contrasts.every, name)) for name in PRINTED)]
    return PageTable("Every surge", ("", "every surge"), tuple(rows))


def _table(number: int, one: StateContrast, contrasts: Contrasts) -> PageTable:
    """Upright, a column a state, so that a phone has room for it."""
    head = ("", *(state.name + (" (today)" if state.today else "") for state in (one.first, one.second)), "difference")
    episodes = ("episodes", f"{one.first.episodes:.0f}", f"{one.second.episodes:.0f}", "")
    rows = [(_name(name, contrasts), _share(one.first, name), _share(one.second, name), _difference(one, name)) for name in PRINTED]
    return PageTable(f"{number}. {one.says}: {one.words}", head, (episodes, *rows))


def _name(outcome: str, contrasts: Contrasts) -> str:
    return f"fall of {percent(contrasts.fall)}" if outcome == FALL else outcome


def _share(state: StateShares, outcome: str) -> str:
    if state.shares is None or state.interval is None:
        return MISSING
    return f"{percent(state.shares[outcome])} {bounds(*state.interval[outcome])}"


def _difference(one: StateContrast, outcome: str) -> str:
    if one.difference is None or one.interval is None:
        return MISSING
    low, high = one.interval[outcome]
    return f"{100 * one.difference[outcome]:+.0f} [{100 * low:+.0f},{NO_BREAK}{100 * high:+.0f}]".replace("-", MINUS)
