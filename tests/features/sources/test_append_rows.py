"""A panel kept on disk, and what came out later put behind it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.catalogue import extend, feature_matrix
from features.errors import InputError
from features.panel.panel import Panel
from features.sources import panel_file
from features.sources.append_rows import append_rows
from tests import markets
from tests.tails import tail_of

ENDED = pd.Timestamp("2008-06-13")
LATER = pd.Timestamp("2008-07-31")  # with releases of every frequency but the quarter's between the two


@pytest.fixture(scope="module")
def whole() -> Panel:
    return markets.panel().as_of(LATER)


@pytest.fixture(scope="module")
def ended(whole: Panel) -> Panel:
    return whole.as_of(ENDED)


def test_a_panel_is_kept_to_the_bit(whole: Panel, tmp_path: Path) -> None:
    panel_file.save(whole, tmp_path / "panel.parquet")
    again = panel_file.load(tmp_path / "panel.parquet")
    assert again.digest == whole.digest
    pd.testing.assert_frame_equal(again.frame, whole.frame, check_exact=True, check_freq=False)
    assert {name: releases.max_age for name, releases in again.released.items()} == {
        name: releases.max_age for name, releases in whole.released.items()
    }
    for name, releases in whole.released.items():
        pd.testing.assert_series_equal(
            again.released[name].observed, releases.observed, check_exact=True, check_names=False, check_freq=False
        )
        assert (again.released[name].known == releases.known).all()
    identity = ("market", "exchange", "source", "origin", "made_of_returns", "notes")
    assert [getattr(again, key) for key in identity] == [getattr(whole, key) for key in identity]


def test_features_are_kept_to_the_bit_and_only_given_for_the_panel_they_are_of(whole: Panel, ended: Panel, tmp_path: Path) -> None:
    matrix = feature_matrix(whole)
    panel_file.save_features(matrix, tmp_path / "features.parquet")
    again = panel_file.load_features(tmp_path / "features.parquet", whole)
    assert again is not None
    pd.testing.assert_frame_equal(again.frame, matrix.frame, check_exact=True, check_freq=False)
    assert again.off == matrix.off
    assert panel_file.load_features(tmp_path / "features.parquet", ended) is None


def test_a_panel_without_a_record_of_releases_is_kept_too(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {"small": [1.0, 2.0, 3.0], "vix": [np.nan, 20.0, np.nan]}, index=pd.bdate_range("2024-01-02", periods=3, name="date")
    )
    frame.index = pd.DatetimeIndex(frame.index).as_unit("ns")
    made = Panel(frame, "Hand-made", "XNYS", "hand", "here")
    panel_file.save(made, tmp_path / "panel.parquet")
    assert panel_file.load(tmp_path / "panel.parquet").digest == made.digest


@pytest.mark.parametrize("content", [b"", b"date,small\n", b"PAR1 and no more"])
def test_a_file_that_is_no_kept_panel_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "panel.parquet"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"panel\.parquet: not the panel of a run"):
        panel_file.load(path)


def test_a_table_of_something_else_is_no_panel(tmp_path: Path) -> None:
    pd.DataFrame({"series": ["small"]}).to_parquet(tmp_path / "panel.parquet")
    with pytest.raises(InputError, match="not the panel of a run"):
        panel_file.load(tmp_path / "panel.parquet")


def test_what_came_out_later_makes_the_panel_it_would_have_been(whole: Panel, ended: Panel) -> None:
    longer = append_rows(ended, tail_of(whole, ENDED))
    assert longer.digest == whole.digest
    pd.testing.assert_frame_equal(longer.frame, whole.frame, check_exact=True, check_freq=False)


def test_features_behind_the_tail_are_those_of_the_whole(whole: Panel, ended: Panel) -> None:
    longer = append_rows(ended, tail_of(whole, ENDED))
    rows, expected = extend(feature_matrix(ended), longer).frame, feature_matrix(whole).frame
    scale = expected.abs().clip(lower=expected.std(), axis=1)
    assert ((rows - expected).abs() <= 1e-9 * scale).to_numpy()[expected.notna().to_numpy()].all()  # the bound that `extend` states
    assert (rows.isna() == expected.isna()).all(axis=None)


def test_rows_that_say_nothing_new_change_nothing(whole: Panel) -> None:
    old = tail_of(whole, ENDED)
    assert append_rows(whole, old).digest == whole.digest


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"series": "smal"}, "no series 'smal' in the panel of Simulated"),
        ({"stamp": "yesterday"}, "stamp of row 1 is 'yesterday', no day; write YYYY-MM-DD"),
        ({"known": "soon"}, "known of row 1 is 'soon', no day"),
        ({"stamp": "9999-01-01"}, "stamp of row 1 is '9999-01-01', no day"),
        ({"known": "2008-06-17"}, "is known after its own session"),
        ({"known": "2008-06-01"}, "is known before the day it is for"),
        ({"value": "high"}, "has the value 'high', no number"),
        ({"value": np.inf}, "no number"),
        ({"value": -5.0}, "-5"),
        ({"stamp": "2008-06-13", "known": None}, "small of 2008-06-13 is 1000, but the panel, which ends on 2008-06-13, has"),
        ({"series": "vix", "value": 20.0}, "vix of 2008-06-16 is known on 2008-06-16, after the last close, 2008-06-13"),
        ({"value": 1e6}, "factor"),
        (
            {"stamp": "2008-06-14", "known": None},
            "small of 2008-06-14, a Saturday, is on no session of XNYS; correct the day, or leave it out",
        ),
        ({"stamp": "2008-07-04", "known": None}, "small of 2008-07-04, a Friday, is on no session of XNYS"),
        ({"stamp": "2058-01-04", "known": None}, "small of 2058-01-04 lies ahead, the next session of XNYS is 20"),
    ],
)
def test_a_row_that_cannot_be_what_it_claims_to_be_is_refused(ended: Panel, row: Mapping[str, object], said: str) -> None:
    fields = {"series": "small", "stamp": "2008-06-16", "known": "2008-06-16", "value": 1000.0} | row
    with pytest.raises(InputError) as refused:
        append_rows(ended, pd.DataFrame([fields]))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("hour", ["T16:00:00", "T16:00:00Z", "T16:00:00-04:00", "T23:30:00-04:00"])
def test_a_stamp_with_an_hour_and_a_zone_is_the_day_that_it_says(whole: Panel, ended: Panel, hour: str) -> None:
    rows = tail_of(whole, ENDED)
    rows.loc[rows.index[::2], "stamp"] += hour
    assert append_rows(ended, rows).digest == whole.digest


def test_a_close_that_stands_twice_is_refused(ended: Panel) -> None:
    close = ended.frame["small"].iloc[-1]
    twice = pd.DataFrame({"series": "small", "stamp": ["2008-06-16", "2008-06-16"], "value": close})
    with pytest.raises(InputError, match="stands twice"):
        append_rows(ended, twice)


def test_a_column_that_lacks_is_named(ended: Panel) -> None:
    with pytest.raises(InputError, match="no column 'stamp'"):
        append_rows(ended, pd.DataFrame({"series": ["small"], "value": [1.0]}))


def test_sessions_that_were_left_out_are_told(ended: Panel) -> None:
    close = ended.frame["small"].iloc[-1]
    gap = pd.DataFrame({"series": "small", "stamp": ["2008-06-18"], "value": [close]})
    assert "2 sessions of XNYS have no close, the first on 2008-06-16" in append_rows(ended, gap).notes[-1]


def test_a_close_is_no_later_than_the_next_session(ended: Panel) -> None:
    """The day after Friday's close the next is Monday, while Monday's session lasts it is that, and after its close it is Tuesday."""
    close = ended.frame["small"].iloc[-1]
    for moment, last in (("2008-06-14T12:00", "2008-06-16"), ("2008-06-16T15:00", "2008-06-16"), ("2008-06-16T21:00", "2008-06-17")):
        now = datetime.fromisoformat(moment).replace(tzinfo=UTC)
        days = pd.bdate_range("2008-06-16", last)
        longer = append_rows(ended, pd.DataFrame({"series": "small", "stamp": days.astype(str), "value": close}), now)
        assert longer.sessions[-1] == pd.Timestamp(last)
        beyond = pd.DataFrame({"series": "small", "stamp": [str((days[-1] + pd.offsets.BDay()).date())], "value": [close]})
        with pytest.raises(InputError, match=f"lies ahead, the next session of XNYS is {last}"):
            append_rows(ended, beyond, now)
