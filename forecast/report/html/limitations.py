"""Limitations: how little evidence the answer has, which data it lacks, and what it does not say."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from forecast.backtest.verification.calibration_monitor import monitor_summary
from forecast.report.html.number_format import bounds, counted, listed, percent, with_minus
from forecast.report.html.page_elements import Section
from forecast.report.html.report_data import ReportData
from forecast.report.sentences import PRINT_ORDER, distinct_warnings, without_labels
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.answer.sensitivity import sensitivity_grid
from forecast.target.surge import episode_numbers

KEY, TITLE = "unknown", "What is not known"
LIMITS = (
    "Moves within a session: barriers are met by closes only, in log returns of the index, without dividends or costs.",
    "What has never happened in this history: paths and frequencies are made from it, and from those of the indices beside it.",
)
LARGE = 0.10  # gain of the surges that are counted by themselves


def section(data: ReportData) -> Section:
    """Points from the run: evidence, skill, disagreement, data; then what no run can say."""
    points = [*_evidence(data), *_data(data), *LIMITS]
    return Section(KEY, TITLE, points=tuple(with_minus(point) for point in points))


def _evidence(data: ReportData) -> Iterator[str]:
    sample, horizon = data.sample, data.experiment.questions[0].horizon
    large = sample.rows[np.expm1(sample.surge_return) >= LARGE]
    if len(sample.rows):
        window, every, few = data.experiment.surge.window, _episodes(sample.rows, horizon), _episodes(large, horizon)
        yield (
            f"Surges are few: {counted(len(sample.rows), 'surge session')} in {every} since {sample.sessions[0]}, {few} of "
            f"{percent(LARGE)} or more in {window} sessions. Sessions of one episode share what follows, so episodes are what counts."
        )
    if data.answer is not None:
        yield from _answered(data.answer, data.answer.questions[0])
    if data.metrics.get("monitor"):
        yield without_labels(monitor_summary(data.metrics["monitor"]))
    if data.metrics.get("promotion"):
        yield _promotion(data.metrics["promotion"])


def _promotion(verdict: Mapping[str, Any]) -> str:
    met, questions = "met" if verdict["promoted"] else "not met", counted(verdict["asked"], "question")
    return f"Whether it should replace what is in use: the rule of promotion is {met}, on {verdict['passed']} of {questions}."


def _answered(answer: Answer, main: QuestionAnswer) -> Iterator[str]:
    if not main.demonstrated:
        yield f"Whether the forecast knows more than the base rate and climatology: {main.headline.standing}."
    layout = sensitivity_grid(answer.questions)
    if len(layout.cells) > 1:
        yield layout.caution
    spread = listed(f"{name} {bounds(*main.interval[name])}" for name in PRINT_ORDER)
    yield (
        f"The probabilities themselves: the {percent(main.level)} intervals, in percent, are {spread}. They speak of the probability, not "
        "of the outcome, and hold what the parameters leave open, Monte-Carlo error, calibration and how far components disagree."
    )
    if len(main.components) > 1:
        spans = [(name, [p[name] for p in main.components.values()]) for name in PRINT_ORDER]
        yield f"Which component is right: they give {listed(f'{name} from {percent(min(p))} to {percent(max(p))}' for name, p in spans)}."
    if not answer.is_surge_today:
        yield f"What a surge today would give: the last session, {answer.as_of}, is none; the answer is of {answer.surge.session}."


def _data(data: ReportData) -> Iterator[str]:
    about, forecaster = data.run.manifest, data.forecaster
    yield (
        f"Anything after {about.as_of}: the data are {about.origin} ({about.source}), {counted(about.sessions, 'session')} of the "
        f"{about.series} from {about.first_session} on."
    )
    lent = f"{counted(len(about.companions), 'further index')}".replace("indexs", "indices")
    yield f"How alike markets are: beside the index itself, {lent} {'is' if len(about.companions) == 1 else 'are'} learned from."
    for note in data.answer.notes if data.answer else about.notes:
        yield f"{note[0].upper()}{note[1:].rstrip('.')}."
    for name in forecaster.replaced:
        yield f"What {name} would say: it could not be fitted, and the base rate stands in for it."
    warnings = data.metrics.get("warnings") or []
    for warning in distinct_warnings(warnings):
        yield f"What would have been, had every fit gone well: {warning}."


def _episodes(rows: np.ndarray, horizon: int) -> str:
    return counted(len(np.unique(episode_numbers(rows, horizon))), "episode")
