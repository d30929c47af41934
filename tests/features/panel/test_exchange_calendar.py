"""Calendars that are kept in the user's cache folder."""

from pathlib import Path
from typing import Any

import exchange_calendars
import pandas as pd
import pytest

from features.errors import InputError
from features.panel import exchange_calendar as module
from features.panel.exchange_calendar import exchange_calendar

SPAN = (pd.Timestamp("2020-01-01"), pd.Timestamp("2020-12-31"))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("platformdirs.user_cache_path", lambda *_, **__: tmp_path)
    return tmp_path / "calendars"


def refuse(*_: Any, **__: Any) -> None:
    raise AssertionError("the library was asked")


def test_a_stored_calendar_is_the_librarys_own(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exchange_calendar("XNYS", SPAN)
    library = exchange_calendars.get_calendar("XNYS", start=SPAN[0], end=SPAN[1])
    with monkeypatch.context() as patch:
        patch.setattr(exchange_calendars, "get_calendar", refuse)
        stored = exchange_calendar("XNYS", SPAN)
    for calendar in (made, stored):
        assert (calendar.sessions == library.sessions).all()
        assert (calendar.closes.to_numpy() == library.closes.to_numpy()).all()
        assert (calendar.zone, calendar.closes.dtype) == ("America/New_York", "datetime64[ns, UTC]")
    assert stored.bounds == made.bounds
    assert len(made.sessions) == 253  # of the New York Stock Exchange in 2020


@pytest.mark.parametrize("damage", [b"", b"PK\x03\x04 no archive", b"\x93NUMPY"])
def test_a_damaged_file_is_made_anew(cache: Path, damage: bytes) -> None:
    made = exchange_calendar("XNYS", SPAN)
    (file,) = cache.iterdir()
    file.write_bytes(damage)
    assert exchange_calendar("XNYS", SPAN).sessions.equals(made.sessions)
    assert file.read_bytes() != damage


def test_the_calendar_of_another_day_gives_way(cache: Path) -> None:
    cache.mkdir()
    for name in ("XNYS-1.0-2020-01-01.npz", "XTKS-1.0-2020-01-01.npz", "XNYS-1.0-from-1950-01-01-to-2027-01-30.npz"):
        (cache / name).write_bytes(b"")
    exchange_calendar("XNYS")
    left = {path.name for path in cache.iterdir()}
    assert "XNYS-1.0-2020-01-01.npz" not in left
    assert {"XTKS-1.0-2020-01-01.npz", "XNYS-1.0-from-1950-01-01-to-2027-01-30.npz"} < left
    assert len(left) == 3


def test_an_exchange_without_a_calendar_is_refused_and_leaves_no_file(cache: Path) -> None:
    with pytest.raises(InputError, match="no calendar 'XXXX'"):
        exchange_calendar("XXXX")
    assert not cache.exists()


def test_a_cache_that_cannot_be_written_costs_nothing(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.write_text("a file in its place")
    assert len(exchange_calendar("XNYS", SPAN).sessions) == 253
    assert module._file("../XNYS", SPAN).parent == cache
