"""Intervals of skill by episodes, and how many independent rows the forecasts are worth."""

import numpy as np
import pytest

from forecast.backtest.verification.bootstrap import EpisodeBootstrap, effective_sample_size


def test_a_loss_in_proportion_to_the_reference_has_its_skill_for_sure() -> None:
    reference = np.random.default_rng(1).random(40)
    interval = EpisodeBootstrap(np.repeat(np.arange(10), 4)).skill(0.9 * reference, reference)
    assert (interval.low, interval.high) == (pytest.approx(0.1), pytest.approx(0.1))


@pytest.mark.slow
def test_the_interval_holds_the_true_skill_about_as_often_as_it_says_though_rows_of_an_episode_go_together() -> None:
    rng = np.random.default_rng(2)
    runs, count, rows = 200, 60, 5
    numbers = np.repeat(np.arange(count), rows)
    held, plain = np.empty(runs), np.empty(runs)
    for run in range(runs):
        gain = 0.05 + np.repeat(rng.normal(0, 0.2, count), rows) + rng.normal(0, 0.05, count * rows)
        reference = np.full(count * rows, 0.5)
        interval = EpisodeBootstrap(numbers, seed=run, draws=400).skill(reference - gain, reference)
        alone = EpisodeBootstrap(np.arange(count * rows), seed=run, draws=400, block=1).skill(reference - gain, reference)
        held[run], plain[run] = interval.low <= 0.1 <= interval.high, alone.low <= 0.1 <= alone.high
    # 90 % is promised; percentiles of blocks fall a little short with 60 episodes (Hall, Horowitz and Jing 1995)
    assert 0.80 < held.mean() < 0.90 + 2.6 * (0.09 / runs) ** 0.5
    assert plain.mean() < 0.75  # rows taken for episodes promise too much


def test_every_episode_is_drawn_as_often_as_any_other() -> None:
    bootstrap = EpisodeBootstrap(np.arange(30), draws=3000, block=3)
    ones = np.ones(30)
    widths = [bootstrap.skill(ones - (np.arange(30) == k), ones) for k in (0, 15, 29)]
    assert bootstrap.block == 3
    assert len({(one.low, one.high) for one in widths}) == 1  # whole thirtieths, so the same ends


def test_of_fewer_than_three_episodes_or_a_reference_without_loss_nothing_is_told() -> None:
    assert np.isnan(EpisodeBootstrap(np.array([1, 1, 2])).skill(np.ones(3), np.ones(3)).low)
    assert np.isnan(EpisodeBootstrap(np.array([], dtype=int)).skill(np.empty(0), np.empty(0)).low)
    assert np.isnan(EpisodeBootstrap(np.arange(5)).skill(np.ones(5), np.zeros(5)).low)
    with pytest.raises(ValueError, match="block must be >= 1"):
        EpisodeBootstrap(np.arange(5), block=0)


def test_rows_that_repeat_each_other_are_worth_fewer() -> None:
    rng = np.random.default_rng(3)
    n = 4000
    fresh = rng.standard_normal(n)
    # each value five times: (n / 5) values tell as much; Newey-West over 40 rows takes in all but a tenth of what is repeated
    repeated = np.repeat(rng.standard_normal(n // 5), 5)
    assert effective_sample_size(fresh, lags=5) == pytest.approx(n, rel=0.15)
    assert effective_sample_size(repeated, lags=40) == pytest.approx(n / 5, rel=0.25)
    assert effective_sample_size(np.tile([1.0, -1.0], 50), lags=3) == 100  # never more than there are
    assert np.isnan(effective_sample_size(np.ones(20), lags=3))
