"""Brent's method, against scipy's to the bit."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq

from forecast.engines.root import root_between


@given(
    st.tuples(*[st.floats(-3, 3)] * 4),
    st.floats(-5, 0),
    st.floats(0.01, 5),
    st.sampled_from([1e-3, 1e-8, 1e-12]),
)
def test_the_root_is_scipys_to_the_bit(cubic: tuple[float, float, float, float], low: float, width: float, tolerance: float) -> None:
    a, b, c, d = cubic

    def function(x: float) -> float:
        return a * x**3 + b * x**2 + c * math.exp(x / 3) + d

    high = low + width
    if function(low) * function(high) <= 0:
        assert root_between(function, low, high, tolerance=tolerance) == brentq(function, low, high, xtol=tolerance)


def test_an_end_that_is_the_root_is_given_as_it_is() -> None:
    assert root_between(lambda x: x - 1, 1.0, 2.0, tolerance=1e-9) == 1.0
    assert root_between(lambda x: x - 2, 1.0, 2.0, tolerance=1e-9) == 2.0


@pytest.mark.parametrize("function", [lambda x: x * x + 1, lambda x: math.nan])
def test_without_a_change_of_sign_there_is_no_root(function: object) -> None:
    with pytest.raises(ValueError, match="must have other signs at -1 and 1"):
        root_between(function, -1.0, 1.0, tolerance=1e-9)  # type: ignore[arg-type]


def test_a_function_that_is_no_number_on_the_way_ends_in_words() -> None:
    with pytest.raises(ValueError, match="must be a number between -1 and 2, got NaN at"):
        root_between(lambda x: x if x in (-1.0, 2.0) else math.nan, -1.0, 2.0, tolerance=1e-12)
