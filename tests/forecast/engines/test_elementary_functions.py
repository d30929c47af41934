"""exp and log of arrays, sums and recursions along them, against the library's and slow twins."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit
from forecast.engines.kernels.elementary_functions import DEEPEST, exponentiate, log_product, take_logarithms
from forecast.engines.kernels.lanes import LANES, dot, total
from forecast.engines.kernels.linear_recursion import accumulate, accumulate_back

ROUNDING = 5e-16  # relative: two units in the last place


@njit()
def exponentials(values: Float) -> None:
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
    exponentials(ours)
    assert_allclose(ours, np.exp(np.maximum(values, DEEPEST)), rtol=ROUNDING, atol=0)


@pytest.mark.parametrize("count", [*range(12), 255, 256, 257, 5030])
def test_the_log_of_a_product_is_the_sum_of_the_logs(count: int) -> None:
    values = np.exp(np.random.default_rng(count).uniform(-160, 160, count))  # e^160 = 1e69
    expected = math.fsum(np.log(values))
    assert log_product(values, np.empty(count)) == pytest.approx(expected, rel=1e-13, abs=1e-10)  # the sum of numbers of up to 160, rounded


@pytest.mark.parametrize("count", [0, 1, LANES - 1, LANES, LANES + 1, 5030])
def test_sums_by_lanes_are_sums(count: int) -> None:
    one, other = np.random.default_rng(count).standard_normal((2, count))
    assert total(one) == pytest.approx(math.fsum(one), abs=1e-12)
    assert dot(one, other) == pytest.approx(math.fsum(one * other), abs=1e-12)


@pytest.mark.parametrize("carry", [0.0, 0.9, 0.999999])
@pytest.mark.parametrize(("begin", "end"), [(1, 1), (1, 4), (1, 5), (3, 41), (2, 43)])
def test_recursions_by_fours_are_those_of_the_slow_twin(carry: float, begin: int, end: int) -> None:
    start = np.random.default_rng(end).uniform(0.1, 1.0, 44)
    ahead, back, slow, slow_back = start.copy(), start.copy(), start.copy(), start.copy()
    accumulate(ahead, carry, begin, end)
    accumulate_back(back, carry, begin, end)
    for t in range(begin, end):
        slow[t] += carry * slow[t - 1]
    for t in range(end - 1, begin - 1, -1):
        slow_back[t] += carry * slow_back[t + 1]
    assert_allclose(ahead, slow, rtol=1e-14)  # sums of positive numbers
    assert_allclose(back, slow_back, rtol=1e-14)
