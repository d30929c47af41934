"""Evidence: the forecasts that are settled on a day, what each counts for, and which questions learn together."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.target.outcome import UNSETTLED
from forecast.target.question import Question
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

YEAR = np.timedelta64(8766, "h")  # 365.25 days


@dataclass(frozen=True)
class Evidence:
    """n forecasts of q questions.

    Parameters
    ----------
    outcomes : numpy.ndarray of shape (n, q), int
        In 0, 1, 2; where a forecast is not settled, 0, with no case.
    cases : numpy.ndarray of shape (n, q)
        What each counts for, so that those of a question sum to its settled episodes, less what is forgotten.
    streaks : numpy.ndarray of shape (n,), int
        Number of the episode that each belongs to at the longest horizon.
    levels : tuple of numpy.ndarray of shape (q,)
        Groups of questions, see `levels`.
    falls : numpy.ndarray of bool of shape (q,)
        Questions without an upper barrier.
    """

    outcomes: Int
    cases: Float
    streaks: Int
    levels: tuple[Int, ...]
    falls: Flags


def evidence_of(target: Sample, surges: Int, row: int, half_life: float, questions: Flags | None = None) -> Evidence:
    """What is known before the close of `row` of the forecasts of `surges` (n,), those up to `row`, on some of the `questions`, or all.

    The rows of a question together are worth as many cases as they have independent episodes; one settled `half_life` years before
    the session of `row` counts for half.
    """
    sample = target.up_to(row)
    questions = np.ones(len(target.questions), dtype=bool) if questions is None else questions
    outcomes = np.compress(questions, sample.outcomes[surges].astype(np.int64), axis=1)
    settled = outcomes != UNSETTLED
    rows = sample.rows[surges]
    cases = np.zeros(outcomes.shape)
    for q, horizon in enumerate(target.horizons[questions].tolist()):
        mine = settled[:, q]
        if mine.any():
            age = (sample.sessions[row] - sample.sessions[rows[mine] + horizon]) / YEAR
            cases[mine, q] = 0.5 ** (age / half_life) * len(np.unique(episode_numbers(rows[mine], horizon))) / mine.sum()
    streaks = episode_numbers(rows, int(target.horizons[questions].max()))
    chosen = list(compress(target.questions, questions))
    return Evidence(np.where(settled, outcomes, 0), cases, streaks, levels(chosen), target.falls[questions])


def levels(questions: Sequence[Question]) -> tuple[Int, ...]:
    """Group of each question, (q,), ever finer: all together; those with one kind of barrier; each alone."""
    kinds = list(dict.fromkeys(question.barrier for question in questions))
    together = np.zeros(len(questions), dtype=np.int64)
    return together, np.array([kinds.index(question.barrier) for question in questions], dtype=np.int64), np.arange(len(questions))


Fit = Callable[[Float, Int, Float, int], tuple[Float, Flags]]
"""(centres (g, p), group (q,), cases (n, q), depth) -> parameters (g, p), and whether each converged (g,)."""


def fit_by_levels(fit: Fit, evidence: Evidence, centre: Float) -> tuple[Float, bool]:
    """Parameters of each question, (q, p), and whether all converged.

    Each level is fitted with the one before it as the centre of its prior, the first with `centre` (p,). The questions of one surge
    hang on the same returns, so that a group has the evidence of its average question, however many it holds. A group with the
    questions of the one before has learned already. Where a fit is not to be had, the level before it stands.
    """
    q = len(evidence.levels[0])
    parameters, converged = np.tile(centre, (q, 1)), True
    before = np.full(q, q + 1)  # more than any group holds
    for depth, group in enumerate(evidence.levels):
        first = np.unique(group, return_index=True)[1]
        members = np.bincount(group)[group]
        if (members < before).any():
            fitted, sound = fit(parameters[first], group, evidence.cases / members, depth)
            parameters = np.where((members < before)[:, None], fitted[group], parameters)
            converged &= bool(sound.all())
        before = members
    return parameters, converged
