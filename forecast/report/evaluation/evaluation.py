"""Report: everything that is measured of one question, of a run or of anybody's probabilities; the content of evaluation.json."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from features.errors import InputError
from features.files.atomic import replacement
from forecast.backtest.backtest import Progress, silent
from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import DieboldMariano, GiacominiWhite, diebold_mariano, giacomini_white
from forecast.backtest.verification.contests import contest
from forecast.backtest.verification.corp import Corp, decompose
from forecast.backtest.verification.discrimination import Sharpness, auc, sharpness
from forecast.backtest.verification.reliability import Reliability, reliability
from forecast.backtest.verification.resampling import EpisodeBootstrap, Interval, effective_number
from forecast.backtest.verification.scores import SCORES, brier, saved
from forecast.engines.arrays import Float
from forecast.models.rules import IntervalRule
from forecast.report.evaluation.coverage import ProbabilityGroup, covered
from forecast.report.evaluation.monitor_status import MonitorStatus, read_monitors, read_overfitting, watch
from forecast.report.evaluation.subgroups import Subgroup, slices
from forecast.runs.folder import EVALUATION, Run, write_json
from forecast.runs.predictions.settled import RIVALS, SettledForecasts, frequency, read_settled
from forecast.target.outcome import OUTCOMES

LEVEL = IntervalRule().level


@dataclass(frozen=True)
class SkillComparison:
    """Brier skill of a forecaster over a reference, its interval by episodes, and the tests."""

    skill: float
    interval: Interval
    diebold_mariano: DieboldMariano
    giacomini_white: GiacominiWhite
    effective: float


@dataclass(frozen=True)
class ForecasterEvaluation:
    """One forecaster: its mean scores, what its Brier score is made of by outcome, and what it is worth over each reference."""

    scores: dict[str, float]
    corp: dict[str, Corp]
    auc: dict[str, float]
    sharpness: Sharpness
    over: dict[str, SkillComparison]
    set_p: float | None

    @property
    def miscalibration(self) -> float:
        """Of the three outcomes together, as the Brier score sums them."""
        return sum(part.miscalibration for part in self.corp.values())


@dataclass(frozen=True)
class QuestionEvaluation:
    """One question. `effective` is the number of independent rows that the gain over climatology of the one judged is worth.

    coverage : whether the intervals cover how often an outcome came, in groups of like probability; empty without intervals.
    monitor : where it stands.   judged : the forecaster evaluated.   rivals : those it is held against beside climatology.
    """

    label: str
    sentence: str
    sessions: int
    episodes: int
    effective: float
    span: tuple[str, str] | None
    frequency: dict[str, float]
    forecasters: dict[str, ForecasterEvaluation]
    better_p: dict[str, float]
    reliability: dict[str, Reliability]
    slices: list[Subgroup]
    coverage: list[ProbabilityGroup]
    monitor: MonitorStatus | None
    judged: str = POOL
    rivals: tuple[str, ...] = RIVALS

    @property
    def inside(self) -> int:
        """In how many of the groups of `coverage` the frequency lies in the interval."""
        return sum(group.inside for group in self.coverage)


def evaluate_run(run: Run, *, only: str | None = None, progress: Progress = silent) -> dict[str, QuestionEvaluation]:
    """Reports by question label, the main question first; of one question with `only`, InputError if the run has none of that label."""
    return evaluate_records(
        read_settled(run.folder), read_monitors(run), level=_level(run), only=only, asks="the run asks", progress=progress
    )


def evaluate_records(
    records: Sequence[SettledForecasts],
    watched: Mapping[str, dict[str, Any]],
    *,
    level: float = LEVEL,
    only: str | None = None,
    asks: str = "the file asks",
    progress: Progress = silent,
) -> dict[str, QuestionEvaluation]:
    """Reports of `records` by question label, in their order; of one question with `only`, InputError if none has that label.

    watched : the state of the monitor by label, as `calibration_monitor` writes it.   level : of the intervals in the records.
    """
    labels = [record.question.label for record in records]
    if only is not None and only not in labels:
        raise InputError(f"--question {only}: {asks} {', '.join(labels) or 'no question'}; name one of these")
    chosen = [record for record in records if only in (None, record.question.label)]
    reports: dict[str, QuestionEvaluation] = {}
    for done, record in enumerate(chosen, start=1):
        label = record.question.label
        reports[label] = report(record, level=level, monitor=watch(watched.get(label)))
        progress("evaluation", done, len(chosen))
    return reports


def _level(run: Run) -> float:
    """Of the intervals of a run."""
    return float((run.read("experiment.json").get("interval") or {}).get("level", LEVEL))


def report(record: SettledForecasts, *, level: float = LEVEL, monitor: MonitorStatus | None = None) -> QuestionEvaluation:
    """All that is measured of one question, whose intervals are of `level`; without a settled forecast, only that there is none."""
    asked, who = record.question, (record.judged, record.rivals)
    if not len(record):
        return QuestionEvaluation(asked.label, asked.sentence, 0, 0, np.nan, None, frequency(record), {}, {}, {}, [], [], monitor, *who)
    losses = {name: brier(p, record.outcomes) for name, p in record.given.items()}
    mine = record.given[record.judged]
    fought = contest(losses, (*record.references, record.judged), horizon=asked.horizon)
    bootstrap = EpisodeBootstrap(record.episodes)
    forecasters = {name: _forecaster(record, losses, name, bootstrap, fought.set_p.get(name)) for name in record.given}
    return QuestionEvaluation(
        label=asked.label,
        sentence=asked.sentence,
        sessions=len(record),
        episodes=bootstrap.count,
        effective=effective_number(losses[CLIMATOLOGY] - losses[record.judged], lags=asked.horizon - 1),
        span=(str(record.dates[0]), str(record.dates[-1])),
        frequency=frequency(record),
        forecasters=forecasters,
        better_p=fought.better_p,
        reliability={name: reliability(mine[:, c], record.happened(c), record.dates, record.known) for c, name in enumerate(OUTCOMES)},
        slices=slices(record),
        coverage=_coverage(record, mine, level),
        monitor=monitor,
        judged=record.judged,
        rivals=record.rivals,
    )


def _coverage(record: SettledForecasts, mine: Float, level: float) -> list[ProbabilityGroup]:
    """Empty where the one judged gave no intervals."""
    if not np.isfinite(record.bounds).all():
        return []
    return covered(np.dstack([mine, record.bounds]), record.outcomes, record.episodes, level=level)


def _forecaster(
    record: SettledForecasts, losses: dict[str, Float], name: str, bootstrap: EpisodeBootstrap, set_p: float | None
) -> ForecasterEvaluation:
    p = record.given[name]
    return ForecasterEvaluation(
        scores={score: float(rule(p, record.outcomes).mean()) for score, rule in SCORES.items()},
        corp={outcome: decompose(p[:, c], record.happened(c)) for c, outcome in enumerate(OUTCOMES)},
        auc={outcome: auc(p[:, c], record.happened(c)) for c, outcome in enumerate(OUTCOMES)},
        sharpness=sharpness(p),
        over={who: _over(record, losses[name], losses[who], bootstrap) for who in record.references if who != name},
        set_p=set_p,
    )


def _over(record: SettledForecasts, loss: Float, reference: Float, bootstrap: EpisodeBootstrap) -> SkillComparison:
    gain, horizon = reference - loss, record.question.horizon
    return SkillComparison(
        skill=saved(loss, reference),
        interval=bootstrap.skill(loss, reference),
        diebold_mariano=diebold_mariano(gain, horizon=horizon),
        giacomini_white=giacomini_white(gain, record.dates, record.known, horizon=horizon),
        effective=effective_number(gain, lags=horizon - 1),
    )


def draw_run_evaluation(run: Run, reports: dict[str, QuestionEvaluation], folder: Path, progress: Progress = silent) -> list[Path]:
    """Pictures of a run in `folder`, as `draw_evaluation` makes them."""
    return draw_evaluation(run.manifest.series, reports, read_monitors(run), folder, progress)


def draw_evaluation(
    title: str, reports: Mapping[str, QuestionEvaluation], monitors: Mapping[str, dict[str, Any]], folder: Path, progress: Progress = silent
) -> list[Path]:
    """Pictures in `folder`: the reliability of each question with a settled forecast, and the monitor of all of these."""
    from forecast.report.plots.monitor import draw_monitor
    from forecast.report.plots.reliability import draw

    drawn: list[Path] = []
    settled = [found for found in reports.values() if found.reliability]
    for found in settled:
        heading = f"{title}, {found.label}: {found.sessions} surge sessions, {found.episodes} episodes"
        drawn.append(draw(heading, found.reliability, folder / f"reliability-{found.label}.png"))
        progress("pictures", len(drawn), len(settled))
    watched = {label: state for label, state in monitors.items() if label in reports and state["known"]}
    return [*drawn, draw_monitor(watched, folder / "monitor.png")] if watched else drawn


def as_json(run: Run, reports: dict[str, QuestionEvaluation]) -> dict[str, Any]:
    """The reports as plain values, with what names the run."""
    about = run.manifest
    named = {"run": about.name, "digest": about.digest, "run_id": about.run_id, "series": about.series, "as_of": about.as_of.isoformat()}
    return named | {"overfitting": read_overfitting(run), "questions": plain_evaluations(reports)}


def plain_evaluations(reports: Mapping[str, QuestionEvaluation]) -> dict[str, Any]:
    """The reports by label as plain values."""
    return {label: _plain(asdict(found)) for label, found in reports.items()}


def write_evaluation(folder: Path, content: dict[str, Any]) -> Path:
    """evaluation.json in `folder`, whole or not at all."""
    with replacement(folder / EVALUATION, scratch_in=folder.parent) as scratch:  # nothing unfinished is ever seen in a run's folder
        write_json(scratch, content)
    return folder / EVALUATION


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    return value
