"""Some more sessions: the same features as of the whole panel, from what each feature declares to reach back to."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.builders.momentum import momentum_of
from features.catalogue import TOLERANCE, FeatureMatrix, UnmovedRows, catalogue, extend, feature_matrix
from features.panel import fomc
from features.panel.display_unit import SIGMA
from features.panel.panel import Panel, build_panel
from features.panel.registry import Feature
from features.panel.series import SMALL, VIX
from tests import markets

EVERY = list(catalogue().values())
FINITE = [item for item in EVERY if item.reach is not None]
FIRST = pd.Timestamp("1985-01-02")  # 23 years to the last session: the longest window, of ten years, lies well within


@pytest.fixture(scope="module")
def long_panel() -> Panel:
    return build_panel(markets.raw_market(first=FIRST))


@pytest.fixture(scope="module")
def whole(long_panel: Panel) -> FeatureMatrix:
    return feature_matrix(long_panel)


def ends(panel: Panel) -> Iterator[int]:
    """Row numbers after which a panel is cut: the last, and others in other months and years."""
    yield from (len(panel.sessions) - back for back in (0, 13, 777, 1500))


def strays(item: Feature, panel: Panel, full: np.ndarray) -> float:
    """How far the last row from the stretch that `item` says it reaches is from the whole panel's, in units of the tolerance."""
    assert item.reach is not None
    assert item.reach <= min(ends(panel)), f"{item.name}: declare reach=None; no test has {item.reach} sessions"
    worst = 0.0
    for end in ends(panel):
        stretch = replace(panel.as_of(panel.sessions[end - 1]), frame=panel.frame.iloc[end - item.reach : end])
        alone, expected = item.values(stretch)[-1], full[end - 1]
        if np.isnan(alone) and np.isnan(expected):
            continue
        allowed = TOLERANCE * max(abs(expected), float(np.nanstd(full)))
        worst = max(worst, abs(alone - expected) / allowed) if np.isfinite(alone - expected) else np.inf
    return worst


def agree(matrix: FeatureMatrix, whole: FeatureMatrix, tolerance: float) -> bool:
    """Whether two matrices are the same within `tolerance` of a value or, where larger, its column's standard deviation."""
    ours, theirs = matrix.frame.to_numpy(), whole.frame.to_numpy()
    allowed = tolerance * np.maximum(np.abs(theirs), np.nanstd(theirs, axis=0))
    return bool(np.where(np.isnan(theirs), np.isnan(ours), np.abs(ours - theirs) <= allowed).all())


@pytest.mark.slow
@pytest.mark.parametrize("item", FINITE, ids=lambda item: item.name)
def test_a_row_hangs_on_no_more_sessions_than_its_feature_declares(item: Feature, long_panel: Panel) -> None:
    full = item.values(long_panel)
    assert np.isfinite(full[-1])
    assert strays(item, long_panel, full) <= 1, (
        f"{item.name}: a row hangs on more than {item.reach} sessions; declare `reach`, or reach=None"
    )


def test_a_feature_that_declares_too_little_is_found_out(long_panel: Panel) -> None:
    def smoothed(panel: Panel) -> pd.Series:
        return momentum_of(panel[SMALL], 5)

    def daily(panel: Panel) -> pd.Series:
        record = panel.releases(SMALL).observed
        return (record / record.expanding().mean()).reindex(panel.sessions)

    for build, reach in ((smoothed, 6), (smoothed, 500), (daily, 250)):
        item = Feature("short", "test", (SMALL,), (), 6, "sigma", "Short", SIGMA, 0, "", build, reach)
        assert strays(item, long_panel, item.values(long_panel)) > 1


@pytest.mark.parametrize("more", [1, 2, 40])
def test_a_matrix_with_some_more_sessions_is_that_of_the_whole_panel(more: int, long_panel: Panel, whole: FeatureMatrix) -> None:
    count = len(long_panel.sessions) - more
    short = feature_matrix(long_panel.as_of(long_panel.sessions[count - 1]))
    matrix = extend(short, long_panel)
    assert matrix.off == whole.off
    pd.testing.assert_index_equal(matrix.frame.index, whole.frame.index)
    assert list(matrix.frame.columns) == list(whole.frame.columns)
    assert matrix.frame.iloc[:count].to_numpy().tobytes() == short.frame.to_numpy().tobytes()
    assert agree(matrix, whole, TOLERANCE)
    to_the_bit = [item.name for item in EVERY if item.reach is None]
    assert matrix.frame[to_the_bit].to_numpy().tobytes() == whole.frame[to_the_bit].to_numpy().tobytes()


@pytest.mark.slow
def test_sessions_one_by_one_lead_to_the_same_matrix(long_panel: Panel, whole: FeatureMatrix) -> None:
    matrix = feature_matrix(long_panel.as_of(long_panel.sessions[-6]))
    for session in long_panel.sessions[-5:]:
        matrix = extend(matrix, long_panel.as_of(session))
    assert agree(matrix, whole, TOLERANCE)


def test_a_feature_that_does_not_name_an_input_is_not_moved_by_it(long_panel: Panel) -> None:
    frame = long_panel.frame.copy()
    frame.iloc[-1, frame.columns.get_loc(SMALL.name)] *= 1.07
    moved = replace(long_panel, frame=frame)
    blind = [item for item in EVERY if SMALL not in (*item.inputs, *item.instead)]
    assert len(blind) > 50
    for item in blind:
        assert item.values(moved).tobytes() == item.values(long_panel).tobytes(), f"{item.name}: name `small` among its inputs"


def test_panels_that_differ_in_one_input_share_the_rows_that_it_does_not_enter(
    long_panel: Panel, whole: FeatureMatrix, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = feature_matrix(long_panel.as_of(long_panel.sessions[-2]))
    frame = long_panel.frame.copy()
    frame.iloc[-1, frame.columns.get_loc(SMALL.name)] *= 1.07
    moved, unmoved = replace(long_panel, frame=frame), UnmovedRows([SMALL.name])
    for panel in (long_panel, moved, long_panel):
        assert extend(short, panel, unmoved).frame.to_numpy().tobytes() == extend(short, panel).frame.to_numpy().tobytes()
    yields = catalogue()["term_spread"]
    monkeypatch.setattr(Feature, "values", lambda item, _: pytest.fail("computed again") if item is yields else np.zeros(2))
    assert len(unmoved.rows(yields, lambda: pytest.fail("computed again"))) == 2
    with pytest.raises(pytest.fail.Exception, match="computed again"):
        UnmovedRows([SMALL.name]).rows(yields, lambda: yields.values(moved))


def test_no_more_sessions_leave_the_matrix_as_it_is(long_panel: Panel, whole: FeatureMatrix) -> None:
    pd.testing.assert_frame_equal(extend(whole, long_panel).frame, whole.frame, check_exact=True)


def test_a_selection_of_features_stays_one(long_panel: Panel) -> None:
    some = feature_matrix(long_panel.as_of(long_panel.sessions[-2]), ["momentum_21", "distance_from_high"])
    assert list(extend(some, long_panel).frame.columns) == ["momentum_21", "distance_from_high"]


@pytest.mark.slow
def test_a_past_that_was_revised_is_computed_anew(long_panel: Panel, whole: FeatureMatrix) -> None:
    short = feature_matrix(long_panel.as_of(long_panel.sessions[-2]))
    other = build_panel(markets.with_noise_after(markets.raw_market(first=FIRST), pd.Timestamp("1999-12-31")))
    assert extend(short, other).frame.to_numpy().tobytes() == feature_matrix(other).frame.to_numpy().tobytes()


@pytest.mark.slow
def test_an_input_that_was_not_there_before_is_taken_up(long_panel: Panel, whole: FeatureMatrix) -> None:
    before = long_panel.as_of(long_panel.sessions[-2])
    lacking = feature_matrix(replace(before, frame=before.frame.drop(columns=VIX.name)))
    assert "implied_vol" in lacking.off
    assert extend(lacking, long_panel).frame.to_numpy().tobytes() == whole.frame.to_numpy().tobytes()


def test_other_sessions_than_the_panels_first_are_refused(long_panel: Panel, whole: FeatureMatrix) -> None:
    later = replace(long_panel, frame=long_panel.frame.iloc[1:])
    with pytest.raises(ValueError, match="must be those of the matrix; compute feature_matrix"):
        extend(whole, later)


def test_a_move_of_the_target_counts_where_the_decision_before_it_lies_outside_the_stretch(long_panel: Panel) -> None:
    """The target rose on 2004-06-30, eight weeks after the decision before; of the five sessions to 2004-07-06 it is the only one."""
    item = catalogue()["expected_change_3m_over_5"]
    row = int(long_panel.sessions.searchsorted(pd.Timestamp("2004-07-06")))
    alone = replace(long_panel, frame=long_panel.frame.iloc[row - 5 : row + 1])
    assert np.isnan(item.values(alone)[-1])
    assert np.isnan(item.values(long_panel)[row])


@pytest.mark.slow
def test_odds_are_not_known_before_the_record_of_meetings_begins(long_panel: Panel) -> None:
    first = fomc.meetings()[0].day
    futures_only = replace(long_panel, frame=long_panel.frame.drop(columns="published_p_cut_next"))
    odds = pd.Series(catalogue()["cut_odds_next"].values(futures_only), index=long_panel.sessions)
    assert odds[odds.index < first].isna().all()
    assert odds[odds.index >= first].notna().any()
