"""Sensitivity of the answer to the definition of the question: a grid of answers by barrier and horizon.

Falls are questions of their own, without a way to lean, and have a table of theirs (`forecast.runs.answer.pullbacks`).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from forecast.backtest.experiment import Sensitivity
from forecast.runs.answer.answer import QuestionAnswer
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE
from forecast.target.question import FALL

KINDS = tuple(name for name in Sensitivity.model_fields if name != "horizons")  # surge, sigma, fixed


@dataclass(frozen=True)
class SensitivityGrid:
    """Answers by barrier (kind and size of each row) and horizon (sessions of each column); cells without a question are missing."""

    barriers: tuple[tuple[str, float], ...]
    horizons: tuple[int, ...]
    cells: dict[tuple[tuple[str, float], int], QuestionAnswer]

    @property
    def demonstrated(self) -> int:
        """How many questions have demonstrated skill."""
        return sum(answer.demonstrated for answer in self.cells.values())

    @property
    def min_t(self) -> float:
        """The least t by which skill counts as demonstrated, one for all questions of an experiment."""
        return next(iter(self.cells.values())).min_t

    @property
    def caution(self) -> str:
        """A warning about the number of demonstrated skills."""
        return (
            f"Skill is demonstrated on {self.demonstrated} of {len(self.cells)} questions, which are answered from the same surges; "
            f"without any skill, luck would mark {math.erfc(self.min_t / math.sqrt(2)) / 2:.0%} of them."
        )


def of_two_barriers(questions: Sequence[QuestionAnswer]) -> list[QuestionAnswer]:
    """The answers but those on falls."""
    return [answer for answer in questions if answer.barrier_kind != FALL]


def sensitivity_grid(questions: Sequence[QuestionAnswer]) -> SensitivityGrid:
    """The grid of the answers of two barriers; of equal questions the first counts."""
    cells: dict[tuple[tuple[str, float], int], QuestionAnswer] = {}
    for answer in of_two_barriers(questions):
        cells.setdefault(((answer.barrier_kind, answer.size), answer.horizon), answer)
    barriers = sorted({barrier for barrier, _ in cells}, key=lambda barrier: (KINDS.index(barrier[0]), barrier[1]))
    return SensitivityGrid(tuple(barriers), tuple(sorted({horizon for _, horizon in cells})), cells)


def lean(probabilities: dict[str, float]) -> float:
    """Probability of `continue` less that of `reverse`."""
    return probabilities[OUTCOMES[CONTINUE]] - probabilities[OUTCOMES[REVERSE]]
