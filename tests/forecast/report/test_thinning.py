"""Thinning: fewer points, and nothing hidden."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from forecast.report.plots.thinning import edges, extremes, greatest, lasts, means

SERIES = st.lists(st.floats(-1e6, 1e6) | st.just(np.nan), min_size=1, max_size=60).map(np.array)


@given(st.integers(1, 500), st.integers(1, 50))
def test_runs_cover_every_row_once_and_differ_by_at_most_one_row(count: int, most: int) -> None:
    lengths = np.diff(edges(count, most))
    assert lengths.sum() == count
    assert len(lengths) == min(count, most)
    assert lengths.max() - lengths.min() <= 1
    assert lasts(count, most)[-1] == count - 1


@given(SERIES, st.integers(1, 20))
def test_no_extreme_is_lost(values: np.ndarray, most: int) -> None:
    finite = values[np.isfinite(values)]
    bounds = extremes(values, most)
    if len(finite):
        assert np.nanmin(bounds[:, 0]) == finite.min()
        assert np.nanmax(bounds[:, 1]) == finite.max()
    assert np.isfinite(bounds).any() == bool(len(finite))


@given(SERIES, st.integers(1, 20))
def test_means_are_of_what_is_known(values: np.ndarray, most: int) -> None:
    places = edges(len(values), most)
    for mean, first, last in zip(means(values, most), places[:-1], places[1:], strict=True):
        finite = values[first:last][np.isfinite(values[first:last])]
        assert np.isnan(mean) if not len(finite) else np.isclose(mean, finite.mean(), rtol=1e-12, atol=1e-9)


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60).map(np.array), st.integers(1, 20), st.data())
def test_of_marked_rows_the_greatest_of_each_run_is_kept(values: np.ndarray, most: int, data: st.DataObject) -> None:
    marked = data.draw(st.lists(st.integers(0, len(values) - 1), unique=True).map(sorted).map(lambda rows: np.array(rows, dtype=int)))
    shown = greatest(values, marked, most)
    bounds = edges(len(values), most)
    inside = [marked[(marked >= first) & (marked < last)] for first, last in pairwise(bounds.tolist())]
    assert values[shown].tolist() == [values[rows].max() for rows in inside if len(rows)]
    assert set(shown.tolist()) <= set(marked.tolist())
