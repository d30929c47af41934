"""What is known of past surges: the volatility they are measured by."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from features.panel.volatility import ewma_vol
from forecast.models.own_volatility import barrier_distance
from forecast.models.range_variance import LEAST, range_variance
from forecast.models.session_vol import VOL_HALFLIFE, session_vol, vol_rank
from forecast.target.sample import Sample
from tests.indices import simulated_sample


@pytest.fixture(scope="module")
def sample() -> Sample:
    """An index of which highs and lows are known from its three hundredth session on."""
    whole = simulated_sample(6, overnight=0.2)
    return dataclasses.replace(whole, ranges=np.where(np.arange(len(whole)) < 300, np.nan, whole.ranges))


def test_volatility_is_by_ranges_where_enough_are_known_and_by_closes_before(sample: Sample) -> None:
    begins = 299 + LEAST
    by_close = ewma_vol(pd.Series(sample.close), VOL_HALFLIFE).to_numpy()
    vol = session_vol(sample)
    np.testing.assert_array_equal(vol[2:begins], by_close[2:begins])
    np.testing.assert_array_equal(vol[begins:], np.sqrt(range_variance(sample, VOL_HALFLIFE / 2))[begins:])
    assert (vol[begins:] != by_close[begins:]).all()


@pytest.mark.parametrize("place", [5, -1])
def test_what_is_measured_at_a_surge_is_blind_to_what_comes_after_to_the_bit(sample: Sample, place: int) -> None:
    row = int(sample.rows[place])
    seen = sample.up_to(row)
    assert session_vol(seen).tobytes() == session_vol(sample)[: row + 1].tobytes()
    assert vol_rank(seen).tobytes() == vol_rank(sample)[: len(seen.rows)].tobytes()
    assert barrier_distance(seen, -1, 0) == barrier_distance(sample, len(seen.rows) - 1, 0)
