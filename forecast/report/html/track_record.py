"""Track record: one page of every forecast that a history holds, what came of it, and what the forecasts have been worth so far."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY
from forecast.backtest.verification.calibration_monitor import monitor_state
from forecast.backtest.verification.scores import brier
from forecast.report.answer_words import HAPPENED
from forecast.report.evaluation.evaluation import QuestionEvaluation, evaluate_records
from forecast.report.evaluation.monitor_status import monitor_status
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.html import reliability, skill
from forecast.report.html.number_format import MISSING, counted, listed, number, percents, signed_percent
from forecast.report.html.page_elements import PageTable, Picture, Section
from forecast.report.html.rendering import drawing_of, rendered
from forecast.report.plots import monitor as monitor_picture
from forecast.report.sentences import PRINT_ORDER
from forecast.report.text.evaluation_table import monitor_sentence
from forecast.runs.predictions.columns import BASE_COLUMNS, P_COLUMNS
from forecast.runs.predictions.history import forecasts_of
from forecast.runs.predictions.history_outcomes import COUNTED, counted_records
from forecast.runs.predictions.read import rows_of
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import OUTCOMES
from forecast.target.question import FALL

NEWEST = 20  # forecasts that are shown without a click
NONE = "No forecast has been given yet: `train`, or `predict --history`, adds the first one."
RULE = (
    "Counted is the first forecast of each surge, given before the next session's close was out. What was given again or late is listed, "
    "and not counted."
)


def track_record_page(table: pd.DataFrame, notes: Sequence[str] = ()) -> str:
    """The page as HTML that needs nothing else.

    Parameters
    ----------
    table : DataFrame
        As `with_aftermath` gives it, of any number of series and experiments; may be empty.
    notes : sequence of str
        Lines for the end of the page.
    """
    sections: list[Section] = []
    groups = [rows for _, rows in table.groupby(["series", "experiment"], sort=False)]
    for place, rows in enumerate(groups, start=1):
        sections += _numbered(_sections(rows), place if len(groups) > 1 else None, rows)
    if not groups:
        sections.append(Section("record", "Every forecast as it was given", missing=NONE))
    if notes:
        sections.append(Section("notes", "What is not known", points=tuple(notes)))
    drawings = {section.key: drawing_of(section.picture) for section in sections if section.picture is not None}
    return rendered("track_record.html", _title(groups), sections, drawings, facts=_facts(table), version=version("smallcap-surge"))


def _title(groups: Sequence[pd.DataFrame]) -> str:
    names = list(dict.fromkeys(str(rows["series"].iloc[0]) for rows in groups))
    return f"Track record: {listed(names)}" if names else "Track record"


def _facts(table: pd.DataFrame) -> str:
    if table.empty:
        return "An empty history"
    issues = table["given_at"].drop_duplicates()
    days = dict.fromkeys(f"{day:%Y-%m-%d}" for day in (issues.min(), issues.max()))
    return f"{counted(sum(1 for _ in forecasts_of(table)), 'forecast')} given {'from ' if len(days) > 1 else 'on '}{' to '.join(days)}"


def _numbered(sections: Iterable[Section], place: int | None, rows: pd.DataFrame) -> list[Section]:
    """Keys and titles that tell several series apart."""
    if place is None:
        return list(sections)
    name = f"{rows['series'].iloc[0]}, {rows['experiment'].iloc[0]}"
    return [
        replace(
            one,
            key=f"{one.key}-{place}",
            title=f"{name}: {one.title[0].lower()}{one.title[1:]}",
            picture=one.picture and replace(one.picture, name=f"{one.picture.name}-{place}"),
        )
        for one in sections
    ]


def _sections(rows: pd.DataFrame) -> Iterator[Section]:
    """The parts of one series and experiment."""
    records = counted_records(rows)
    monitors = {one.question.title: _monitor(one) for one in records}
    evaluations = list(evaluate_records(records, {one.question.label: monitors[one.question.title] for one in records}).values())
    main, name = records[0], f"{rows['series'].iloc[0]}, {records[0].question.title}"
    before = (_standing(rows, main), RULE, *tally_of_evaluations(evaluations))
    yield _or_missing(main, skill.LEAST, partial(skill.section_of, main, name, before, "On"), Section("score", "The score so far", before))
    yield Section("forecasts", "Every forecast as it was given", tables=tuple(_forecast_tables(rows)))
    yield _monitor_section(monitors, evaluations[0])
    if not main.question.is_fall:
        blank = Section("calibration", reliability.TITLE)
        yield _or_missing(main, reliability.LEAST, partial(reliability.section_of, main, name), blank)
    yield _questions(evaluations)


def _or_missing(record: SettledForecasts, least: int, make: Callable[[], Section], blank: Section) -> Section:
    """The section that `make` gives, under the names of `blank`; `blank`, and that too little is settled, if so."""
    if len(record) < least:
        return replace(blank, missing=f"{counted(len(record), 'forecast')} settled and counted: this part needs {least}.")
    return replace(make(), key=blank.key, title=blank.title)


def _monitor(record: SettledForecasts) -> dict[str, Any]:
    p = record.probabilities[record.judged]
    return monitor_state(p, record.outcomes, record.dates, record.settlement, fall=record.question.is_fall)


def _standing(rows: pd.DataFrame, main: SettledForecasts) -> str:
    """How many forecasts of how many surges there are, settled and open."""
    first = rows_of(rows[rows["use"] == COUNTED], main.question)
    is_open = int(first["outcome"].isna().sum())
    forecasts, surges = sum(1 for _ in forecasts_of(rows)), rows["date"].nunique()
    asks = main.question.title if main.question.is_fall else f"which comes first, {main.question.title}"
    return (
        f"{counted(forecasts, 'forecast')} of {counted(surges, 'surge session')}: {len(first)} counted, of which {len(main)} settled and "
        f"{is_open} open. The main question is {asks}."
    )


def _forecast_tables(rows: pd.DataFrame) -> Iterator[PageTable]:
    """The newest forecasts open, those before them a click away."""
    lines = [_line(forecast) for forecast in forecasts_of(rows)][::-1]
    head = ("given", "surge", *PRINT_ORDER, "base rate", "Brier score", "what came of it")
    yield PageTable("The forecasts of the main question, the newest first", head, tuple(lines[:NEWEST]), is_open=True)
    if len(lines) > NEWEST:
        yield PageTable(f"The {counted(len(lines) - NEWEST, 'forecast')} before these", head, tuple(lines[NEWEST:]))


def _line(forecast: pd.DataFrame) -> tuple[str, ...]:
    """A forecast's main question."""
    row = forecast.iloc[0]
    p = {name: float(row[column]) for name, column in zip(OUTCOMES, P_COLUMNS, strict=True)}
    base = {name: float(row[column]) for name, column in zip(OUTCOMES, BASE_COLUMNS, strict=True)}
    score = MISSING
    if not pd.isna(row["outcome"]):
        score = f"{float(brier(np.array([[p[name] for name in OUTCOMES]]), np.array([int(row['outcome'])]))[0]):.2f}"
    beside = " / ".join(f"{100 * base[name]:.0f}" for name in PRINT_ORDER) + " %"
    days, use = (f"{row[name]:%Y-%m-%d}" for name in ("given_at", "date")), str(row["use"])
    return (*days, *percents(p), beside, score, aftermath_words(row) + ("" if use == COUNTED else f" ({use}, not counted)"))


def aftermath_words(row: "pd.Series[Any]") -> str:
    """What came of a forecast, or what is known so far."""
    settlement, met_on = f"{row['known']:%Y-%m-%d}", row["met_on"]
    words = HAPPENED if row["barrier_kind"] != FALL else {"reverse": "fell", "stall": "did not fall"}
    if not pd.isna(row["outcome"]):
        return words[OUTCOMES[int(row["outcome"])]] + ("" if pd.isna(met_on) else f" on {met_on:%Y-%m-%d}")
    if not pd.isna(row["met"]):
        return f"{words[OUTCOMES[int(row['met'])]]} on {met_on:%Y-%m-%d}, settled on {settlement}"
    if not row["sessions"]:
        return f"open until {settlement}"
    so_far = signed_percent(float(np.expm1(row["move"])))
    return f"open until {settlement}: {so_far} after {int(row['sessions'])} of {int(row['horizon'])} sessions"


def _monitor_section(monitors: Mapping[str, dict[str, Any]], main: QuestionEvaluation) -> Section:
    """The gambler's capital by day of settlement."""
    names = ("monitor", "Has an alarm been raised?")
    started = {title: state for title, state in monitors.items() if state["known"]}
    if not started:
        return Section(*names, missing=monitor_sentence(None))
    states = [monitor_status(state) for state in started.values()]
    raised = [title for title, one in zip(started, states, strict=True) if one is not None and one.alarm]
    verdict = f"Yes, on {listed(raised)}." if raised else f"No, on none of {counted(len(started), 'question')}."
    says = monitor_sentence(main.monitor)
    bets = "Only a forecast that is given when the one before it is settled is bet on, so that horizons do not overlap."
    drawn = Picture("monitor", f"Lines of capital by day of settlement. {says}", partial(monitor_picture.paint, monitors=started), 4.6, 5.2)
    return Section(*names, (verdict, f"The main question. {says}", bets), drawn)


def _questions(evaluations: Sequence[QuestionEvaluation]) -> Section:
    """What the counted forecasts of each question were worth."""
    names = ("questions", "Every question")
    if not any(one.sessions for one in evaluations):
        return Section(*names, missing="Nothing is settled and counted yet.")
    rows = []
    for one in evaluations:
        cells = [str(one.sessions), str(one.episodes)]
        mine = one.forecasters.get(one.judged)
        cells.append(MISSING if mine is None else f"{mine.scores['brier']:.4f}")
        for name in (BASE_RATE, CLIMATOLOGY):
            over = None if mine is None else mine.over.get(name)
            cells += [MISSING, MISSING] if over is None else [number(over.skill, "+.3f"), number(over.diebold_mariano.t, "+.1f")]
        rows.append((one.question.title, *cells))
    head = ("question", "settled", "episodes", "Brier score", "skill over base rate", "t", "skill over climatology", "t")
    return Section(*names, tables=(PageTable("What the counted forecasts were worth", head, tuple(rows), is_open=True),))
