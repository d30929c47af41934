"""Variance by ranges: against paths simulated within the session, and what is known when."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy.special import zeta

from features.panel.volatility import session_ranges
from forecast.models.heavy import HeavyPaths
from forecast.models.range import RangePaths
from forecast.models.range_variance import LEAST, LEAST_VOL, RANGE_VARIANCE, measured_variance, range_variance
from forecast.target.sample import Sample
from tests.indices import simulated_sample

pytestmark = pytest.mark.slow

KEY = 7


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Two thousand sessions, a quarter of whose variance falls between them."""
    return simulated_sample(3, overnight=0.25)


def test_ranges_of_paths_within_the_session_give_back_their_variance() -> None:
    vol, sessions, steps = 0.01, 3000, 1000
    rng = np.random.default_rng(1)
    paths = np.cumsum(vol / steps**0.5 * rng.standard_normal((sessions, steps)), axis=1)
    days = pd.bdate_range("2000-01-03", periods=sessions)
    high, low = (pd.Series(np.exp(reach), index=days) for reach in (np.maximum(paths.max(axis=1), 0), np.minimum(paths.min(axis=1), 0)))
    variance = session_ranges(high, low) / vol**2
    # watched `steps` times, each end falls short by 0.5826 vol / sqrt(steps) (Broadie, Glasserman and Kou 1997); a range is 1.596 vols
    # in the mean and its square 4 log 2 (Feller 1951), so that 4.2 % of the variance is missed
    missed = 2 * 2 * 0.5826 / steps**0.5 * (8 / np.pi) ** 0.5 / (4 * np.log(2))
    assert variance.mean() == pytest.approx(1 - missed, abs=4 * (RANGE_VARIANCE / sessions) ** 0.5)
    # the fourth moment of a range is 9 zeta(3) vols^4 (Parkinson 1980)
    assert pytest.approx(9 * zeta(3) / (4 * np.log(2)) ** 2 - 1, abs=0.005) == RANGE_VARIANCE


def test_scaled_they_have_the_variance_from_close_to_close_although_much_of_it_falls_between_sessions(sample: Sample) -> None:
    vol = 0.01 * np.exp(0.4 * np.sin(np.arange(len(sample)) / 80 + 3))  # the truth of `simulated_index`
    later = slice(1000, None)
    unscaled = np.nanmean(sample.ranges[later] / vol[later] ** 2)
    scaled = np.mean(range_variance(sample, 5)[later] / vol[later] ** 2)
    assert unscaled < 0.75  # of the trading session only
    # the scale is a ratio of two means over some 2000 sessions, whose terms are off by sqrt(2) and sqrt(0.41) of themselves
    assert scaled == pytest.approx(1, abs=4 * ((2 + RANGE_VARIANCE) / 2000) ** 0.5)


def test_they_are_surer_than_squared_returns_of_the_same_memory(sample: Sample) -> None:
    truth = 0.0001 * np.exp(0.8 * np.sin(np.arange(len(sample)) / 80 + 3))
    squared = pd.Series(np.r_[np.nan, sample.returns**2]).ewm(halflife=11, ignore_na=True).mean().to_numpy()
    off = [np.std(np.log(each / truth)[1000:]) for each in (range_variance(sample, 11), squared)]
    assert off[0] < 0.7 * off[1]


def test_nothing_is_told_before_enough_ranges_are_known(sample: Sample) -> None:
    late = dataclasses.replace(sample, ranges=np.where(np.arange(len(sample)) < 300, np.nan, sample.ranges))
    assert np.isnan(range_variance(late, 11)[: 299 + LEAST]).all()
    assert np.isfinite(range_variance(late, 11)[299 + LEAST :]).all()
    never = dataclasses.replace(sample, ranges=np.full(len(sample), np.nan))
    assert np.isnan(range_variance(never, 11)).all()


def test_a_session_without_a_range_counts_its_squared_return(sample: Sample) -> None:
    ranges = sample.ranges.copy()
    ranges[-1] = np.nan
    variance = range_variance(dataclasses.replace(sample, ranges=ranges), 11)
    keep = 0.5 ** (1 / 11)
    assert variance[-1] == pytest.approx(keep * variance[-2] + (1 - keep) * sample.returns[-1] ** 2, rel=1e-9)  # the weights have converged


def test_without_highs_and_lows_squared_returns_stand_in_and_a_note_says_so(sample: Sample) -> None:
    never = dataclasses.replace(sample, ranges=np.full(len(sample), np.nan))
    for name, component in (("range", RangePaths()), ("heavy", HeavyPaths())):
        notes = (f"{name}: highs and lows are not known, squared returns stand in for them",)
        fitted = component.fit([never])
        assert fitted.notes == notes
        assert component.fit([sample]).notes == ()
        probabilities = fitted.predict(never, key=KEY, paths=2000).probabilities
        wide = dataclasses.replace(sample, ranges=4 * sample.ranges)
        assert not np.array_equal(probabilities, component.fit([sample]).predict(wide, key=KEY, paths=2000).probabilities)
    ended = dataclasses.replace(sample, ranges=np.where(np.arange(len(sample)) < 1500, sample.ranges, np.nan))
    assert RangePaths().fit([ended]).notes != ()


def test_prices_that_stand_still_at_first_are_no_division_by_nothing(sample: Sample) -> None:
    close = sample.close.copy()
    close[1:30] = close[0]
    still = dataclasses.replace(sample, close=close, ranges=np.full(len(sample), np.nan))
    assert measured_variance(still, 11)[5] == LEAST_VOL**2
    for component in (RangePaths(), HeavyPaths()):  # warnings are errors
        assert np.isfinite(component.fit([still]).predict(still, key=KEY, paths=500).probabilities).all()


def test_without_highs_and_lows_the_variance_is_that_of_squared_returns(sample: Sample) -> None:
    never = dataclasses.replace(sample, ranges=np.full(len(sample), np.nan))
    keep, expected = 0.5 ** (1 / 11), [float(never.returns[0] ** 2)]
    weight = 1.0
    for move in never.returns[1:]:
        weight = 1 + keep * weight
        expected.append(expected[-1] + (move**2 - expected[-1]) / weight)
    np.testing.assert_allclose(measured_variance(never, 11)[1:], expected, rtol=1e-9)


def test_the_component_forecasts_by_the_range_of_today(sample: Sample) -> None:
    day = sample.up_to(int(sample.rows[-1]))
    fitted = RangePaths().fit([day])
    wide = dataclasses.replace(day, ranges=np.r_[day.ranges[:-1], 50 * day.ranges[-1]])
    calm, wild = (fitted.predict(each, key=KEY, paths=2000).probabilities for each in (day, wide))
    assert (wild[:, 1] < calm[:, 1] / 2).all()  # what moves more stalls less
