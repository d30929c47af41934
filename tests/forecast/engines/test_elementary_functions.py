"""exp and log of arrays, against the library's."""

import numpy as np
from numpy.testing import assert_allclose

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import DEEPEST, exponentiate, take_logarithms

ROUNDING = 5e-16  # relative: two units in the last place


@njit()
def _exponentials(values: Float) -> None:
    exponentiate(values)  # which is written into its caller


def test_logarithms_are_the_librarys_to_two_units_in_the_last_place() -> None:
    rng = np.random.default_rng(0)
    near_one = 1 + np.r_[0.0, 10.0 ** rng.uniform(-15, -1, 2000), -(10.0 ** rng.uniform(-15, -1, 2000))]
    values = np.r_[near_one, np.exp(rng.uniform(-700, 700, 5000)), 2.0 ** np.arange(-1000, 1000), np.sqrt(0.5), np.sqrt(2.0)]
    ours = values.copy()
    take_logarithms(ours)
    assert_allclose(ours, np.log(values), rtol=ROUNDING, atol=0)


def test_exponentials_are_the_librarys_down_to_the_deepest() -> None:
    values = np.r_[0.0, -np.random.default_rng(1).exponential(50.0, 5000), -1e300, -np.inf]
    ours = values.copy()
    _exponentials(ours)
    assert_allclose(ours, np.exp(np.maximum(values, DEEPEST)), rtol=ROUNDING, atol=0)
