"""Central differences, the slow twin of every analytic score."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.switching.likelihood import Likelihood


def assert_score_is_the_slope(likelihood: Likelihood, theta: Float, steps: Float | float = 1e-5) -> None:
    """Analytic score against differences, in each parameter with a step of 1e-5 of its size, or of 1.

    Errors: truncation of step^2 times a third derivative, and rounding of 1e-16 |value| / step, 1e-9 for a value of 100; a
    score is of the order of the number of sessions.
    """
    value, score = likelihood.value_and_score(theta)
    assert np.isfinite(value)
    moves = np.diag(steps * np.maximum(np.abs(theta), 1e-2))
    apart = [
        (likelihood.value_and_score(theta + move)[0] - likelihood.value_and_score(theta - move)[0]) / (2 * move.max()) for move in moves
    ]
    np.testing.assert_allclose(score, apart, rtol=2e-5, atol=2e-5 * max(1.0, np.abs(score).max()))
