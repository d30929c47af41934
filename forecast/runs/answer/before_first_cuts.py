"""Before first cuts: how small caps moved in the months before the Federal Reserve began to ease, and what followed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from forecast.engines.arrays import Int
from forecast.models.climatology import frequencies
from forecast.runs.answer.analogs import numbers_or_none
from forecast.target.barrier import barriers
from forecast.target.outcome import OUTCOMES, UNSETTLED, future_moves, label_outcomes
from forecast.target.sample import Sample
from forecast.target.surge import SurgeRule, episode_numbers, surge_moves

WINDOW = 126  # sessions before the cut: half a year
FOLLOWED = (5, 21, 63, 126, 252)
AFTER_CUT = (126, 252)


class BeforeCut(BaseModel):
    """A surge before a first cut or, where there was none, the largest move over the surge's window.

    kind : "surge" or "largest move"; of an episode, its first surge, since which was to be the largest was not known then.
    sessions_to_cut, to_cut : from its close to that of the cut's day, sessions and log return.   outcomes : by question, against its
    own barrier.   followed, after_cut : log returns so many sessions after its close, and after the cut's. None = not known yet.
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
    """The group: `cuts` are the first cuts that the history covers, `moves` what came before them.

    frequencies : by question, of the outcomes settled, each cut one vote that its moves share; None where none is settled.
    voters : by question, how many cuts have a settled move.   climatology : by question, of every settled surge.
    """

    model_config = ConfigDict(frozen=True)
    cuts: list[str]
    moves: list[BeforeCut]
    frequencies: dict[str, dict[str, float] | None]
    voters: dict[str, int]
    climatology: dict[str, dict[str, float]]


def before_first_cuts(sample: Sample, rule: SurgeRule, cuts: Sequence[pd.Timestamp]) -> FirstCuts:
    """What `sample` knows of the WINDOW sessions before each of `cuts`; those whose window it does not hold are left out."""
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
        climatology={label: dict(zip(OUTCOMES, base[q].tolist(), strict=True)) for q, label in enumerate(labels)},
    )


def _before(sample: Sample, rule: SurgeRule, cut: pd.Timestamp, row: int) -> list[BeforeCut]:
    """The first surge of each episode in the window before the session `row`; without one, the window's largest move."""
    all_moves = surge_moves(pd.Series(sample.close), rule)
    inside = sample.rows[(sample.rows >= row - WINDOW) & (sample.rows < row)]
    kind, places = "surge", _first_of_episodes(inside, sample.questions[0].horizon)
    if not len(places):
        returns = all_moves["surge_return"].to_numpy()[row - WINDOW : row]
        if not np.nanmax(returns) > 0:  # nothing rose, so nothing has a barrier
            return []
        kind, places = "largest move", np.array([row - WINDOW + int(np.nanargmax(returns))])
    moves = all_moves.iloc[places]
    asked = barriers(moves, sample.questions)
    codes = [label_outcomes(sample.close, places, asked[:, q], question.horizon) for q, question in enumerate(sample.questions)]
    followed = future_moves(sample.close, places, max(FOLLOWED))[:, np.array(FOLLOWED) - 1]
    after = future_moves(sample.close, np.array([row]), max(AFTER_CUT))[0, np.array(AFTER_CUT) - 1]
    return [
        BeforeCut(
            cut=f"{cut:%Y-%m-%d}",
            session=str(sample.sessions[place]),
            kind=kind,
            log_return=float(moves["surge_return"].iloc[i]),
            z=numbers_or_none(["z"], moves["surge_z"].to_numpy()[i : i + 1])["z"],
            sessions_to_cut=row - int(place),
            to_cut=float(np.log(sample.close[row] / sample.close[place])),
            outcomes={question.label: _outcome(int(codes[q][i])) for q, question in enumerate(sample.questions)},
            followed=numbers_or_none([str(ahead) for ahead in FOLLOWED], followed[i]),
            after_cut=numbers_or_none([str(ahead) for ahead in AFTER_CUT], after),
        )
        for i, place in enumerate(places)
    ]


def _first_of_episodes(rows: Int, horizon: int) -> Int:
    _, first = np.unique(episode_numbers(rows, horizon), return_index=True)
    return np.asarray(rows[first], dtype=np.int64)


def _outcome(code: int) -> str | None:
    return None if code == UNSETTLED else OUTCOMES[code]


def _frequencies(moves: Sequence[BeforeCut], label: str) -> tuple[dict[str, float] | None, int]:
    """Mean over cuts of the frequencies among each cut's settled moves, and how many cuts have any."""
    by_cut: dict[str, list[str]] = {}
    for move in moves:
        outcome = move.outcomes[label]
        if outcome is not None:
            by_cut.setdefault(move.cut, []).append(outcome)
    if not by_cut:
        return None, 0
    share = {name: sum(found.count(name) / len(found) for found in by_cut.values()) / len(by_cut) for name in OUTCOMES}
    return share, len(by_cut)
