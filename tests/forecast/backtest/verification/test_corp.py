"""What a Brier score is made of."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from forecast.backtest.verification.corp import corp_decomposition, recalibrate
from forecast.backtest.verification.scores import brier

# Niamey precipitation, score, MCB and DSC as Dimitriadis, Gneiting and Jordan (2021) print them, table 2
NIAMEY = {
    "Logistic": (0.205746, 0.017076, 0.055541),
    "EMOS": (0.232025, 0.018283, 0.030469),
    "ENS": (0.266168, 0.066072, 0.044115),
    "EPC": (0.234282, 0.022350, 0.032279),
}
RAINY, DAYS = 53, 92  # whose product of shares is the printed uncertainty, 0.244211


@pytest.mark.parametrize("name", NIAMEY)
def test_the_uncertainty_is_the_one_that_the_published_parts_leave(name: str) -> None:
    score, miscalibration, discrimination = NIAMEY[name]
    rain = np.repeat([1.0, 0.0], [RAINY, DAYS - RAINY])
    corp = corp_decomposition(np.full(DAYS, 0.5), rain)
    assert corp.uncertainty == pytest.approx(score - miscalibration + discrimination, abs=1.5e-6)  # three roundings to 6 digits


def test_the_parts_of_a_small_case_are_those_counted_by_hand() -> None:
    # 0.2 and 0.4 violate the order (1 then 0) and pool to 1/2; 0.9 stays. Score (0.64 + 0.16 + 0.01)/3, recalibrated (1/4 + 1/4 + 0)/3
    corp = corp_decomposition(np.array([0.2, 0.4, 0.9]), np.array([1.0, 0.0, 1.0]))
    np.testing.assert_allclose(recalibrate(np.array([0.2, 0.4, 0.9]), np.array([1.0, 0.0, 1.0])), [0.5, 0.5, 1.0])
    assert corp.score == pytest.approx(0.27)
    assert corp.miscalibration == pytest.approx(0.27 - 1 / 6)
    assert corp.discrimination == pytest.approx(2 / 9 - 1 / 6)
    assert corp.uncertainty == pytest.approx(2 / 9)


@given(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 12))
def test_score_is_miscalibration_less_discrimination_plus_uncertainty(seed: int, n: int, levels: int) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.integers(0, levels + 1, n) / levels, rng.integers(0, 2, n).astype(float)
    corp = corp_decomposition(p, y)
    assert corp.score == pytest.approx(corp.miscalibration - corp.discrimination + corp.uncertainty, abs=1e-12)
    assert min(corp.miscalibration, corp.discrimination, corp.uncertainty) >= 0
    again = corp_decomposition(recalibrate(p, y), y)
    assert again.miscalibration == pytest.approx(0, abs=1e-12)  # recalibrating twice changes nothing
    assert again.discrimination == pytest.approx(corp.discrimination, abs=1e-12)


@given(st.integers(0, 2**32 - 1), st.integers(2, 60))
def test_the_curve_is_the_isotonic_regression_whatever_the_order_of_the_rows(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.integers(0, 9, n) / 8, rng.integers(0, 2, n).astype(float)
    np.testing.assert_allclose(recalibrate(p, y), IsotonicRegression().fit(p, y).predict(p), atol=1e-12)


def test_the_scores_of_the_outcomes_add_up_to_the_brier_score() -> None:
    rng = np.random.default_rng(5)
    p, y = rng.dirichlet([2, 1, 2], 80), rng.integers(0, 3, 80)
    parts = [corp_decomposition(p[:, c], (y == c).astype(float)).score for c in range(3)]
    assert sum(parts) == pytest.approx(brier(p, y).mean())


def test_what_is_no_probability_or_no_event_is_refused() -> None:
    with pytest.raises(ValueError, match="happened must be 0 or 1"):
        corp_decomposition(np.array([0.5]), np.array([2.0]))
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        corp_decomposition(np.array([1.5]), np.array([1.0]))
    with pytest.raises(ValueError, match="got \\(2,\\) and \\(1,\\)"):
        corp_decomposition(np.array([0.5, 0.5]), np.array([1.0]))
    assert np.isnan(corp_decomposition(np.empty(0), np.empty(0)).score)
