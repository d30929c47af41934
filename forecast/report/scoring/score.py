"""Score: what anybody's probabilities were worth, by outcomes that the prices settle; measured as a run's are."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.sources import closes
from forecast.backtest.backtest import Progress, silent
from forecast.backtest.verification.backtest_scores import CLIMATOLOGY
from forecast.backtest.verification.calibration_monitor import monitor_state
from forecast.engines.arrays import Float, Int
from forecast.models.climatology import frequencies
from forecast.models.session_vol import vol_rank
from forecast.report.evaluation.evaluation import LEVEL, QuestionEvaluation, evaluate_records, plain_evaluations
from forecast.report.scoring.competing_forecasts import read_competing_forecasts, renamed
from forecast.report.scoring.external_forecasts import ExternalForecasts, read_external_forecasts
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample, price_sample
from forecast.target.surge import SurgeRule, episode_numbers

SAME_BARRIER = 2e-3  # of a stated barrier's size: prices rounded to a hundredth move it by less
NO_SURGE = "no surge by the rule"
OPEN = "not settled yet"
NOT_GIVEN = "not in every file compared with"


@dataclass(frozen=True)
class ExcludedRows:
    """Rows of a question that are not scored: why, how many, and the first of their days."""

    question: str
    why: str
    rows: int
    first: str


@dataclass(frozen=True)
class ScoringResult:
    """What was measured.

    given, prices : what was scored, and by which prices.   rule : what a surge is.   reports, monitors : by question label, as of a
    run.   left_out : rows that are not scored.   notes : lines a person should read.
    """

    given: str
    prices: str
    rule: SurgeRule
    reports: dict[str, QuestionEvaluation]
    monitors: dict[str, dict[str, Any]]
    left_out: tuple[ExcludedRows, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """As plain values; not a number where nothing can be told."""
        told = [{"question": one.question, "why": one.why, "rows": one.rows, "first": one.first} for one in self.left_out]
        named = {"given": self.given, "prices": self.prices, "surge": self.rule.model_dump(mode="json")}
        return named | {"left_out": told, "notes": list(self.notes), "questions": plain_evaluations(self.reports)}


def score(
    given: str | Path | pd.DataFrame,
    prices: str | Path | pd.Series,
    *,
    horizon: int | None = None,
    barrier: str | None = None,
    size: float | None = None,
    rule: SurgeRule | None = None,
    close: str | None = None,
    against: Sequence[str | Path | pd.DataFrame] = (),
    level: float = LEVEL,
    only: str | None = None,
    progress: Progress = silent,
) -> ScoringResult:
    """The evaluation of probabilities by the outcomes that `prices` settle.

    given, horizon, barrier, size : as of `read_given`.   prices, close : as of `features.sources.closes.load`; a series of closes by
    day will do.   rule : what a surge is; rows on other days are left out and counted, as are those not settled yet.
    against : further probabilities of the same dates, or run folders, to be compared with; rows that one of them lacks are left out.
    level : of the intervals low_ and high_.   only : the label of the one question to be evaluated.
    Climatology is the file's own base_ columns, else the frequencies of the outcomes of the surges settled before each date, with one
    case of each. Nothing that the file says of its outcomes is believed. InputError, one line, for what is wrong in any of it.
    """
    asked = {"horizon": horizon, "barrier": barrier, "size": size}
    mine = renamed(read_external_forecasts(given, **asked), {CLIMATOLOGY})  # type: ignore[arg-type]
    index = closes.load(prices if isinstance(prices, pd.Series) else Path(prices), close)
    rule = rule or SurgeRule()
    sample = price_sample(index, rule, mine.asked)
    _refuse_other_days(mine, sample)
    rivals = read_competing_forecasts(against, {mine.name, CLIMATOLOGY}, **asked)  # type: ignore[arg-type]
    base = _climatologies(sample, mine) if mine.base is None else None
    ranks = vol_rank(sample)
    found = [_of_question(mine.of(one), q, sample, ranks, rivals, base) for q, one in enumerate(mine.asked)]
    left_out = tuple(one for _, lines in found for one in lines)
    records = [record for record, _ in found]
    if all(one.why == NO_SURGE for one in left_out) and not any(len(record) for record in records):
        raise InputError(_no_surge(mine, sample, rule))
    monitors = {record.question.label: _monitored(record) for record in records}
    reports = evaluate_records(records, monitors, level=level, only=only, progress=progress)
    notes = (*mine.notes, *(_told(one, mine) for one in left_out), _climatology_note(mine, sample), *_doubts(mine, sample))
    return ScoringResult(mine.name, index.name, rule, reports, monitors, left_out, notes)


def _of_question(
    mine: ExternalForecasts, q: int, sample: Sample, ranks: Float, rivals: dict[str, ExternalForecasts], base: Float | None
) -> tuple[SettledForecasts, list[ExcludedRows]]:
    """The record of one question, and what is left out of it."""
    question = sample.questions[q]
    others = {name: _at(mine, one.of(question)) for name, one in rivals.items()}
    place, is_surge = _places(mine.dates, sample)
    settled = is_surge & (sample.outcomes[place, q] != UNSETTLED) if len(sample.rows) else is_surge
    common = np.all([at >= 0 for at in others.values()], axis=0) if others else np.ones(len(mine), dtype=bool)
    kept = settled & common
    reasons = {NO_SURGE: ~is_surge, OPEN: is_surge & ~settled, NOT_GIVEN: settled & ~common}
    left_out = [ExcludedRows(question.label, why, int(rows.sum()), str(mine.dates[rows][0])) for why, rows in reasons.items() if rows.any()]
    at, rows = place[kept], np.flatnonzero(kept)
    climatology = mine.base[rows] if mine.base is not None else _chosen(base, at, q)
    given = {mine.name: mine.p[rows], CLIMATOLOGY: climatology}
    given |= {name: rivals[name].of(question).p[others[name][rows]] for name in rivals}
    record = SettledForecasts(
        question,
        dates=sample.surge_sessions[at],
        known=sample.sessions[sample.rows[at] + question.horizon],
        outcomes=sample.outcomes[at, q].astype(np.int64),
        episodes=episode_numbers(sample.rows, question.horizon)[at],
        z=sample.surge_z[at],
        vol_rank=ranks[at],
        given=given,
        bounds=mine.bounds[rows] if mine.bounds is not None else np.full((len(rows), 3, 2), np.nan),
        judged=mine.name,
        rivals=tuple(rivals),
    )
    return record, left_out


def _places(days: np.ndarray, sample: Sample) -> tuple[Int, np.ndarray]:
    """Place of each day among the surges, (n,), and whether it is one; the place of a day that is none means nothing."""
    if not len(sample.rows):
        return np.zeros(len(days), dtype=np.int64), np.zeros(len(days), dtype=bool)
    place = np.minimum(np.searchsorted(sample.surge_sessions, days), len(sample.rows) - 1)
    return place, sample.surge_sessions[place] == days


def _at(mine: ExternalForecasts, other: ExternalForecasts) -> Int:
    """Row of `other` of the same day as each of `mine`, (n,); -1 where it has none. Both of one question."""
    if not len(other):
        return np.full(len(mine), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(other.dates, mine.dates), len(other) - 1)
    return np.where(other.dates[place] == mine.dates, place, -1)


def _climatologies(sample: Sample, mine: ExternalForecasts) -> Float:
    """Frequencies known at each surge that `mine` has a row of, (m, q, 3); NaN elsewhere."""
    found = np.full((len(sample.rows), len(sample.questions), 3), np.nan)
    place, is_surge = _places(mine.dates, sample)
    for at in np.unique(place[is_surge]):
        found[at] = frequencies(sample.up_to(int(sample.rows[at])))
    return found


def _chosen(base: Float | None, at: Int, q: int) -> Float:
    assert base is not None  # what a file does not have is computed
    return base[at, q]


def _monitored(record: SettledForecasts) -> dict[str, Any]:
    return monitor_state(record.given[record.judged], record.outcomes, record.dates, record.known)


def _refuse_other_days(mine: ExternalForecasts, sample: Sample) -> None:
    strange = ~np.isin(mine.dates, sample.sessions)
    if not strange.any():
        return
    first, begin, end = mine.dates[strange][0], sample.sessions[0], sample.sessions[-1]
    weekday = pd.Timestamp(first).day_name()
    why = f"it is a {weekday}" if weekday in ("Saturday", "Sunday") else f"they run from {begin} to {end}"
    more = f", nor are {int(strange.sum()) - 1} other rows" if strange.sum() > 1 else ""
    raise InputError(f"{mine.name}: {first} is no session of the prices in {sample.market} ({why}){more}; date a forecast by its session")


def _no_surge(mine: ExternalForecasts, sample: Sample, rule: SurgeRule) -> str:
    return (
        f"{mine.name}: none of its {len(np.unique(mine.dates))} days is a surge of {sample.market} by --min-z {rule.min_z:g} --min-return "
        f"{rule.min_return:g}, of which there are {len(sample.rows)}; lower these, or forecast on such days"
    )


def _told(one: ExcludedRows, mine: ExternalForecasts) -> str:
    every = sum(question.label == one.question for question in mine.questions)
    return f"{one.question}: {one.rows} of {every} rows left out, {one.why}; the first is of {one.first}"


def _climatology_note(mine: ExternalForecasts, sample: Sample) -> str:
    if mine.base is not None:
        return f"Climatology: the columns base_ of {mine.name}."
    return f"Climatology: of the outcomes of {sample.market}'s surges ({len(sample.rows)} by now) those settled before each date."


def _doubts(mine: ExternalForecasts, sample: Sample) -> list[str]:
    """Lines on what the file says of outcomes and barriers that the prices do not."""
    place, is_surge = _places(mine.dates, sample)
    column = np.array([sample.questions.index(one) for one in mine.questions], dtype=np.int64)
    if not is_surge.any():
        return []
    outcome, barrier = sample.outcomes[place, column], sample.barriers[place, column]
    other = is_surge & (outcome != UNSETTLED) & np.isfinite(mine.outcome) & (mine.outcome != outcome)
    far = is_surge & np.isfinite(mine.barrier) & ~(np.abs(mine.barrier / barrier - 1) <= SAME_BARRIER)
    told = []
    for flags, what in ((other, "outcomes"), (far, "barriers")):
        if flags.any():
            told.append(
                f"{int(flags.sum())} of the {what} that {mine.name} states are others by {sample.market}, the first of "
                f"{mine.dates[flags][0]}: the same prices, and the same rule?"
            )
    return told
