import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.outcome import UNSETTLED
from forecast.sample import Sample
from forecast.splits import walk_forward


@given(st.sets(st.integers(0, 900), max_size=80), st.integers(1, 500), st.integers(1, 60))
def test_every_surge_from_the_start_is_forecast_once_and_after_its_training(found: set[int], start: int, refit_every: int) -> None:
    rows = np.array(sorted(found), dtype=int)
    folds = list(walk_forward(rows, start=start, refit_every=refit_every))
    tested = np.concatenate([fold.test for fold in folds]) if folds else np.array([], dtype=int)
    np.testing.assert_array_equal(rows[tested], rows[rows >= start])
    for fold in folds:
        assert (rows[fold.test] > fold.trained_to).all()
        assert (rows[fold.test] <= fold.trained_to + refit_every).all()
        assert (fold.trained_to + 1 - start) % refit_every == 0


def test_training_outcomes_are_settled_before_the_first_test_session(sample: Sample) -> None:
    for fold in walk_forward(sample.rows, start=800, refit_every=21):
        train = sample.up_to(fold.trained_to)
        learned = train.outcomes != UNSETTLED
        known = train.settled_row()[learned]
        assert not len(known) or known.max() < sample.rows[fold.test].min()


def test_a_sample_cut_short_knows_nothing_later(sample: Sample) -> None:
    cut = sample.up_to(1200)
    assert len(cut) == 1201
    assert cut.rows.max() <= 1200
    assert (cut.outcomes[cut.settled_row() >= 1200] == UNSETTLED).all()
    settled = cut.outcomes != UNSETTLED
    np.testing.assert_array_equal(cut.outcomes[settled], sample.outcomes[: len(cut.rows)][settled])


def test_a_start_before_the_first_row_is_refused() -> None:
    with pytest.raises(ValueError, match="must be >= 1, got 0 and 21"):
        list(walk_forward(np.array([3]), start=0, refit_every=21))
