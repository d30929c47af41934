"""Tests of one forecaster against another."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from forecast.backtest.verification.comparison import (
    diebold_mariano,
    giacomini_white,
    last_settled,
    mean_gain,
    skill,
    small_sample_factor,
)
from forecast.backtest.verification.scores import newey_west_mean


@given(st.integers(0, 2**32 - 1), st.integers(5, 60))
def test_one_step_ahead_it_is_the_t_test_of_a_mean(seed: int, n: int) -> None:
    gain = np.random.default_rng(seed).normal(0.2, 1, n)
    result, reference = diebold_mariano(gain, horizon=1), stats.ttest_1samp(gain, 0, alternative="greater")
    assert result.t == pytest.approx(reference.statistic, rel=1e-9)
    assert result.p == pytest.approx(reference.pvalue, rel=1e-7)


def test_the_small_sample_factor_is_that_of_the_paper() -> None:
    # Harvey, Leybourne and Newbold (1997), equation 9, n = 16 and h = 4: (16 + 1 - 8 + 4 * 3 / 16) / 16 = 9.75 / 16
    assert small_sample_factor(16, 4) == pytest.approx((9.75 / 16) ** 0.5)


@given(st.integers(0, 2**32 - 1), st.integers(30, 200), st.integers(1, 21))
def test_the_t_of_a_skill_is_that_of_newey_and_west_times_the_factor(seed: int, n: int, horizon: int) -> None:
    rng = np.random.default_rng(seed)
    gain = 0.1 + np.convolve(rng.standard_normal(n + 4), np.ones(5), mode="valid")
    reference = np.abs(gain).max() + rng.random(n)
    scored, mean = skill(reference - gain, reference, horizon=horizon), mean_gain(gain, horizon=horizon)
    factor = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    assert scored.skill == pytest.approx(gain.mean() / reference.mean())
    assert scored.t == pytest.approx(newey_west_mean(gain, lags=horizon - 1).t * factor, rel=1e-8)
    assert diebold_mariano(gain, horizon=horizon).t == mean.t == pytest.approx(mean.mean / mean.error)


def test_skill_over_oneself_is_nil_and_has_no_t() -> None:
    loss = np.arange(1.0, 30.0)
    scored = skill(loss, loss, horizon=6)
    assert scored.skill == 0
    assert np.isnan(scored.t)
    assert np.isnan(skill(np.empty(0), np.empty(0), horizon=6).skill)


def overlapping(rng: np.random.Generator, n: int, horizon: int) -> np.ndarray:
    """Gains without a mean, correlated over horizon - 1 rows."""
    return np.convolve(rng.standard_normal(n + horizon - 1), np.ones(horizon), mode="valid")


def test_with_overlapping_horizons_the_correction_keeps_false_alarms_near_their_level() -> None:
    rng = np.random.default_rng(3)
    n, horizon, runs = 120, 10, 400
    gains = [overlapping(rng, n, horizon) for _ in range(runs)]
    corrected = np.mean([diebold_mariano(gain, horizon=horizon).p < 0.05 for gain in gains])
    plain = np.mean([newey_west_mean(gain, lags=horizon - 1).t > 1.645 for gain in gains])
    naive = np.mean([stats.ttest_1samp(gain, 0, alternative="greater").pvalue < 0.05 for gain in gains])
    assert corrected < plain < naive
    # Bartlett's weights leave out about half of what is beyond a few rows, so a twelfth rather than a twentieth is what to expect
    assert 0.02 < corrected < 0.05 + 0.05 + 2.6 * (0.09 / runs) ** 0.5


def test_of_no_more_rows_than_a_horizon_nothing_is_told() -> None:
    assert np.isnan(diebold_mariano(np.arange(5.0), horizon=5).t)
    assert np.isnan(diebold_mariano(np.zeros(50), horizon=5).p)
    days = np.arange(9)
    assert np.isnan(giacomini_white(np.arange(9.0), days, days + 5, horizon=5).p)


def test_the_instrument_is_the_last_gain_settled_before_the_day() -> None:
    dates = np.array([0, 1, 5, 6, 20])
    np.testing.assert_array_equal(last_settled(dates, dates + 5), [-1, -1, -1, 0, 3])  # settled on day 5 is not known on day 5


def test_who_is_better_by_turns_is_told_beforehand_though_not_on_average() -> None:
    rng = np.random.default_rng(4)
    days = np.arange(400)
    gain = np.where(days // 100 % 2 == 0, 1.0, -1.0) + rng.standard_normal(400)
    result = giacomini_white(gain, days, days + 5, horizon=5)
    assert result.p < 0.01
    assert diebold_mariano(gain, horizon=5).p > 0.3
    assert 0.35 < result.better < 0.65
    assert result.rows == 400 - 6  # the first row's outcome is known before the seventh


def test_the_conditional_test_raises_few_false_alarms() -> None:
    rng = np.random.default_rng(5)
    days, runs = np.arange(200), 300
    rejected = np.mean([giacomini_white(overlapping(rng, 200, 5), days, days + 5, horizon=5).p < 0.05 for _ in range(runs)])
    assert rejected < 0.05 + 0.05 + 2.6 * (0.09 / runs) ** 0.5  # as above
