"""What users hand in: missing is missing however it is written, and what is no number is refused in one line."""

import dataclasses
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.engines.arrays import as_floats
from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw, MSGarchPathLaw
from forecast.engines.passage.first_passage import MOST_CELLS, first_passage
from forecast.engines.switching.innovations import shape_constants
from forecast.engines.switching.validation import CannotFitError
from tests.forecast.engines.simulated_returns import two_volatilities

BASE = two_volatilities(400, seed=3)
GAPS = np.where(np.arange(400) % 40 == 7, np.nan, BASE)
MASK = np.isnan(GAPS)

MISSING: dict[str, Any] = {
    "numpy mask": np.ma.array(np.where(MASK, -999.0, BASE), mask=MASK),
    "mask of objects": np.ma.array(np.where(MASK, -999.0, BASE).astype(object), mask=MASK),
    "None in a list": [None if np.isnan(value) else value for value in GAPS.tolist()],
    "NA in objects": pd.Series([pd.NA if np.isnan(value) else value for value in GAPS.tolist()], dtype=object),
    "NA of Float64": pd.Series(np.where(MASK, 0.0, BASE), dtype="Float64").mask(MASK),
    "Decimal": [Decimal(value) for value in GAPS.tolist()],
}
NO_NUMBERS: dict[str, tuple[Any, str]] = {
    "booleans": (BASE > 0, "booleans"),
    "a boolean among numbers": [[True, *BASE[:-1].tolist()], "booleans"],
    "nullable booleans": (pd.Series(BASE > 0, dtype="boolean"), "booleans"),
    "complex": (BASE + 0j, "complex numbers"),
    "dates": (pd.bdate_range("2020-01-01", periods=400), "dates"),
    "dates with a zone": (pd.date_range("2020-01-01", periods=400, tz="UTC").to_series(), "Timestamp"),
    "durations": (np.arange(400).astype("m8[D]"), "durations"),
    "text": ([str(value) for value in BASE], "text"),
    "text in objects": (pd.Series([*BASE[:-1], "n/a"], dtype=object), "'n/a' of type str"),
    "ragged": ([[1.0, 2.0], [3.0]], "list"),
    "a mapping": ({"returns": BASE}, "dict"),
}


@pytest.fixture(scope="module")
def fitted() -> MarkovSwitching:
    return MarkovSwitching(2).fit(BASE)


@pytest.mark.parametrize("case", MISSING)
def test_what_is_missing_is_missing_however_it_is_written(case: str, fitted: MarkovSwitching) -> None:
    np.testing.assert_array_equal(as_floats(MISSING[case], "returns"), GAPS)
    for run in (
        lambda returns: MarkovSwitching(2).fit(returns),
        lambda returns: MarkovSwitching(2).refit(returns),
        fitted.filter,
        fitted.append,
    ):
        np.testing.assert_array_equal(run(MISSING[case]).filtered_probabilities_, run(GAPS).filtered_probabilities_)


@pytest.mark.parametrize("case", NO_NUMBERS)
def test_what_is_no_number_is_refused_in_one_line(case: str, fitted: MarkovSwitching) -> None:
    values, what = NO_NUMBERS[case]
    for run in (MarkovSwitching(2).fit, MSGarch(2).fit, Garch().fit, fitted.filter, fitted.append):
        with pytest.raises(CannotFitError, match=rf"^returns must be numbers, got .*({what})"):
            run(values)
    again = MarkovSwitching(2).refit(values)
    assert again.fallback_ == "sample moments"
    assert "returns must be numbers" in again.warnings_[0]
    with pytest.raises(ValueError, match=r"^x must be numbers"):
        fitted.cdf(values)
    with pytest.raises(ValueError, match=r"^barriers must be numbers"):
        first_passage(fitted.ahead(), values, [5] * 400, key=1, paths=100)
    with pytest.raises(ValueError, match=r"^covariates must be numbers"):
        MarkovSwitching(2, transitions="logit").fit(BASE, values)


def test_an_array_is_a_copy() -> None:
    values = BASE.copy()
    as_floats(values, "returns")[0] = 99.0
    assert values[0] == BASE[0]


@pytest.mark.parametrize("level", ["0.05", True, None, 0, 1, np.nan])
def test_a_level_is_a_number_between_zero_and_one(level: Any, fitted: MarkovSwitching) -> None:
    with pytest.raises(ValueError, match=rf"^level must be between 0 and 1, got {level}"):
        fitted.value_at_risk(level)


# first passage ----------------------------------------------------------------------------------------------------------

RESIDUALS = np.sort(np.random.default_rng(3).standard_normal(500))
GARCH = GarchPathLaw(0.0003, 2e-6, 0.05, 0.1, 0.88, 1.5e-4, RESIDUALS)


def switching(**change: Any) -> MSGarchPathLaw:
    plain = {
        "opening": np.array([0.7, 0.3]),
        "transitions": np.array([[0.9, 0.1], [0.2, 0.8]]),
        "kinds": np.array([0, 0]),
        "coefficients": np.array([[1e-6, 0.05, 0.05, 0.9], [4e-6, 0.05, 0.05, 0.9]]),
        "shapes": np.stack([shape_constants(np.inf, 0.0), shape_constants(6.0, -0.1)]),
        "states": np.array([1e-4, 4e-4]),
        "drift": 0.0,
        "ar": 0.0,
        "deviation": 0.0,
    }
    return MSGarchPathLaw(**(plain | change))


@pytest.mark.parametrize("key", [2**64, -1, 1.5, "a", None, True, np.nan])
def test_a_key_has_64_bits(key: Any) -> None:
    with pytest.raises(ValueError, match=r"^key must be a whole number"):
        first_passage(GARCH, [0.05], [5], key=key, paths=100)
    assert np.isfinite(first_passage(GARCH, [0.05], [5], key=2**64 - 1, paths=100).probabilities).all()


SHAPES = np.stack([shape_constants(np.inf, 0.0), shape_constants(6.0, -0.1)])


def shapes(column: int, value: float) -> np.ndarray:
    out = SHAPES.copy()
    out[1, column] = value
    return out


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"states": np.array([1e-4, -1e-4])}, "states of GARCH and TARCH must be >= 0"),
        ({"states": np.array([1e-4, np.nan])}, "states of a switching GARCH must be finite"),
        ({"states": np.array([1e-4])}, r"states of 2 regimes must be of shape \(2,\), got \(1,\)"),
        ({"shapes": shapes(0, 2.0)}, "nu must be > 2"),
        ({"shapes": shapes(0, np.nan)}, "nu must be > 2"),
        ({"shapes": shapes(1, 1.0)}, "lambda between -1 and 1"),
        ({"shapes": shapes(4, np.nan)}, "shapes of a switching GARCH must be finite"),
        ({"coefficients": np.array([[-1e-6, 0.05, 0.0, 0.9]] * 2)}, "omega, alpha, alpha [+] gamma and beta must be >= 0"),
        ({"coefficients": np.array([[1e-6, 0.05, -0.1, 0.9]] * 2)}, "omega, alpha, alpha [+] gamma and beta must be >= 0"),
        ({"transitions": np.array([[0.9, 0.2], [0.2, 0.8]])}, "transitions must be probabilities that sum to 1"),
        ({"opening": np.array([1.2, -0.2])}, "opening must be probabilities that sum to 1"),
        ({"kinds": np.array([0, 7])}, "kinds must be of 0, 1 and 2"),
        ({"drift": np.inf}, "drift, ar and deviation must be finite"),
    ],
)
def test_a_switching_law_outside_its_domain_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        switching(**change)


@pytest.mark.parametrize("change", [{"omega": -1e-6}, {"alpha": -0.1}, {"beta": -0.1}, {"gamma": -0.2}, {"variance": -1.0}])
def test_a_garch_law_whose_variance_could_be_negative_is_refused(change: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="must be >"):
        dataclasses.replace(GARCH, **change)


@pytest.mark.parametrize(("nu", "skew"), [(2.0, 0.0), (-1.0, 0.0), (5.0, 1.0), (5.0, -1.5)])
def test_innovations_outside_their_domain_are_refused(nu: float, skew: float) -> None:
    with pytest.raises(ValueError, match=f"nu must be > 2, inf for the normal, and lambda between -1 and 1, got {nu} and {skew}"):
        shape_constants(nu, skew)


def test_laws_take_lists() -> None:
    chain = MarkovPathLaw([0.7, 0.3], [[0.9, 0.1], [0.2, 0.8]], [0.0, 0.0], [0.01, 0.02])  # type: ignore[arg-type]
    assert first_passage(chain, [0.05], [5], key=1, paths=100).probabilities.shape == (1, 3)


def test_many_barriers_are_answered_or_refused() -> None:
    count = 100_000
    ladder, horizons = np.linspace(1e-3, 0.3, count), np.full(count, 2)
    many = first_passage(GARCH, ladder, horizons, key=1, paths=500).probabilities
    few = first_passage(GARCH, ladder[::9999], horizons[::9999], key=1, paths=500).probabilities
    np.testing.assert_array_equal(many[::9999], few)
    with pytest.raises(ValueError, match=f"100000 barriers by 252 sessions are more than {MOST_CELLS} at once: ask in parts"):
        first_passage(GARCH, ladder, np.full(count, 252), key=1, paths=500)
