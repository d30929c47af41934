"""First rate cuts of the Federal Reserve, and how small caps moved before each of them."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.panel import fomc
from forecast.engines.arrays import Int
from forecast.models.climatology import frequencies
from forecast.runs.answer.plain_values import by_outcome, finite_or_none, numbers_or_none, outcome_or_none
from forecast.target.barrier import barriers
from forecast.target.outcome import OUTCOMES, future_moves, label_questions
from forecast.target.sample import Sample
from forecast.target.surge import SurgeRule, episode_numbers, surge_moves

QUIET_MONTHS = 12  # without a cut before a first cut; since 1994 the longest pause inside a cycle was 11, from December 2001
ANNOUNCED = pd.Timestamp("1994-02-04")  # since then decisions are announced on their day; before, markets had to infer them
WINDOW = 126  # sessions before the cut: half a year
FOLLOWED = (5, 21, 63, 126, 252)
AFTER_CUT = (126, 252)


class BeforeCut(BaseModel):
    """A surge before a first cut or, where there was none, the largest move over the surge's window.

    Of an episode it is the first surge: which one would be the largest was not known then. `sessions_to_cut` and `to_cut` (a log return)
    run from its close to that of the cut's day. `outcomes` are by question, against its own barrier; `followed` and `after_cut` are log
    returns that many sessions after its close and after the cut's. None is not known yet.
    """

    model_config = ConfigDict(frozen=True)
    cut: str
    session: str
    kind: str
    log_return: float
    z: float | None
    sessions_to_cut: int
    to_cut: float
    outcomes: dict[str, str | None]
    followed: dict[str, float | None]
    after_cut: dict[str, float | None]


class FirstCuts(BaseModel):
    """The first cuts that the history covers, and the moves before them.

    `frequencies` by question count each cut once, however many moves came before it; None where no outcome is settled. `voters` is the
    number of cuts with a settled move. `climatology` is that of every settled surge.
    """

    model_config = ConfigDict(frozen=True)
    cuts: list[str]
    moves: list[BeforeCut]
    frequencies: dict[str, dict[str, float] | None]
    voters: dict[str, int]
    climatology: dict[str, dict[str, float]]


def before_first_cuts(sample: Sample, rule: SurgeRule, cuts: Sequence[pd.Timestamp]) -> FirstCuts:
    """The moves in the WINDOW sessions before each of `cuts`; a cut whose window is not in the history is left out."""
    rows = {cut: int(np.searchsorted(sample.sessions, np.datetime64(cut, "D"))) for cut in cuts}
    covered = {cut: row for cut, row in rows.items() if WINDOW + rule.window <= row < len(sample)}
    moves = [move for cut, row in covered.items() for move in _before(sample, rule, cut, row)]
    labels = [question.label for question in sample.questions]
    base = frequencies(sample)
    shares = {label: _frequencies(moves, label) for label in labels}
    return FirstCuts(
        cuts=[f"{cut:%Y-%m-%d}" for cut in covered],
        moves=moves,
        frequencies={label: share for label, (share, _) in shares.items()},
        voters={label: voters for label, (_, voters) in shares.items()},
        climatology={label: by_outcome(base[q]) for q, label in enumerate(labels)},
    )


def _before(sample: Sample, rule: SurgeRule, cut: pd.Timestamp, row: int) -> list[BeforeCut]:
    """The first surge of each episode in the window before the session `row`; without one, the window's largest move."""
    all_moves = surge_moves(pd.Series(sample.close), rule)
    inside = sample.rows[(sample.rows >= row - WINDOW) & (sample.rows < row)]
    kind, places = "surge", _first_of_episodes(inside, sample.questions[0].horizon)
    if not len(places):
        returns = all_moves["surge_return"].to_numpy()[row - WINDOW : row]
        if not np.nanmax(returns) > 0:  # without a rise there is no barrier
            return []
        kind, places = "largest move", np.array([row - WINDOW + int(np.nanargmax(returns))])
    moves = all_moves.iloc[places]
    limits = barriers(moves, sample.questions)
    codes = label_questions(sample.close, places, limits, sample.questions)
    followed = future_moves(sample.close, places, max(FOLLOWED))[:, np.array(FOLLOWED) - 1]
    after = future_moves(sample.close, np.array([row]), max(AFTER_CUT))[0, np.array(AFTER_CUT) - 1]
    return [
        BeforeCut(
            cut=f"{cut:%Y-%m-%d}",
            session=str(sample.sessions[place]),
            kind=kind,
            log_return=float(moves["surge_return"].iloc[i]),
            z=finite_or_none(moves["surge_z"].iloc[i]),
            sessions_to_cut=row - int(place),
            to_cut=float(np.log(sample.close[row] / sample.close[place])),
            outcomes={question.label: outcome_or_none(int(codes[i, q])) for q, question in enumerate(sample.questions)},
            followed=numbers_or_none([str(ahead) for ahead in FOLLOWED], followed[i]),
            after_cut=numbers_or_none([str(ahead) for ahead in AFTER_CUT], after),
        )
        for i, place in enumerate(places)
    ]


def _first_of_episodes(rows: Int, horizon: int) -> Int:
    _, first = np.unique(episode_numbers(rows, horizon), return_index=True)
    return np.asarray(rows[first], dtype=np.int64)


def _frequencies(moves: Sequence[BeforeCut], label: str) -> tuple[dict[str, float] | None, int]:
    """Mean over cuts of the frequencies among each cut's settled moves, and how many cuts have any."""
    by_cut: dict[str, list[str]] = {}
    for move in moves:
        outcome = move.outcomes[label]
        if outcome is not None:
            by_cut.setdefault(move.cut, []).append(outcome)
    if not by_cut:
        return None, 0
    share = {name: sum(outcomes.count(name) / len(outcomes) for outcomes in by_cut.values()) / len(by_cut) for name in OUTCOMES}
    return share, len(by_cut)


def first_cuts(until: pd.Timestamp) -> list[pd.Timestamp]:
    """Days of the first cuts announced on or before `until`."""
    record = [(meeting.day, meeting.upper) for meeting in fomc.meetings() if meeting.cancelled is None and not math.isnan(meeting.upper)]
    return [day for day in cuts_by_rule(record) if day <= until]


def cuts_by_rule(record: Sequence[tuple[pd.Timestamp, float]]) -> list[pd.Timestamp]:
    """Cuts since ANNOUNCED that follow at least QUIET_MONTHS without one.

    `record` has the days of decisions in order and the target after each, percent; decisions without a change make no difference.
    The first entry is not taken for a cut.
    """
    days: list[pd.Timestamp] = []
    last_cut: pd.Timestamp | None = None
    for (_, before), (day, after) in pairwise(record):
        if after >= before:
            continue
        quiet = last_cut is None or day >= last_cut + pd.DateOffset(months=QUIET_MONTHS)
        if quiet and day >= ANNOUNCED:
            days.append(day)
        last_cut = day
    return days
