"""Neighbour: for a question on which the forecast is unproven, the nearest one on which its skill is demonstrated."""

import math
from collections.abc import Sequence

from forecast.runs.answer.answer import QuestionAnswer
from forecast.target.question import FALL, barrier_words


def with_neighbours(questions: Sequence[QuestionAnswer]) -> list[QuestionAnswer]:
    """The answers, each unproven one with its neighbour's label, and with a sentence on it."""
    return [_with_neighbour(question, questions) for question in questions]


def neighbour_of(question: QuestionAnswer, questions: Sequence[QuestionAnswer]) -> QuestionAnswer | None:
    """The nearest demonstrated question by the ratios of barriers and of horizons, of a fall another fall; None where there is none."""
    alike = [other for other in questions if (other.barrier_kind == FALL) == (question.barrier_kind == FALL)]
    proven = [other for other in alike if other.demonstrated and other.question != question.question]
    return min(proven, key=lambda other: _apart(question, other), default=None)


def _apart(one: QuestionAnswer, other: QuestionAnswer) -> float:
    """Sum of the log ratios; a barrier of nothing is apart from all."""
    barriers = abs(math.log(one.barrier / other.barrier)) if one.barrier > 0 < other.barrier else math.inf
    return barriers + abs(math.log(one.horizon / other.horizon))


def _with_neighbour(question: QuestionAnswer, questions: Sequence[QuestionAnswer]) -> QuestionAnswer:
    nearest = None if question.demonstrated else neighbour_of(question, questions)
    if nearest is None:
        return question
    barrier = barrier_words(nearest.barrier_kind, nearest.size)
    where = f"{barrier} in {nearest.horizon} sessions (t {nearest.skill_t:.1f})"
    return question.model_copy(update={"neighbour": nearest.question, "sentence": f"{question.sentence} Skill is demonstrated at {where}."})
