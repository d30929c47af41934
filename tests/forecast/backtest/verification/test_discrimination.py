"""Discrimination and sharpness."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from forecast.backtest.verification.discrimination import auc, sharpness


def test_the_area_is_the_share_of_pairs_in_order() -> None:
    # ones at 0.2 and 0.6, noughts at 0.1, 0.2, 0.5: of six pairs 4 in order, 1 a tie, 1 not
    assert auc(np.array([0.2, 0.6, 0.1, 0.2, 0.5]), np.array([1.0, 1, 0, 0, 0])) == pytest.approx(4.5 / 6)


@given(st.integers(0, 2**32 - 1), st.integers(2, 50))
def test_the_area_is_that_of_another_library(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    p, y = rng.integers(0, 6, n) / 5, np.r_[0.0, 1.0, rng.integers(0, 2, n - 2)]
    assert auc(p, y) == pytest.approx(roc_auc_score(y, p))


def test_where_an_event_always_or_never_came_there_is_no_area() -> None:
    assert np.isnan(auc(np.array([0.2, 0.3]), np.ones(2)))
    assert np.isnan(auc(np.array([0.2, 0.3]), np.zeros(2)))


def test_certainty_is_sharpest_and_equal_thirds_are_not_sharp() -> None:
    certain, blunt = sharpness(np.eye(3)), sharpness(np.full((4, 3), 1 / 3))
    assert (certain.top, certain.entropy) == (1.0, 0.0)
    assert certain.variance == pytest.approx(3 * (1 / 3) * (2 / 3))  # each column is an indicator of a third
    assert (blunt.top, blunt.variance) == (pytest.approx(1 / 3), pytest.approx(0))
    assert blunt.entropy == pytest.approx(np.log(3))
    assert np.isnan(sharpness(np.empty((0, 3))).top)
