"""The splits as scikit-learn asks for them."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.model_selection import check_cv

from forecast.target.sklearn_splits import CombinatorialPurgedSplit, ForwardPurgedSplit
from forecast.target.splits import purged_splits


@settings(max_examples=50)
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(8, 80), horizon=st.integers(1, 60), folds=st.integers(1, 6))
def test_walk_forward_trains_on_what_was_settled_before_the_first_test_session_and_tests_each_case_once(
    seed: int, n: int, horizon: int, folds: int
) -> None:
    rng = np.random.default_rng(seed)
    begin = rng.integers(0, 400, n)
    spans = np.column_stack([begin, begin + rng.integers(1, horizon + 1, n)])
    times = np.zeros(n)
    for train, test in ForwardPurgedSplit(n_splits=folds).split(begin, None, spans):
        times[test] += 1
        first = begin[test].min()
        assert (spans[train, 1] < first).all()
        assert set(train) == set(np.flatnonzero(spans[:, 1] < first))
    assert set(times) <= {0.0, 1.0}
    assert times.sum() == n - len(np.array_split(np.arange(n), folds + 1)[0])


@settings(max_examples=20)
@given(seed=st.integers(0, 2**32 - 1))
def test_combinatorial_splits_are_the_purged_ones_whatever_the_order_of_the_rows(seed: int) -> None:
    rng = np.random.default_rng(seed)
    begin = np.sort(rng.choice(1000, 60, replace=False))
    spans = np.column_stack([begin, begin + 21])
    order = rng.permutation(60)
    expected = purged_splits(begin, begin + 21, groups=5, tested=2, embargo=3)
    splitter = CombinatorialPurgedSplit(n_groups=5, n_tested=2, embargo=3)
    splits = list(splitter.split(begin, None, spans[order]))
    assert len(splits) == splitter.get_n_splits() == 10
    for (train, test), one in zip(splits, expected, strict=True):
        assert set(order[train]) == set(one.train)
        assert set(order[test]) == set(one.test)


def test_scikit_learn_takes_them_for_what_they_are() -> None:
    for splitter in (ForwardPurgedSplit(), CombinatorialPurgedSplit()):
        assert check_cv(splitter) is splitter
    assert repr(ForwardPurgedSplit(n_splits=3)) == "ForwardPurgedSplit(n_splits=3)"
    assert CombinatorialPurgedSplit(n_groups=6, n_tested=2).get_n_splits() == 15
