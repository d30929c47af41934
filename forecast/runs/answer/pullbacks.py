"""Pullbacks: the answers on falls by size and horizon, and in a sentence."""

from collections.abc import Sequence
from dataclasses import dataclass

from forecast.runs.answer.answer import QuestionAnswer
from forecast.target.outcome import OUTCOMES, REVERSE
from forecast.target.question import FALL

FALLS = OUTCOMES[REVERSE]  # the outcome of a fall that comes


@dataclass(frozen=True)
class PullbackGrid:
    """Answers on falls by size (a share of the price, rising) and horizon (sessions, rising); cells without a question are missing."""

    sizes: tuple[float, ...]
    horizons: tuple[int, ...]
    cells: dict[tuple[float, int], QuestionAnswer]


def pullback_grid(questions: Sequence[QuestionAnswer]) -> PullbackGrid | None:
    """The grid of the falls among the answers; None where none is asked."""
    cells = {(answer.size, answer.horizon): answer for answer in questions if answer.barrier_kind == FALL}
    if not cells:
        return None
    return PullbackGrid(tuple(sorted({size for size, _ in cells})), tuple(sorted({horizon for _, horizon in cells})), cells)


def fall_label(size: float) -> str:
    """A fall in a few words: 5 %."""
    return f"{100 * size:.6g} %"


def pullback_sentence(questions: Sequence[QuestionAnswer], horizon: int) -> str | None:
    """How likely falls of each size are by then: "A fall of 3 / 5 / 7 / 10 % at some close within 21 sessions: 61 / 34 / 18 / 6 %
    (base rate 55 / 30 / 17 / 7 %)".

    The forecast's probabilities, and the base rates in brackets. None where no fall is asked of that horizon.
    """
    grid = pullback_grid(questions)
    answers = [] if grid is None else [grid.cells[size, horizon] for size in grid.sizes if (size, horizon) in grid.cells]
    if not answers:
        return None
    sizes = " / ".join(f"{100 * answer.size:.6g}" for answer in answers)
    shares = " / ".join(f"{100 * answer.probabilities[FALLS]:.0f}" for answer in answers)
    base = " / ".join(f"{100 * answer.base_rate[FALLS]:.0f}" for answer in answers)
    return f"A fall of {sizes} % at some close within {horizon} sessions: {shares} % (base rate {base} %)"
