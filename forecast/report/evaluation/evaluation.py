"""Evaluation of one question: everything that is measured of its settled forecasts, of a run or of anybody's probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.backtest.forecaster_names import CLIMATOLOGY, POOL
from forecast.backtest.promotion import BEATEN, LeastSkill, PromotionRule
from forecast.backtest.verification.backtest_scores import finite_or_none
from forecast.backtest.verification.bootstrap import EpisodeBootstrap, SkillInterval, effective_sample_size
from forecast.backtest.verification.comparison import DieboldMariano, GiacominiWhite, diebold_mariano, giacomini_white
from forecast.backtest.verification.confidence_set import model_confidence_set
from forecast.backtest.verification.corp import CorpDecomposition, corp_decomposition
from forecast.backtest.verification.discrimination import Sharpness, auc, sharpness
from forecast.backtest.verification.reliability import ReliabilityDiagram, reliability_diagram
from forecast.backtest.verification.scores import SCORES, brier, skill_score
from forecast.backtest.walk_forward import Progress, silent
from forecast.engines.arrays import Float
from forecast.models.rules import IntervalRule
from forecast.report.evaluation.coverage import ProbabilityGroup, group_coverage
from forecast.report.evaluation.monitor_status import MonitorStatus, monitor_status, read_monitors
from forecast.report.evaluation.subgroups import Subgroup, subgroups
from forecast.runs.answer.demonstrated_skill import standing
from forecast.runs.folder import Run
from forecast.runs.predictions.settled import RIVALS, SettledForecasts, frequency, read_settled
from forecast.runs.repredict import experiment_of
from forecast.target.outcome import OUTCOMES, outcome_words
from forecast.target.question import Question

LEVEL = IntervalRule().level
SKILL_RULE = PromotionRule()  # of probabilities that come without an experiment


@dataclass(frozen=True)
class SkillComparison:
    """Brier skill of a forecaster over a reference, its interval by episodes, and the tests."""

    skill: float
    interval: SkillInterval
    diebold_mariano: DieboldMariano
    giacomini_white: GiacominiWhite
    effective: float


@dataclass(frozen=True)
class ForecasterEvaluation:
    """One forecaster: its mean scores, the parts of its Brier score by outcome, and its skill over each reference."""

    scores: dict[str, float]
    corp: dict[str, CorpDecomposition]
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
    """One question: how the `judged` forecaster did, beside climatology, the base rate and its `rivals`.

    What is by outcome is by those that the question can have.
    `effective` is the number of independent rows that its gain over climatology is worth; `coverage` is empty without intervals. Skill is
    `demonstrated` where t against climatology and against the base rate is at least `min_t`, and `standing` says so in words.
    """

    question: Question
    sessions: int
    episodes: int
    effective: float
    span: tuple[str, str] | None
    frequency: dict[str, float]
    forecasters: dict[str, ForecasterEvaluation]
    better_p: dict[str, float]
    reliability: dict[str, ReliabilityDiagram]
    slices: list[Subgroup]
    coverage: list[ProbabilityGroup]
    monitor: MonitorStatus | None
    min_t: float
    demonstrated: bool
    standing: str
    judged: str = POOL
    rivals: tuple[str, ...] = RIVALS

    @property
    def label(self) -> str:
        """The question's short name."""
        return self.question.label

    @property
    def sentence(self) -> str:
        """The question in words."""
        return self.question.sentence

    @property
    def words(self) -> dict[str, str]:
        """What people read for each outcome that the question can have."""
        return outcome_words(self.question.barrier)

    @property
    def inside(self) -> int:
        """In how many of the groups of `coverage` the frequency lies in the interval."""
        return sum(group.inside for group in self.coverage)


def evaluate_run(run: Run, *, label: str | None = None, progress: Progress = silent) -> dict[str, QuestionEvaluation]:
    """Evaluations by question label, the main question first; with `label`, of that one. InputError if the run does not ask it."""
    experiment = experiment_of(run)
    records, monitors = read_settled(run.folder), read_monitors(run)
    level, rule = experiment.interval.level, experiment.promotion
    return evaluate_records(records, monitors, level=level, rule=rule, label=label, source="the run", progress=progress)


def read_promotion_rule(run: Run) -> PromotionRule:
    """The rule of the run's experiment, by which its skill counts as demonstrated."""
    return experiment_of(run).promotion


def evaluate_records(
    records: Sequence[SettledForecasts],
    monitors: Mapping[str, dict[str, Any]],
    *,
    level: float = LEVEL,
    rule: PromotionRule = SKILL_RULE,
    label: str | None = None,
    source: str = "the file",
    progress: Progress = silent,
) -> dict[str, QuestionEvaluation]:
    """Evaluations of `records` by question label, in their order; with `label`, of that one. InputError if no record has it.

    `monitors` are states of the monitor by label, as `calibration_monitor` writes them; `level` is that of the intervals, and by `rule`
    skill counts as demonstrated.
    """
    labels = [record.question.label for record in records]
    if label is not None and label not in labels:
        raise InputError(f"--question {label}: {source} asks {', '.join(labels) or 'no question'}; name one of these")
    chosen = [record for record in records if label in (None, record.question.label)]
    evaluations: dict[str, QuestionEvaluation] = {}
    for done, record in enumerate(chosen, start=1):
        name = record.question.label
        evaluations[name] = evaluate_question(record, level=level, rule=rule, monitor=monitor_status(monitors.get(name)))
        progress("evaluation", done, len(chosen))
    return evaluations


def evaluate_question(
    record: SettledForecasts, *, level: float = LEVEL, rule: PromotionRule = SKILL_RULE, monitor: MonitorStatus | None = None
) -> QuestionEvaluation:
    """All that is measured of one question, whose intervals are of `level`; without a settled forecast, only that there is none."""
    question, who = record.question, (record.judged, record.rivals)
    if not len(record):
        why = standing(LeastSkill(CLIMATOLOGY, None, None), rule)
        return QuestionEvaluation(
            question, 0, 0, np.nan, None, frequency(record), {}, {}, {}, [], [], monitor, rule.min_t, False, why, *who
        )
    losses = {name: brier(p, record.outcomes) for name, p in record.probabilities.items()}
    p = record.probabilities[record.judged]
    result = model_confidence_set(losses, (*record.references, record.judged), horizon=question.horizon)
    bootstrap = EpisodeBootstrap(record.episodes)
    forecasters = {name: _forecaster(record, losses, name, bootstrap, result.set_p.get(name)) for name in record.probabilities}
    least = _least_skill(forecasters[record.judged])
    return QuestionEvaluation(
        question=question,
        sessions=len(record),
        episodes=bootstrap.count,
        effective=effective_sample_size(losses[CLIMATOLOGY] - losses[record.judged], lags=question.horizon - 1),
        span=(str(record.dates[0]), str(record.dates[-1])),
        frequency=frequency(record),
        forecasters=forecasters,
        better_p=result.better_p,
        reliability={
            name: reliability_diagram(p[:, c], record.happened(c), record.dates, record.settlement) for c, name in _possible(record)
        },
        slices=subgroups(record),
        coverage=_coverage(record, p, level),
        monitor=monitor,
        min_t=rule.min_t,
        demonstrated=rule.is_demonstrated(least.t),
        standing=standing(least, rule),
        judged=record.judged,
        rivals=record.rivals,
    )


def _possible(record: SettledForecasts) -> list[tuple[int, str]]:
    """Code and name of each outcome that the question can have."""
    words = outcome_words(record.question.barrier)
    return [(code, name) for code, name in enumerate(OUTCOMES) if name in words]


def _least_skill(judged: ForecasterEvaluation) -> LeastSkill:
    """Skill over the harder to beat of climatology and the base rate, as far as they are there."""
    over = [
        LeastSkill(name, finite_or_none(one.skill), finite_or_none(one.diebold_mariano.t))
        for name, one in judged.over.items()
        if name in BEATEN
    ]
    least = LeastSkill(CLIMATOLOGY, None, None)
    return min(over, key=lambda one: -np.inf if one.t is None else one.t, default=least)


def _coverage(record: SettledForecasts, p: Float, level: float) -> list[ProbabilityGroup]:
    """Empty if the judged forecaster gave no intervals."""
    if not np.isfinite(record.bounds).all():
        return []
    return group_coverage(np.dstack([p, record.bounds]), record.outcomes, record.episodes, level=level)


def _forecaster(
    record: SettledForecasts, losses: dict[str, Float], name: str, bootstrap: EpisodeBootstrap, set_p: float | None
) -> ForecasterEvaluation:
    p = record.probabilities[name]
    return ForecasterEvaluation(
        scores={score: float(rule(p, record.outcomes).mean()) for score, rule in SCORES.items()},
        corp={outcome: corp_decomposition(p[:, c], record.happened(c)) for c, outcome in _possible(record)},
        auc={outcome: auc(p[:, c], record.happened(c)) for c, outcome in _possible(record)},
        sharpness=sharpness(p),
        over={who: _over(record, losses[name], losses[who], bootstrap) for who in record.references if who != name},
        set_p=set_p,
    )


def _over(record: SettledForecasts, loss: Float, reference: Float, bootstrap: EpisodeBootstrap) -> SkillComparison:
    gain, horizon = reference - loss, record.question.horizon
    return SkillComparison(
        skill=skill_score(loss, reference),
        interval=bootstrap.skill(loss, reference),
        diebold_mariano=diebold_mariano(gain, horizon=horizon),
        giacomini_white=giacomini_white(gain, record.dates, record.settlement, horizon=horizon),
        effective=effective_sample_size(gain, lags=horizon - 1),
    )
