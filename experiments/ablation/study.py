"""The study: the walk-forward skill of four questions with each family of features left out, and alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import chain

import numpy as np

from experiments.ablation.gain import Gain, Losses, gain_of, losses_of, overfitting_of, skill_of
from experiments.ablation.setting import Setting
from features.catalogue import catalogue
from features.errors import InputError
from forecast.backtest.backtest import Backtest, Progress, first_row, silent
from forecast.backtest.feature_choices import backtest_blind, backtest_choices
from forecast.backtest.verification.overfitting import Overfitting
from forecast.backtest.verification.scores import skill
from forecast.engines.arrays import Float

LOGISTIC, POOL = "logistic", "pool"
ALL, NONE, RULE = "all families", "no feature", "by the rule"
FIRST_HALF_ENDS = date(2011, 1, 1)  # the middle of 1997 to 2024, in round years
MIN_T = 1.0  # one family in six passes it by luck; at 1.65, with some fifty episodes, almost none could pass by merit


@dataclass(frozen=True)
class Half:
    """A family in one stretch of time, four questions averaged.

    adds : skill of the logistic with all families less that without this one.   alone : with this one only less that with none.
    pool_adds, pool_alone : the same of the pool.
    """

    adds: Gain
    alone: Gain
    pool_adds: Gain
    pool_alone: Gain


@dataclass(frozen=True)
class Family:
    """`logistic` and `pool` are skills over climatology without the family and with it alone, over the whole time.

    features : how many have their inputs, of `of`.   on : the rule's verdict on `before`; None where no feature has its inputs.
    """

    name: str
    features: int
    of: int
    logistic: tuple[float, float]
    pool: tuple[float, float]
    before: Half
    after: Half
    on: bool | None


@dataclass(frozen=True)
class Level:
    """Skill over climatology of the logistic and the pool under one choice of features, four questions averaged, by stretch of time."""

    choice: str
    logistic: tuple[float, float, float]  # before, after, whole
    pool: tuple[float, float, float]


@dataclass(frozen=True)
class Asked:
    """One question over the whole time: skill and t of the pool over climatology, under each choice named in the levels.

    episodes : independent ones, on which the verdicts hang and on which they are checked.
    """

    label: str
    min_z: float
    sessions: int
    episodes: tuple[int, int]
    pool: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Ablation:
    """`decided` is the day before which outcomes had to be known to count for the verdicts; `sessions` the first and last forecast's.

    overfitting : of choosing the best of all `choices` by the pool's mean skill, and by the logistic's, over the whole time; None
    where episodes are too few.
    """

    decided: date
    sessions: tuple[str, str]
    families: tuple[Family, ...]
    levels: tuple[Level, ...]
    asked: tuple[Asked, ...]
    choices: int
    overfitting: dict[str, Overfitting | None]


def families_of(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Every family of the catalogue, in its order, with those of its features that are among `names`."""
    found: dict[str, tuple[str, ...]] = {}
    for name, item in catalogue().items():
        found[item.family] = (*found.get(item.family, ()), *((name,) if name in names else ()))
    return found


def stays(half: Half) -> bool:
    """The rule: a family stays if it takes nothing from the logistic, with the others and alone, nor from the pool, and t is MIN_T once."""
    surely = max((t for t in (half.adds.t, half.alone.t) if np.isfinite(t)), default=-np.inf)
    return min(half.adds.skill, half.alone.skill, half.pool_adds.skill) >= 0 and surely >= MIN_T


def ablate(asked: Sequence[Setting], *, decided: date = FIRST_HALF_ENDS, jobs: int = 1, progress: Progress = silent) -> Ablation:
    """The study on each setting. Verdicts hang on nothing that was settled on `decided` or later.

    InputError where no forecast had been settled by then.
    """
    for one in asked:
        if LOGISTIC not in one.experiment.model.components:
            given = ", ".join(one.experiment.model.components)
            raise InputError(f"model.components: {given} see no features; add {LOGISTIC!r}")
    _something_settled(asked, decided)
    names = asked[0].sample.feature_names
    families = families_of(names)
    choices: dict[str, Sequence[str]] = {ALL: names, NONE: ()}
    for family, own in families.items():
        choices |= {_without(family): [name for name in names if name not in own], _only(family): own}
    blind = [backtest_blind([one.sample], one.experiment, jobs=jobs, progress=_at(one, progress)) for one in asked]
    tested = [_tested(one, choices, given, jobs, progress) for one, given in zip(asked, blind, strict=True)]
    day = np.datetime64(decided)
    halves = _losses(asked, tested)
    before, after = ([losses.between(*bounds) for losses in halves] for bounds in ((None, day), (day, None)))
    worth = tuple(_family(family, own, halves, before, after) for family, own in families.items())
    chosen = {RULE: [name for family in worth if family.on for name in families[family.name]]}
    again = [_tested(one, chosen, given, jobs, progress) for one, given in zip(asked, blind, strict=True)]
    whole = [first | second for first, second in zip(tested, again, strict=True)]
    return _told(asked, whole, worth, decided)


def _something_settled(asked: Sequence[Setting], decided: date) -> None:
    """InputError where nothing is known by the day of the decision, before hours are spent on it."""
    settled = []
    for one in asked:
        known = one.sample.settled_row()[one.sample.rows >= first_row(one.sample, one.experiment)].ravel()
        settled.extend(one.sample.sessions[known[known < len(one.sample)]])
    if settled and min(settled) < np.datetime64(decided):
        return
    told = f"the first forecast was settled on {min(settled)}" if settled else "there is no settled forecast"
    raise InputError(f"--decided {decided}: nothing to decide on, {told}; choose a later day, or an earlier walk_forward.start")


def _without(family: str) -> str:
    return f"without {family}"


def _only(family: str) -> str:
    return f"only {family}"


def _at(one: Setting, progress: Progress) -> Progress:
    return lambda stage, done, total: progress(f"z >= {one.experiment.surge.min_z:g}, {stage}", done, total)


def _tested(
    one: Setting, choices: Mapping[str, Sequence[str]], blind: Backtest | None, jobs: int, progress: Progress
) -> dict[str, Backtest]:
    return backtest_choices([one.sample], one.experiment, choices, blind=blind, jobs=jobs, progress=_at(one, progress))


def _losses(asked: Sequence[Setting], tested: Sequence[dict[str, Backtest]]) -> list[Losses]:
    """Of every question of every setting."""
    each = []
    for one, found in zip(asked, tested, strict=True):
        forecasters = {POOL: None, LOGISTIC: one.experiment.model.components.index(LOGISTIC)}
        each.append([losses_of(one.sample, found, forecasters, q) for q in range(len(one.sample.questions))])
    return list(chain.from_iterable(each))


def _family(name: str, own: Sequence[str], whole: Sequence[Losses], before: Sequence[Losses], after: Sequence[Losses]) -> Family:
    then, since = _half(name, before), _half(name, after)
    of = sum(item.family == name for item in catalogue().values())
    logistic, pool = (
        (skill_of(whole, f"{_without(name)}/{model}"), skill_of(whole, f"{_only(name)}/{model}")) for model in (LOGISTIC, POOL)
    )
    return Family(name, len(own), of, logistic, pool, then, since, stays(then) if own else None)


def _half(family: str, losses: Sequence[Losses]) -> Half:
    pairs = ((ALL, _without(family)), (_only(family), NONE))
    return Half(*(gain_of(losses, f"{label}/{model}", f"{over}/{model}") for model in (LOGISTIC, POOL) for label, over in pairs))


def _told(asked: Sequence[Setting], tested: Sequence[dict[str, Backtest]], worth: tuple[Family, ...], decided: date) -> Ablation:
    losses, day = _losses(asked, tested), np.datetime64(decided)
    stretches = [[one.between(*bounds) for one in losses] for bounds in ((None, day), (day, None), (None, None))]
    levels = []
    for choice in (NONE, ALL, RULE):
        logistic, pool = ([skill_of(stretch, f"{choice}/{model}") for stretch in stretches] for model in (LOGISTIC, POOL))
        levels.append(Level(choice, (logistic[0], logistic[1], logistic[2]), (pool[0], pool[1], pool[2])))
    labels = [(question.label, one.experiment.surge.min_z) for one in asked for question in one.sample.questions]
    questions = tuple(
        Asked(*label, len(one.sessions), (then.episodes, since.episodes), _over_climatology(one))
        for label, one, then, since in zip(labels, losses, stretches[0], stretches[1], strict=True)
    )
    days = np.sort(np.concatenate([one.sessions for one in losses]))
    choices = list(tested[0])
    overfitting = {model: overfitting_of(losses, [f"{choice}/{model}" for choice in choices]) for model in (LOGISTIC, POOL)}
    return Ablation(decided, (str(days[0]), str(days[-1])), worth, tuple(levels), questions, len(choices), overfitting)


def _over_climatology(losses: Losses) -> tuple[tuple[float, float], ...]:
    found = [skill(_pool_loss(losses, choice), losses.climatology, lags=losses.lags) for choice in (NONE, ALL, RULE)]
    return tuple((one.skill, one.t) for one in found)


def _pool_loss(losses: Losses, choice: str) -> Float:
    return losses.models[f"{choice}/{POOL}"]
