"""Which session has closed, by exchange and hour."""

from datetime import UTC, datetime, timedelta, timezone

import pandas as pd
import pytest

from features.errors import InputError
from features.panel.calendar import last_closed, zone


@pytest.mark.parametrize(
    ("exchange", "now", "expected"),
    [
        ("XNYS", "2024-07-16T20:29:59", "2024-07-15"),  # 16:00 in New York is 20:00 UTC in summer, and half an hour later it counts
        ("XNYS", "2024-07-16T20:30:00", "2024-07-16"),
        ("XNYS", "2024-12-16T21:29:59", "2024-12-13"),  # 21:00 UTC in winter
        ("XNYS", "2024-12-16T21:30:00", "2024-12-16"),
        ("XNYS", "2024-11-29T18:30:00", "2024-11-29"),  # the day after Thanksgiving closes at 13:00
        ("XNYS", "2024-11-28T23:00:00", "2024-11-27"),
        ("XNYS", "2024-07-04T23:00:00", "2024-07-03"),
        ("XNYS", "2024-07-03T17:30:00", "2024-07-03"),  # the day before Independence Day closes at 13:00
        ("XTKS", "2024-07-16T06:30:00", "2024-07-16"),  # 15:00 in Tokyo; the 15th was Marine Day
        ("XTKS", "2024-07-16T06:29:00", "2024-07-12"),
        ("XTKS", "2024-11-05T06:30:00", "2024-11-01"),  # from that day on it closes at 15:30, and the 4th was a holiday
        ("XTKS", "2024-11-05T07:00:00", "2024-11-05"),
        ("XBOM", "2024-07-16T10:30:00", "2024-07-16"),  # 15:30 in Mumbai
        ("XNYS", "1999-03-02T22:00:00", "1999-03-02"),
        ("XNYS", "2035-11-23T12:00:00", "2035-11-21"),  # Thanksgiving was the 22nd
    ],
)
def test_the_last_session_that_has_closed(exchange: str, now: str, expected: str) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=UTC)
    assert last_closed(exchange, at) == pd.Timestamp(expected)
    assert last_closed(exchange, at.astimezone(timezone(timedelta(hours=9)))) == pd.Timestamp(expected), "whatever the zone of the clock"


def test_a_clock_that_is_centuries_off_is_told() -> None:
    with pytest.raises(InputError, match=r"no session of XBOM before 1800-01-01 00:00; look at the date of this machine"):
        last_closed("XBOM", datetime(1800, 1, 1, tzinfo=UTC))


def test_the_zone_of_an_exchange_is_its_own() -> None:
    assert (zone("XNYS"), zone("XTKS")) == ("America/New_York", "Asia/Tokyo")
