"""Samples for workers: one reading a process, the same numbers, and nothing left on disk."""

import pickle
from pathlib import Path

import pytest

from forecast.backtest.fold_key import sample_digest
from forecast.backtest.samples_file import SampleFile, samples_for
from forecast.target.sample import Sample
from tests.indices import simulated_sample


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    return [simulated_sample(seed) for seed in (1, 2)]


def test_a_process_reads_a_file_once_so_that_what_it_works_out_of_a_sample_is_there_for_the_next_fold(samples: list[Sample]) -> None:
    with samples_for(2, samples) as held:
        travelled = pickle.loads(pickle.dumps(held))  # noqa: S301 - bytes of our own
        first, again = travelled(), held()
    assert list(map(sample_digest, first)) == list(map(sample_digest, samples))
    assert all(one is other for one, other in zip(first, again, strict=True))
    with samples_for(2, samples[1:]) as held:
        assert held()[0] is first[1], "in another folder it is the same sample"


def test_the_files_are_gone_when_the_folds_are_done_and_each_is_written_once(samples: list[Sample], tmp_path: Path) -> None:
    with samples_for(2, samples) as held:
        paths = [file.path for file in held.__self__.files]  # type: ignore[attr-defined]
        assert all(path.exists() for path in paths)
    assert not paths[0].parent.exists()
    first = SampleFile.write(samples[0], tmp_path)
    before = first.path.stat().st_mtime_ns
    assert SampleFile.write(samples[0], tmp_path) == first
    assert first.path.stat().st_mtime_ns == before


def test_one_worker_is_this_process_and_takes_them_as_they_are(samples: list[Sample]) -> None:
    with samples_for(1, samples) as held:
        assert all(mine is sample for mine, sample in zip(held(), samples, strict=True))
