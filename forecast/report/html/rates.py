"""Rate odds on the day of the surge: by meeting if fed funds futures are known, else the published measures."""

from functools import partial

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel.panel import Panel
from features.panel.series import FUTURES, PUBLISHED
from features.rates.contracts import month_of
from features.rates.fedwatch import Odds, odds
from features.rates.history import AHEAD
from forecast.report.html.number_format import counted, listed, number, percent
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import odds as picture
from forecast.report.plots import rate_path

KEY, TITLE = "rates", "Rate odds"
DOCTOR = " `forecast doctor` says what would switch them on."
MARK = "*"  # of a meeting whose odds are to be doubted
LATELY = 126  # sessions of published odds that are drawn
CUTS = {"p_cut_next": "after the next meeting", "p_cut_second": "after the second meeting"}


def section(data: ReportData) -> Section:
    """The odds on the surge's session, without a surge on the last; a sentence on what is missing if they are not known."""
    panel = data.dataset.panel
    on = panel.sessions[len(panel.sessions) - 1 if data.row is None else data.row]
    try:
        prices = strip(panel, on)
        if len(prices) >= 2:
            return _by_meeting(odds(on, prices))
        lacking = _lacking(panel, on)
    except InputError as error:
        lacking = str(error)
    published = _published(panel, on)
    if any(name.startswith("change_") for name in published):
        return _path(data, on, published, lacking)
    absent = not any(series in panel for series in PUBLISHED.values())
    also = "nor are published odds" if absent else f"published odds are not known on {on:%Y-%m-%d}"
    raise MissingPartError(f"No rate odds: {lacking}, {also}.{DOCTOR if absent else ''}")


def strip(panel: Panel, on: pd.Timestamp) -> dict[str, float]:
    """Price by contract month as settled on the session `on`, up to the first that is not known; the month before's last, if known."""
    prices: dict[str, float] = {}
    days, running = pd.DatetimeIndex([on]), month_of(on)
    for ahead, series in enumerate(FUTURES):
        price = float(panel.releases(series).on(days)[0]) if series in panel else np.nan
        if not np.isfinite(price):
            break
        prices[str(running + ahead)] = price
    before = float(panel.releases(FUTURES[0]).of_month_before(days)[0]) if prices else np.nan
    return ({str(running - 1): before} if np.isfinite(before) else {}) | prices


def _lacking(panel: Panel, on: pd.Timestamp) -> str:
    absent = sum(series not in panel for series in FUTURES)
    if absent:
        which = "" if absent == len(FUTURES) else f" of {counted(absent, 'contract month')}"
        return f"prices of fed funds futures{which} are not among the data"
    last = panel[FUTURES[0]].last_valid_index()
    until = "" if last is None else f"; they end on {pd.Timestamp(str(last)):%Y-%m-%d}"
    return f"prices of fed funds futures are not known on {on:%Y-%m-%d}{until}"


def _published(panel: Panel, on: pd.Timestamp) -> dict[str, float]:
    """Published measures that are known on the session `on`."""
    values = {name: float(panel[series].loc[on]) for name, series in PUBLISHED.items() if series in panel}
    return {name: value for name, value in values.items() if np.isfinite(value)}


def _by_meeting(rate_odds: Odds) -> Section:
    rows = []
    for move, each in zip(rate_odds.moves, rate_odds.distributions, strict=True):
        likeliest = picture.range_label(float(each.lower[int(each.probabilities.argmax())]), each.width)
        cells = (percent(each.p_cut), percent(each.p_unchanged), percent(each.p_hike), number(each.mean_change, "+.0f"))
        rows.append((f"{each.meeting:%Y-%m-%d}{MARK if move.flags else ''}", *cells, likeliest))
    first, last = rate_odds.distributions[0], rate_odds.distributions[-1]
    odds_then = f"{percent(first.p_cut)} after the meeting of {first.meeting:%Y-%m-%d} and of {percent(last.p_cut)}"
    text = (
        f"By fed funds futures on {rate_odds.on:%Y-%m-%d}, a target below the one in force has a probability of {odds_then} after that of "
        f"{last.meeting:%Y-%m-%d}; the target expected then is {number(last.mean_change, '+.0f')} basis points from today's.",
        *(f"{note[0].upper()}{note[1:]}." for note in rate_odds.notes),
        *(f"{MARK} {move.meeting.day:%Y-%m-%d}: {flag}." for move in rate_odds.moves for flag in move.flags),
    )
    lower, _ = picture.grid(rate_odds)
    high = 1.9 + 0.3 * len(lower)
    alt = f"Table of target ranges by meeting, coloured by probability. {text[0]}"
    table = PageTable("After each meeting", ("meeting", "cut", "unchanged", "rise", "mean change, bp", "likeliest range, %"), tuple(rows))
    return Section(KEY, TITLE, text, Picture(KEY, alt, partial(picture.paint, odds=rate_odds), high, high + 0.4), (table,))


def _path(data: ReportData, on: pd.Timestamp, published: dict[str, float], lacking: str) -> Section:
    panel = data.dataset.panel
    row = panel.sessions.get_loc(on)
    assert isinstance(row, int)
    shown = slice(max(row - LATELY, 0), row + 1)
    changes = {months: published[f"change_{months}m"] for months in AHEAD if f"change_{months}m" in published}
    cuts = {when: panel[PUBLISHED[name]].to_numpy("float64")[shown] for name, when in CUTS.items() if name in published}
    paint = partial(
        rate_path.paint,
        title=f"Published rate odds on {on:%Y-%m-%d}",
        changes=changes,
        dates=panel.sessions[shown].to_numpy("datetime64[D]"),
        odds=cuts,
        surge=None if data.row is None else np.datetime64(on, "D"),
    )
    expected = listed(f"{number(change, '+.2f')} percentage points in {months} months" for months, change in changes.items())
    cut_odds = listed(f"{percent(published[name])} {when}" for name, when in CUTS.items() if name in published)
    text = (
        f"By published odds of {on:%Y-%m-%d} the target is expected to change by {expected}; the odds of a lower one are {cut_odds}.",
        f"There are no odds by meeting: {lacking}.",
    )
    lately = counted(row + 1 - shown.start, "session")
    alt = f"Left, the change of the target expected by months ahead; right, odds of a cut over {lately}. {text[0]}"
    rows = [(PUBLISHED[name].doc, number(value, ".3f"), PUBLISHED[name].unit) for name, value in published.items()]
    table = PageTable("Published measures", ("measure", "value", "unit"), tuple(rows))
    return Section(KEY, TITLE, text, Picture(KEY, alt, paint, 3.0, 5.0), (table,))
