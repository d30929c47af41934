"""A law whose returns are autocorrelated: its slow twin, the variance of its sums, and first passage against paths of its own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtri

from forecast.engines.passage import AutocorrelatedLaw, GarchPathLaw, UncertainVarianceLaw
from forecast.engines.passage.autocorrelated import DriftingLaw
from forecast.engines.passage.first_passage import first_passage, simulate_paths

DRIFT, VARIANCE, KEY = 3e-4, 1e-4, 11
GAUSS = ndtri((np.arange(4000) + 0.5) / 4000)
STEADY = GarchPathLaw(DRIFT, 0.0, 0.0, 0.0, 1.0, VARIANCE, GAUSS / GAUSS.std())


@pytest.mark.parametrize("law", [STEADY, UncertainVarianceLaw(STEADY, DRIFT, 0.6)], ids=["known variance", "uncertain variance"])
@settings(max_examples=15)
@given(coefficient=st.floats(-0.9, 0.9), last=st.floats(-0.1, 0.1))
def test_a_return_is_the_share_of_the_last_and_what_the_law_adds(law: DriftingLaw, coefficient: float, last: float) -> None:
    plain, mine = (simulate_paths(each, 6, key=KEY, paths=4) for each in (law, AutocorrelatedLaw(law, coefficient, last)))
    shocks = np.diff(plain, axis=1, prepend=0.0) - DRIFT
    expected = np.empty_like(shocks)
    for path in range(4):
        away = last
        for t in range(6):
            away = coefficient * away + (1 - coefficient**2) ** 0.5 * shocks[path, t]
            expected[path, t] = DRIFT + away
    np.testing.assert_allclose(np.diff(mine, axis=1, prepend=0.0), expected, atol=1e-12)


def test_the_two_paths_of_a_pair_have_in_the_mean_what_the_last_return_leaves() -> None:
    coefficient, last, sessions = 0.3, 0.02, np.arange(1, 22)
    pairs = simulate_paths(AutocorrelatedLaw(STEADY, coefficient, last), 21, key=KEY, paths=200).reshape(100, 2, 21)
    expected = DRIFT * sessions + last * coefficient * (1 - coefficient**sessions) / (1 - coefficient)  # of symmetric shocks
    np.testing.assert_allclose(pairs.mean(axis=1), np.tile(expected, (100, 1)), atol=1e-12)


@pytest.mark.parametrize("coefficient", [-0.1, 0.3])
def test_a_month_has_the_variance_that_the_autocorrelation_gives_it_and_a_session_keeps_its_own(coefficient: float) -> None:
    paths, horizon = 40_000, 21
    start = VARIANCE**0.5 * np.random.default_rng(1).standard_normal(50)  # the session before, as it may have been
    moves = np.concatenate(
        [
            simulate_paths(AutocorrelatedLaw(STEADY, coefficient, last), horizon, key=KEY + i, paths=paths // 50)
            for i, last in enumerate(start.tolist())
        ]
    )
    lags = np.arange(1, horizon)
    ratio = 1 + 2 * ((1 - lags / horizon) * coefficient**lags).sum()  # Lo and MacKinlay (1988), of an autoregression
    error = (2 / paths) ** 0.5 * 4
    assert moves[:, -1].var() == pytest.approx(ratio * horizon * VARIANCE, rel=error)
    returns = np.diff(moves, axis=1, prepend=0.0)
    assert returns[:, -1].var() == pytest.approx(VARIANCE, rel=error)


def test_first_passage_is_that_of_normal_returns_drawn_by_another_generator() -> None:
    coefficient, last, horizon, paths = 0.3, 0.02, 21, 100_000
    shocks = VARIANCE**0.5 * (1 - coefficient**2) ** 0.5 * np.random.default_rng(2).standard_normal((paths, horizon))
    away, moves = np.full(paths, last), np.zeros((paths, horizon))
    for t in range(horizon):
        away = coefficient * away + shocks[:, t]
        moves[:, t] = (moves[:, t - 1] if t else 0.0) + DRIFT + away
    barrier = 0.04
    up, down = moves >= barrier, moves <= -barrier
    first = [np.where(side.any(axis=1), side.argmax(axis=1), horizon) for side in (down, up)]
    expected = [(first[0] < first[1]).mean(), (first[0] == first[1]).mean(), (first[1] < first[0]).mean()]
    law = AutocorrelatedLaw(STEADY, coefficient, last)
    simulated = first_passage(law, np.array([barrier]), np.array([horizon]), key=KEY, paths=40_000)
    np.testing.assert_allclose(simulated.probabilities[0], expected, atol=4 * 0.5 / 40_000**0.5)
    plain = first_passage(STEADY, np.array([barrier]), np.array([horizon]), key=KEY, paths=40_000)
    assert np.abs(plain.probabilities[0] - expected).max() > 0.05  # what is at stake


def test_without_autocorrelation_it_is_the_law_itself() -> None:
    plain, same = (simulate_paths(law, 21, key=KEY, paths=100) for law in (STEADY, AutocorrelatedLaw(STEADY, 0.0, 0.05)))
    np.testing.assert_array_equal(same, plain)


@pytest.mark.parametrize(("coefficient", "last"), [(1.0, 0.0), (-1.0, 0.0), (np.nan, 0.0), (0.1, np.inf)])
def test_what_is_no_autocorrelation_is_refused(coefficient: float, last: float) -> None:
    with pytest.raises(ValueError, match="coefficient must lie between -1 and 1 and last be finite"):
        AutocorrelatedLaw(STEADY, coefficient, last)
