"""Draw the contrasts of a surge from the precedents that were settled by then."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.panel.panel import Panel
from features.panel.series import LARGE
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.engines.arrays import Flags, Float, Int
from forecast.models.own_volatility import vol_at
from forecast.runs.contrasts.answer import FOLLOWED, Contrasts, StateContrast, StateShares, Verdict
from forecast.runs.contrasts.precedents import Precedents, joined
from forecast.runs.contrasts.rules import CONTRASTS, ContrastRule
from forecast.runs.contrasts.shares import Spread, SpreadBetween, between, holm, independent_weights, spread_of
from forecast.runs.contrasts.states import FIRST, NEITHER, SECOND, lacking, states, values_at
from forecast.target.outcome import OUTCOMES, first_barrier_met
from forecast.target.sample import Sample

FALL_SIZE = 0.05  # simple return: the pullback that people speak of
LEAST_EPISODES = 10.0  # in each state: a share among ten has a standard error of 16 points
WIDE = 0.15  # a difference that would change a mind; an interval that holds nil and reaches further decides nothing


@dataclass(frozen=True)
class _Evidence:
    """The settled precedents, what followed each (n, 4) at today's distances, and the present surge alone."""

    past: Precedents
    followed: Flags
    today: Precedents
    dataset: Dataset
    horizon: int
    level: float


@dataclass(frozen=True)
class _Draw:
    """A rule with the surges in its states."""

    rule: ContrastRule
    lacks: tuple[str, ...]
    places: Int
    today: int
    values: dict[str, float | None]
    spreads: tuple[Spread | None, Spread | None]
    difference: SpreadBetween | None


def companion_precedents(dataset: Dataset, experiment: Experiment, companions: Sequence[Sample]) -> Precedents:
    """The settled surges of the companions."""
    question, panel = experiment.questions[0], dataset.panel
    return Precedents.of_markets(companions, _large_caps(panel), window=experiment.surge.window, horizon=question.horizon)


def _large_caps(panel: Panel) -> pd.Series | None:
    """Closes of large caps by session, None where the data have none."""
    if LARGE not in panel:
        return None
    return panel[LARGE]


def contrasts_of(
    dataset: Dataset, experiment: Experiment, place: int, companions: Precedents | None = None, rules: Sequence[ContrastRule] = CONTRASTS
) -> Contrasts | None:
    """The contrasts of the surge number `place`, from what was settled before it.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
        Its main question is asked.
    place : int
        Number of the surge in the dataset's sample.
    companions : Precedents, optional
        Surges of further markets.
    rules : sequence of ContrastRule, optional
        By default CONTRASTS.

    Returns
    -------
    Contrasts or None
        None where no surge is settled.
    """
    question, evidence = experiment.questions[0], _evidence(dataset, experiment, place, companions)
    past = evidence.past
    if not len(past):
        return None
    draws = [_draw(rule, evidence) for rule in rules]
    verdicts, stand = _verdicts(draws, evidence.level)
    every = _spread(np.arange(len(past)), evidence)
    return Contrasts(
        question=question.label,
        horizon=question.horizon,
        barrier=float(dataset.sample.barriers[place, 0]),
        fall=FALL_SIZE,
        level=evidence.level,
        markets=list(dict.fromkeys((dataset.sample.market, *past.market.tolist()))),
        since=str(past.session.min()),
        every=_shares("every surge", False, len(past), every[0]),
        contrasts=[_answer(*each, evidence) for each in zip(draws, verdicts, stand, strict=True)],
        least_episodes=LEAST_EPISODES,
        wide=WIDE,
    )


def _evidence(dataset: Dataset, experiment: Experiment, place: int, companions: Precedents | None) -> _Evidence:
    """What was settled before the surge, asked again at its barrier and its fall of 5 %, as far in each surge's own volatility."""
    question, row, panel = experiment.questions[0], int(dataset.sample.rows[place]), dataset.panel
    seen = dataset.sample.up_to(row)
    own = Precedents.of(seen, _large_caps(panel), window=experiment.surge.window, horizon=question.horizon)
    day = seen.sessions[row]
    past = joined([own.up_to(day), *([] if companions is None else [companions.up_to(day)])], question.horizon)
    vol = float(vol_at(seen, seen.rows[-1:])[0])
    met = first_barrier_met(past.path, np.full(len(past), seen.barriers[-1, 0] / vol))
    fell = (past.path <= np.log1p(-FALL_SIZE) / vol).any(axis=1)
    followed = np.column_stack([met[:, None] == np.arange(len(OUTCOMES)), fell])
    return _Evidence(past, followed, own.chosen(np.array([-1])), dataset, question.horizon, experiment.interval.level)


def _draw(rule: ContrastRule, evidence: _Evidence) -> _Draw:
    lacks = [lacking(split, evidence.dataset) for split in rule.splits]
    split = next((split for split, missing in zip(rule.splits, lacks, strict=True) if not missing), rule.splits[-1])
    if all(lacks):
        return _Draw(rule, lacks[-1], np.full(len(evidence.past), NEITHER), NEITHER, {}, (None, None), None)
    places = states(split, values_at(evidence.past, split.names, evidence.dataset))
    now = values_at(evidence.today, split.names, evidence.dataset)
    first, second = _spread(np.flatnonzero(places != NEITHER), evidence, places)
    difference = between(first, second) if first is not None and second is not None else None
    values = {name: float(value[0]) if math.isfinite(value[0]) else None for name, value in now.items()}
    return _Draw(rule, (), places, int(states(split, now)[0]), values, (first, second), difference)


def _spread(among: Int, evidence: _Evidence, places: Int | None = None) -> tuple[Spread | None, Spread | None]:
    """Of the surges `among` all, weighted by their uniqueness there, those in each state; without states all are in the first."""
    weight, block = independent_weights(evidence.past.session[among], evidence.horizon)
    blocks = int(block.max(initial=-1)) + 1
    state = np.full(len(among), FIRST) if places is None else places[among]

    def of(which: int) -> Spread | None:
        mine = state == which
        return spread_of(evidence.followed[among][mine], weight[mine], block[mine], blocks, evidence.level) if mine.any() else None

    return of(FIRST), of(SECOND)


def _verdicts(draws: Sequence[_Draw], level: float) -> tuple[list[Verdict], list[bool]]:
    """A verdict a contrast, and whether its difference stands when all that can be judged are judged together."""
    verdicts: list[Verdict] = [_verdict(one) for one in draws]
    judged = [i for i, one in enumerate(draws) if _enough(one)]
    p = np.array([one.difference.p[_measured(one)] for one in (draws[i] for i in judged) if one.difference is not None])
    stand = [False] * len(draws)
    for i, stands in zip(judged, holm(p, 1 - level), strict=True):
        stand[i] = bool(stands)
    return verdicts, stand


def _measured(one: _Draw) -> int:
    return FOLLOWED.index(one.rule.measured)


def _enough(one: _Draw) -> bool:
    return all(spread is not None and spread.episodes >= LEAST_EPISODES for spread in one.spreads)


def _verdict(one: _Draw) -> Verdict:
    if one.lacks:
        return "not in these data"
    if one.difference is None or not _enough(one):
        return "too few to tell"
    q = _measured(one)
    low, high = float(one.difference.low[q]), float(one.difference.high[q])
    if low <= 0 <= high:
        return "no difference" if max(-low, high) <= WIDE else "too few to tell"
    return "as they say" if one.difference.difference[q] * one.rule.expects > 0 else "the opposite"


def _answer(one: _Draw, verdict: Verdict, stands: bool, evidence: _Evidence) -> StateContrast:
    rule, difference = one.rule, one.difference
    counts = [int((one.places == state).sum()) for state in (FIRST, SECOND)]
    first, second = (_shares(rule.states[state], one.today == state, counts[state], one.spreads[state]) for state in (FIRST, SECOND))
    return StateContrast(
        key=rule.key,
        says=rule.says,
        reason=rule.reason,
        measured=rule.measured,
        expects=rule.expects,
        first=first,
        second=second,
        left_out=len(evidence.past) - sum(counts),
        since=str(evidence.past.session[one.places != NEITHER].min()) if sum(counts) else None,
        difference=None if difference is None else _named(difference.difference),
        interval=None if difference is None else _ends(difference.low, difference.high),
        verdict=verdict,
        stands=stands,
        values=one.values,
        lacks=list(one.lacks),
    )


def _shares(name: str, today: bool, surges: int, spread: Spread | None) -> StateShares:
    if spread is None:
        return StateShares(name=name, today=today, surges=0, episodes=0.0, shares=None, interval=None)
    shares, interval = _named(spread.shares), _ends(spread.low, spread.high)
    return StateShares(name=name, today=today, surges=surges, episodes=spread.episodes, shares=shares, interval=interval)


def _named(values: Float) -> dict[str, float]:
    return dict(zip(FOLLOWED, values.tolist(), strict=True))


def _ends(low: Float, high: Float) -> dict[str, tuple[float, float]]:
    return dict(zip(FOLLOWED, zip(low.tolist(), high.tolist(), strict=True), strict=True))
