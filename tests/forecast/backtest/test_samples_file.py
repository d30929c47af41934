"""Samples for workers: one reading a process, the same numbers, and nothing left on disk."""

import numpy as np
import pytest

from forecast.backtest.samples_file import SamplesFile, samples_for
from forecast.target.sample import Sample
from tests.indices import simulated_sample


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [simulated_sample(seed) for seed in (1, 2)]


def test_a_process_reads_the_file_once_so_that_what_it_works_out_of_a_sample_is_there_for_the_next_fold(samples: list[Sample]) -> None:
    with samples_for(2, samples) as held:
        first, again = held.read(), held.read()
        assert first is again
        assert [sample.market for sample in first] == [sample.market for sample in samples]
        for mine, sample in zip(first, samples, strict=True):
            np.testing.assert_array_equal(mine.close, sample.close)
            np.testing.assert_array_equal(mine.outcomes, sample.outcomes)


def test_the_file_is_gone_when_the_folds_are_done(samples: list[Sample]) -> None:
    with samples_for(2, samples) as held:
        assert isinstance(held, SamplesFile)
        assert held.path.exists()
    assert not held.path.parent.exists()


def test_one_worker_is_this_process_and_takes_them_as_they_are(samples: list[Sample]) -> None:
    with samples_for(1, samples) as held:
        assert all(mine is sample for mine, sample in zip(held.read(), samples, strict=True))
