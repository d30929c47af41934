import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.splits import backtest_paths, purged_splits, walk_forward_folds


@given(st.sets(st.integers(0, 900), max_size=80), st.integers(1, 500), st.integers(1, 60))
def test_every_surge_from_the_start_is_forecast_once_and_after_its_training(places: set[int], start: int, refit_every: int) -> None:
    rows = np.array(sorted(places), dtype=int)
    folds = list(walk_forward_folds(rows, start=start, refit_every=refit_every))
    tested = np.concatenate([fold.test for fold in folds]) if folds else np.array([], dtype=int)
    np.testing.assert_array_equal(rows[tested], rows[rows >= start])
    for fold in folds:
        assert (rows[fold.test] > fold.trained_to).all()
        assert (rows[fold.test] <= fold.trained_to + refit_every).all()
        assert (fold.trained_to + 1 - start) % refit_every == 0


def test_training_outcomes_are_settled_before_the_first_test_session(sample: Sample) -> None:
    for fold in walk_forward_folds(sample.rows, start=800, refit_every=21):
        train = sample.up_to(fold.trained_to)
        learned = train.outcomes != UNSETTLED
        settled = train.settled_row()[learned]
        assert not len(settled) or settled.max() < sample.rows[fold.test].min()


def test_a_sample_cut_short_knows_nothing_later(sample: Sample) -> None:
    cut = sample.up_to(1200)
    assert len(cut) == 1201
    assert cut.rows.max() <= 1200
    assert (cut.outcomes[cut.settled_row() >= 1200] == UNSETTLED).all()
    settled = cut.outcomes != UNSETTLED
    np.testing.assert_array_equal(cut.outcomes[settled], sample.outcomes[: len(cut.rows)][settled])


def test_a_start_before_the_first_row_is_refused() -> None:
    with pytest.raises(ValueError, match="must be >= 1, got 0 and 21"):
        list(walk_forward_folds(np.array([3]), start=0, refit_every=21))


@pytest.mark.parametrize(("groups", "tested", "splits", "paths"), [(6, 2, 15, 5), (10, 2, 45, 9), (10, 8, 45, 36)])
def test_splits_and_paths_are_as_many_as_published(groups: int, tested: int, splits: int, paths: int) -> None:
    """Lopez de Prado (2018), chapter 12: comb(groups, tested) splits, tested / groups of them paths."""
    rows = np.arange(100)
    assert len(list(purged_splits(rows, rows, groups=groups, tested=tested))) == splits
    assert backtest_paths(groups, tested).shape == (paths, groups)


def test_each_path_forecasts_each_stretch_once_by_a_split_that_tests_it() -> None:
    rows = np.arange(60)
    splits = list(purged_splits(rows, rows, groups=6, tested=2))
    paths = backtest_paths(6, 2)
    assert all(group in splits[number].groups for path in paths for group, number in enumerate(path))
    used = sorted((int(number), group) for path in paths for group, number in enumerate(path))
    assert used == sorted((number, group) for number, split in enumerate(splits) for group in split.groups)


@given(st.lists(st.integers(0, 400), min_size=30, max_size=60), st.integers(0, 25), st.integers(0, 15), st.sampled_from([(4, 1), (5, 2)]))
def test_no_case_trains_that_shares_a_session_with_the_test(places: list[int], horizon: int, embargo: int, sizes: tuple[int, int]) -> None:
    rows = np.sort(np.array(places))
    settled = rows + horizon
    assume(np.bincount(rows).max() < len(rows) // (2 * sizes[0]))
    for split in purged_splits(rows, settled, groups=sizes[0], tested=sizes[1], embargo=embargo):
        assert not set(split.train) & set(split.test)
        assert not set(rows[split.train]) & set(rows[split.test])
        for case in split.test:
            apart = (settled[split.train] < rows[case]) | (rows[split.train] > settled[case] + embargo)
            assert apart.all()


def test_what_is_clear_of_the_test_trains() -> None:
    """Ten cases, one a session, settled one session later; the second stretch of five is tested with an embargo of one."""
    rows = np.arange(10)
    splits = list(purged_splits(rows, rows + 1, groups=5, tested=1, embargo=1))
    assert splits[1].test.tolist() == [2, 3]
    assert splits[1].train.tolist() == [0, 6, 7, 8, 9]  # 1 is settled on 2; 4 begins as 3 is settled; 5 is under the embargo


def test_cases_of_one_session_stay_together_and_too_few_sessions_are_refused() -> None:
    rows = np.array([0, 0, 0, 5, 5, 9])
    assert [split.test.tolist() for split in purged_splits(rows, rows, groups=2, tested=1)] == [[0, 1, 2], [3, 4, 5]]
    with pytest.raises(ValueError, match="groups must be fewer: 3 sessions with 6 cases do not fill 4"):
        list(purged_splits(rows, rows, groups=4, tested=1))


@pytest.mark.parametrize(
    ("rows", "settled", "groups", "tested", "embargo", "said"),
    [
        ([3, 1], [4, 4], 2, 1, 0, "rows must not fall"),
        ([1, 3], [4, 2], 2, 1, 0, "settled must have one session a case, not before its row"),
        ([1, 3], [4, 4], 1, 1, 0, "groups must be >= 2, got 1"),
        ([1, 3], [4, 4], 2, 2, 0, "tested must be from 1 to groups - 1 = 1, got 2"),
        ([1, 3], [4, 4], 2, 1, -1, "embargo must be >= 0 sessions, got -1"),
    ],
)
def test_a_split_that_cannot_be_is_refused(rows: list[int], settled: list[int], groups: int, tested: int, embargo: int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        list(purged_splits(np.array(rows), np.array(settled), groups=groups, tested=tested, embargo=embargo))
