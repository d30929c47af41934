"""The study: the walk-forward skill of four questions with each family of features left out, and alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from experiments.ablation.cases import AblationCase
from experiments.ablation.gain import BrierLosses, SkillGain, brier_losses, mean_skill, search_overfitting, skill_gain
from features.catalogue import catalogue
from features.errors import InputError
from forecast.backtest.feature_choices import backtest_blind, backtest_choices
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.overfitting import BacktestOverfitting
from forecast.backtest.walk_forward import Progress, silent
from forecast.models.forecasts import Forecasts

LOGISTIC, POOL = "logistic", "pool"
ALL, NONE, RULE = "all families", "no feature", "by the rule"
FIRST_HALF_ENDS = date(2011, 1, 1)  # the middle of 1997 to 2024, in round years
MIN_T = 1.0  # one family in six passes it by luck; at one in twenty, with some fifty episodes, almost none could pass by merit


@dataclass(frozen=True)
class FamilyGains:
    """A family in one stretch of time, four questions averaged.

    Parameters
    ----------
    adds : SkillGain
        Skill of the logistic with all families less that without this one.
    alone : SkillGain
        With this one only less that with none.
    pool_adds, pool_alone : SkillGain
        The same of the pool.
    """

    adds: SkillGain
    alone: SkillGain
    pool_adds: SkillGain
    pool_alone: SkillGain


@dataclass(frozen=True)
class Family:
    """`logistic` and `pool` are skills over climatology without the family and with it alone, over the whole time.

    Parameters
    ----------
    features : int
        How many have their inputs, of `of`.
    on : bool or None
        The rule's verdict on `before`; None where no feature has its inputs.
    """

    name: str
    features: int
    of: int
    logistic: tuple[float, float]
    pool: tuple[float, float]
    before: FamilyGains
    after: FamilyGains
    on: bool | None


@dataclass(frozen=True)
class ChoiceSkill:
    """Skill over climatology of the logistic and the pool under one choice of features, four questions averaged, by stretch of time."""

    choice: str
    logistic: tuple[float, float, float]  # before, after, whole
    pool: tuple[float, float, float]


@dataclass(frozen=True)
class QuestionSkill:
    """One question over the whole time: skill and t of the pool over climatology, under each choice named in the levels.

    Parameters
    ----------
    episodes : tuple of 2 int
        Independent ones before the day of the decision and from it on.
    """

    label: str
    min_z: float
    sessions: int
    episodes: tuple[int, int]
    pool: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Ablation:
    """decision_day : outcomes settled before it count for the verdicts.   sessions : those of the first and the last forecast.

    overfitting : of choosing the best of all `choices` by the pool's mean skill, and by the logistic's, over the whole time; None
    where episodes are too few.
    """

    decision_day: date
    sessions: tuple[str, str]
    families: tuple[Family, ...]
    levels: tuple[ChoiceSkill, ...]
    questions: tuple[QuestionSkill, ...]
    choices: int
    overfitting: dict[str, BacktestOverfitting | None]


def families_of(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Every family of the catalogue, in its order, with those of its features that are among `names`."""
    families: dict[str, tuple[str, ...]] = {}
    for name, item in catalogue().items():
        families[item.family] = (*families.get(item.family, ()), *((name,) if name in names else ()))
    return families


def stays(gains: FamilyGains) -> bool:
    """The rule: a family stays if no gain is negative, of the logistic with the others and alone and of the pool, and t is MIN_T once."""
    t = max((t for t in (gains.adds.t, gains.alone.t) if np.isfinite(t)), default=-np.inf)
    return min(gains.adds.skill, gains.alone.skill, gains.pool_adds.skill) >= 0 and t >= MIN_T


def ablate(cases: Sequence[AblationCase], *, decided: date = FIRST_HALF_ENDS, jobs: int = 1, progress: Progress = silent) -> Ablation:
    """The study on each case. Verdicts depend on nothing that was settled on `decided` or later.

    InputError where no forecast had been settled by then.
    """
    for case in cases:
        if LOGISTIC not in case.experiment.model.components:
            raise InputError(f"model.components: {', '.join(case.experiment.model.components)} see no features; add {LOGISTIC!r}")
    _check_settled(cases, decided)
    names = cases[0].sample.feature_names
    families = families_of(names)
    choices: dict[str, Sequence[str]] = {ALL: names, NONE: ()}
    for family, own in families.items():
        choices |= {_without(family): [name for name in names if name not in own], _only(family): own}
    blind = [backtest_blind([case.sample], case.experiment, jobs=jobs, progress=_at(case, progress)) for case in cases]
    tests = [_backtests(case, choices, part, jobs, progress) for case, part in zip(cases, blind, strict=True)]
    day, whole = np.datetime64(decided), _losses(cases, tests)
    before, after = ([losses.between(*bounds) for losses in whole] for bounds in ((None, day), (day, None)))
    verdicts = tuple(_family(family, own, whole, before, after) for family, own in families.items())
    rule = {RULE: [name for family in verdicts if family.on for name in families[family.name]]}
    more = [_backtests(case, rule, part, jobs, progress) for case, part in zip(cases, blind, strict=True)]
    return _ablation(cases, [first | second for first, second in zip(tests, more, strict=True)], verdicts, decided)


def _check_settled(cases: Sequence[AblationCase], decided: date) -> None:
    """InputError where nothing is settled by the day of the decision, before hours are spent on it."""
    settled = []
    for case in cases:
        rows = case.sample.settled_row()[case.sample.rows >= case.experiment.walk_forward.first_row(case.sample)].ravel()
        settled.extend(case.sample.sessions[rows[rows < len(case.sample)]])
    if settled and min(settled) < np.datetime64(decided):
        return
    reason = f"the first forecast was settled on {min(settled)}" if settled else "there is no settled forecast"
    raise InputError(f"--decided {decided}: nothing to decide on, {reason}; choose a later day, or an earlier walk_forward.start")


def _without(family: str) -> str:
    return f"without {family}"


def _only(family: str) -> str:
    return f"only {family}"


def _at(case: AblationCase, progress: Progress) -> Progress:
    return lambda stage, done, total: progress(f"z >= {case.experiment.surge.min_z:g}, {stage}", done, total)


def _backtests(
    case: AblationCase, choices: Mapping[str, Sequence[str]], blind: Forecasts | None, jobs: int, progress: Progress
) -> dict[str, Forecasts]:
    return backtest_choices([case.sample], case.experiment, choices, blind=blind, jobs=jobs, progress=_at(case, progress))


def _losses(cases: Sequence[AblationCase], tests: Sequence[dict[str, Forecasts]]) -> list[BrierLosses]:
    """Of every question of every case."""
    losses: list[BrierLosses] = []
    for case, backtests in zip(cases, tests, strict=True):
        forecasters = {POOL: None, LOGISTIC: case.experiment.model.components.index(LOGISTIC)}
        losses.extend(brier_losses(case.sample, backtests, forecasters, q) for q in range(len(case.sample.questions)))
    return losses


def _family(
    name: str, own: Sequence[str], whole: Sequence[BrierLosses], before: Sequence[BrierLosses], after: Sequence[BrierLosses]
) -> Family:
    first, second = _gains(name, before), _gains(name, after)
    count = sum(item.family == name for item in catalogue().values())
    logistic, pool = (
        (mean_skill(whole, f"{_without(name)}/{model}"), mean_skill(whole, f"{_only(name)}/{model}")) for model in (LOGISTIC, POOL)
    )
    return Family(name, len(own), count, logistic, pool, first, second, stays(first) if own else None)


def _gains(family: str, losses: Sequence[BrierLosses]) -> FamilyGains:
    pairs = ((ALL, _without(family)), (_only(family), NONE))
    return FamilyGains(*(skill_gain(losses, f"{label}/{model}", f"{over}/{model}") for model in (LOGISTIC, POOL) for label, over in pairs))


def _ablation(
    cases: Sequence[AblationCase], tests: Sequence[dict[str, Forecasts]], families: tuple[Family, ...], decided: date
) -> Ablation:
    losses, day = _losses(cases, tests), np.datetime64(decided)
    before, after = ([one.between(*bounds) for one in losses] for bounds in ((None, day), (day, None)))
    levels = []
    for choice in (NONE, ALL, RULE):
        logistic, pool = ([mean_skill(part, f"{choice}/{model}") for part in (before, after, losses)] for model in (LOGISTIC, POOL))
        levels.append(ChoiceSkill(choice, (logistic[0], logistic[1], logistic[2]), (pool[0], pool[1], pool[2])))
    labels = [(question.label, case.experiment.surge.min_z) for case in cases for question in case.sample.questions]
    questions = tuple(
        QuestionSkill(*label, len(one.sessions), (first.episodes, second.episodes), _over_climatology(one))
        for label, one, first, second in zip(labels, losses, before, after, strict=True)
    )
    days = np.sort(np.concatenate([one.sessions for one in losses]))
    choices = list(tests[0])
    overfitting = {model: search_overfitting(losses, [f"{choice}/{model}" for choice in choices]) for model in (LOGISTIC, POOL)}
    return Ablation(decided, (str(days[0]), str(days[-1])), families, tuple(levels), questions, len(choices), overfitting)


def _over_climatology(losses: BrierLosses) -> tuple[tuple[float, float], ...]:
    skills = [skill(losses.models[f"{choice}/{POOL}"], losses.climatology, horizon=losses.horizon) for choice in (NONE, ALL, RULE)]
    return tuple((one.skill, one.t) for one in skills)
