"""Barriers: the log move that decides each surge, for each question."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from forecast.target.question import Question


def barriers(surges: pd.DataFrame, questions: Sequence[Question]) -> np.ndarray:
    """Barrier of each surge for each question, a log move.

    Parameters
    ----------
    surges : pandas.DataFrame
        One row a surge, with the columns `surge_return` and `vol` of `find_surges`.
    questions : sequence of Question
        The questions; of each, `barrier` and `size` decide, and for `sigma` the horizon too.

    Returns
    -------
    numpy.ndarray of shape (n_surges, n_questions)
        Log moves > 0; of a fall the lower barrier, as it has no upper one.
    """
    return np.column_stack([_barrier(surges, question) for question in questions]).reshape(len(surges), len(questions))


def _barrier(surges: pd.DataFrame, question: Question) -> np.ndarray:
    if question.barrier == "surge":
        return question.size * surges["surge_return"].to_numpy("float64")
    if question.barrier == "sigma":
        return question.size * surges["vol"].to_numpy("float64") * question.horizon**0.5
    return np.full(len(surges), question.fixed_move)
