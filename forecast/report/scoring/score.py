"""Score: anybody's probabilities are evaluated as a run's are, by outcomes that the prices settle."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.sources import closes
from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY
from forecast.backtest.promotion import PromotionRule
from forecast.backtest.verification.calibration_monitor import monitor_state
from forecast.backtest.walk_forward import Progress, silent
from forecast.engines.arrays import Float, Int
from forecast.models.base_rate import fit_base_rate
from forecast.models.climatology import frequencies
from forecast.models.session_vol import vol_rank
from forecast.report.evaluation.evaluation import LEVEL, SKILL_RULE, QuestionEvaluation, evaluate_records, read_promotion_rule
from forecast.report.evaluation.evaluation_file import plain_evaluations
from forecast.report.notebook.scoring_display import ScoringDisplay
from forecast.report.scoring.competing_forecasts import read_competing_forecasts, rename
from forecast.report.scoring.external_forecasts import ExternalForecasts, QuestionFilter, read_external_forecasts
from forecast.runs.folder import open_run
from forecast.runs.predictions.settled import SettledForecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample, price_sample
from forecast.target.surge import SurgeRule, episode_numbers

SAME_BARRIER = 2e-3  # of a stated barrier's size: prices rounded to a hundredth move it by less
RESERVED = frozenset({CLIMATOLOGY, BASE_RATE})
NO_SURGE = "no surge by the rule"
OPEN = "not settled yet"
NOT_COMMON = "not in every file compared with"


@dataclass(frozen=True)
class ExcludedRows:
    """Rows of a question that are not scored: why, how many, and the first of their days."""

    question: str
    why: str
    rows: int
    first: str


@dataclass(frozen=True, repr=False)
class ScoringResult(ScoringDisplay):
    """The evaluation of anybody's probabilities by the outcomes that prices settle.

    Parameters
    ----------
    name
        Of the forecaster: that of its file or run folder.
    prices
        Name of the prices.
    rule
        What a surge is.
    evaluations
        By question label, as of a run: scores, skill with its tests, calibration, coverage, subgroups.
    monitors
        State of the calibration monitor by question label.
    excluded
        Rows that are not scored.
    notes
        What a reader should know, a line each.
    """

    name: str
    prices: str
    rule: SurgeRule
    evaluations: dict[str, QuestionEvaluation]
    monitors: dict[str, dict[str, Any]]
    excluded: tuple[ExcludedRows, ...]
    notes: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The result as plain values.

        Returns
        -------
        dict
            Keys given, prices, surge, left_out, notes and questions; NaN for a value that cannot be computed.
        """
        names = {"given": self.name, "prices": self.prices, "surge": self.rule.model_dump(mode="json")}
        excluded = [asdict(rows) for rows in self.excluded]
        return names | {"left_out": excluded, "notes": list(self.notes), "questions": plain_evaluations(self.evaluations)}


def score_forecasts(
    forecasts: str | Path | pd.DataFrame,
    prices: str | Path | pd.Series | pd.DataFrame,
    *,
    rows: QuestionFilter,
    rule: SurgeRule | None = None,
    close: str | None = None,
    against: Sequence[str | Path | pd.DataFrame] = (),
    level: float = LEVEL,
    label: str | None = None,
    progress: Progress = silent,
) -> ScoringResult:
    """`forecast.api.score`, whose documentation has the arguments.

    The base rate is the file's own base_ columns, climatology its climatology_ columns; else both are made of the surges of the prices
    settled before each date.
    """
    mine = rename(read_external_forecasts(forecasts, rows), RESERVED)
    index = closes.load(Path(prices) if isinstance(prices, str) else prices, close)
    rule = rule or SurgeRule()
    sample = price_sample(index, rule, mine.distinct_questions)
    _refuse_other_days(mine, sample)
    rivals = read_competing_forecasts(against, {mine.name, *RESERVED}, rows)
    references, ranks = _references(sample, mine), vol_rank(sample)
    parts = [_of_question(mine.of(question), q, sample, ranks, rivals, references) for q, question in enumerate(mine.distinct_questions)]
    records, excluded = [record for record, _ in parts], tuple(one for _, lines in parts for one in lines)
    if all(one.why == NO_SURGE for one in excluded) and not any(len(record) for record in records):
        raise InputError(_no_surge(mine, sample, rule))
    monitors = {record.question.label: _monitor(record) for record in records}
    evaluations = evaluate_records(records, monitors, level=level, rule=_skill_rule(forecasts), label=label, progress=progress)
    notes = (*mine.notes, *(_exclusion(one, mine) for one in excluded), *_reference_notes(mine, sample), *_doubts(mine, sample))
    return ScoringResult(mine.name, index.name, rule, evaluations, monitors, excluded, notes)


def _skill_rule(forecasts: str | Path | pd.DataFrame) -> PromotionRule:
    """The rule by which skill counts as demonstrated: of a run that of its experiment, else the default."""
    if not isinstance(forecasts, str | Path) or not Path(forecasts).is_dir():
        return SKILL_RULE
    return read_promotion_rule(open_run(Path(forecasts)))


def _of_question(
    mine: ExternalForecasts, q: int, sample: Sample, ranks: Float, rivals: dict[str, ExternalForecasts], references: dict[str, Float]
) -> tuple[SettledForecasts, list[ExcludedRows]]:
    """The record of one question, and the rows excluded from it."""
    question = sample.questions[q]
    others = {name: _at(mine, one.of(question)) for name, one in rivals.items()}
    place, is_surge = _places(mine.dates, sample)
    settled = is_surge & (sample.outcomes[place, q] != UNSETTLED) if len(sample.rows) else is_surge
    common = np.all([at >= 0 for at in others.values()], axis=0) if others else np.ones(len(mine), dtype=bool)
    reasons = {NO_SURGE: ~is_surge, OPEN: is_surge & ~settled, NOT_COMMON: settled & ~common}
    excluded = [ExcludedRows(question.label, why, int(rows.sum()), str(mine.dates[rows][0])) for why, rows in reasons.items() if rows.any()]
    scored = settled & common
    at, rows = place[scored], np.flatnonzero(scored)
    probabilities = {mine.name: mine.p[rows]}
    for name, own in ((CLIMATOLOGY, mine.climatology), (BASE_RATE, mine.base)):
        probabilities[name] = references[name][at, q] if own is None else own[rows]
    probabilities |= {name: rivals[name].of(question).p[others[name][rows]] for name in rivals}
    record = SettledForecasts(
        question,
        dates=sample.surge_sessions[at],
        settlement=sample.sessions[sample.rows[at] + question.horizon],
        outcomes=sample.outcomes[at, q].astype(np.int64),
        episodes=episode_numbers(sample.rows, question.horizon)[at],
        z=sample.surge_z[at],
        vol_rank=ranks[at],
        probabilities=probabilities,
        bounds=mine.bounds[rows] if mine.bounds is not None else np.full((len(rows), 3, 2), np.nan),
        judged=mine.name,
        rivals=tuple(rivals),
    )
    return record, excluded


def _places(days: np.ndarray, sample: Sample) -> tuple[Int, np.ndarray]:
    """Place of each day among the surges, (n,), and whether it is one; the place of a day that is none means nothing."""
    if not len(sample.rows):
        return np.zeros(len(days), dtype=np.int64), np.zeros(len(days), dtype=bool)
    place = np.minimum(np.searchsorted(sample.surge_sessions, days), len(sample.rows) - 1)
    return place, sample.surge_sessions[place] == days


def _at(mine: ExternalForecasts, other: ExternalForecasts) -> Int:
    """Row of `other` of the same day as each of `mine`, (n,); -1 if it has none. Both of one question."""
    if not len(other):
        return np.full(len(mine), -1, dtype=np.int64)
    place = np.minimum(np.searchsorted(other.dates, mine.dates), len(other) - 1)
    return np.where(other.dates[place] == mine.dates, place, -1)


def _references(sample: Sample, mine: ExternalForecasts) -> dict[str, Float]:
    """What `mine` does not have itself: climatology and base rate known at each surge that it has a row of, (m, q, 3); NaN elsewhere."""
    shape = (len(sample.rows), len(sample.questions), 3)
    tables = {name: np.full(shape, np.nan) for name, own in ((CLIMATOLOGY, mine.climatology), (BASE_RATE, mine.base)) if own is None}
    if not tables:
        return tables
    fitted = fit_base_rate([sample])
    place, is_surge = _places(mine.dates, sample)
    for at in np.unique(place[is_surge]):
        seen = sample.up_to(int(sample.rows[at]))
        if CLIMATOLOGY in tables:
            tables[CLIMATOLOGY][at] = frequencies(seen)
        if BASE_RATE in tables:
            tables[BASE_RATE][at] = fitted.rates(seen).frequencies
    return tables


def _monitor(record: SettledForecasts) -> dict[str, Any]:
    p = record.probabilities[record.judged]
    return monitor_state(p, record.outcomes, record.dates, record.settlement, fall=record.question.is_fall)


def _refuse_other_days(mine: ExternalForecasts, sample: Sample) -> None:
    foreign = ~np.isin(mine.dates, sample.sessions)
    if not foreign.any():
        return
    first, begin, end = mine.dates[foreign][0], sample.sessions[0], sample.sessions[-1]
    weekday = pd.Timestamp(first).day_name()
    why = f"it is a {weekday}" if weekday in ("Saturday", "Sunday") else f"they run from {begin} to {end}"
    more = f", nor are {int(foreign.sum()) - 1} other rows" if foreign.sum() > 1 else ""
    raise InputError(f"{mine.name}: {first} is no session of the prices in {sample.market} ({why}){more}; date a forecast by its session")


def _no_surge(mine: ExternalForecasts, sample: Sample, rule: SurgeRule) -> str:
    return (
        f"{mine.name}: none of its {len(np.unique(mine.dates))} days is a surge of {sample.market} by --min-z {rule.min_z:g} --min-return "
        f"{rule.min_return:g}, of which there are {len(sample.rows)}; lower these, or forecast on such days"
    )


def _exclusion(one: ExcludedRows, mine: ExternalForecasts) -> str:
    every = sum(question.label == one.question for question in mine.questions)
    return f"{one.question}: {one.rows} of {every} rows left out, {one.why}; the first is of {one.first}"


def _reference_notes(mine: ExternalForecasts, sample: Sample) -> list[str]:
    """Where climatology and the base rate come from."""
    surges = f"of {sample.market}'s surges ({len(sample.rows)} by now) those settled before each date"
    climatology = f"the outcomes {surges}" if mine.climatology is None else f"the columns climatology_ of {mine.name}"
    base = f"{surges}, at a barrier as far" if mine.base is None else f"the columns base_ of {mine.name}"
    return [f"Climatology: {climatology}.", f"Base rate: {base}."]


def _doubts(mine: ExternalForecasts, sample: Sample) -> list[str]:
    """A line where the file states other outcomes than the prices give, and one for barriers."""
    place, is_surge = _places(mine.dates, sample)
    column = np.array([sample.questions.index(one) for one in mine.questions], dtype=np.int64)
    if not is_surge.any():
        return []
    outcome, barrier = sample.outcomes[place, column], sample.barriers[place, column]
    other = is_surge & (outcome != UNSETTLED) & np.isfinite(mine.outcome) & (mine.outcome != outcome)
    far = is_surge & np.isfinite(mine.barrier) & ~(np.abs(mine.barrier / barrier - 1) <= SAME_BARRIER)
    notes = []
    for flags, what in ((other, "outcomes"), (far, "barriers")):
        if flags.any():
            notes.append(
                f"{int(flags.sum())} of the {what} that {mine.name} states are others by {sample.market}, the first of "
                f"{mine.dates[flags][0]}: the same prices, and the same rule?"
            )
    return notes
