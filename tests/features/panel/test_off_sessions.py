"""Closes on days that are no session: true histories are taken, days of another clock or calendar are refused in one line."""

from pathlib import Path

import pandas as pd
import pytest

from features.errors import InputError
from features.panel import calendar
from features.panel.off_sessions import refuse_off_sessions, refuse_weekends

FIRST, LAST = pd.Timestamp("2012-01-02"), pd.Timestamp("2015-06-30")
DAY = pd.Timedelta(days=1)


def refused(days: pd.DatetimeIndex, exchange: str = "XETR") -> str:
    with pytest.raises(InputError, match="no session of") as caught:
        refuse_off_sessions(days, exchange, "small.csv, column Close", remedy="name another exchange")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
    return str(caught.value)


@pytest.mark.parametrize(("by", "word"), [(-DAY, "early"), (DAY, "late")])
def test_days_of_another_time_zone_are_recognised_by_moving_them_back(by: pd.Timedelta, word: str) -> None:
    message = refused(calendar.sessions("XETR", FIRST, LAST) + by)
    assert f"every close looks dated a day {word}, as by stamps of another time zone; write the day of each session" in message
    assert message.endswith("or, if the days are right, name another exchange")


def test_prices_of_every_day_are_those_of_another_calendar() -> None:
    message = refused(pd.date_range(FIRST, LAST))
    assert "these are Saturdays and Sundays, as of cryptocurrencies or another calendar; name another exchange" in message


def test_ends_of_months_are_no_sessions_of_an_exchange() -> None:
    assert "these are no daily closes; give a row a session" in refused(pd.date_range("1995-01-01", periods=240, freq="ME"), "XNYS")


@pytest.mark.parametrize(
    "pair", [("XTKS", "XNYS"), ("XSHG", "XNYS"), ("XBOM", "XNYS"), ("XLON", "XETR"), ("XNYS", "XSHG"), ("XNYS", "XTKS")]
)
def test_a_companion_of_another_country_is_taken_whose_holidays_are_others(pair: tuple[str, str]) -> None:
    refuse_off_sessions(calendar.sessions(pair[0], FIRST, LAST), pair[1], "companion.csv", remedy="")


def test_a_week_of_six_days_is_taken() -> None:
    """As New York had until 1952 (NYSE's calendar), of which the recorded one has no Saturdays."""
    six = pd.date_range("1930-01-01", "1951-12-31")
    six = six[six.day_of_week < 6]
    refuse_off_sessions(six, "XNYS", "portfolios.csv", remedy="")


def test_a_few_closes_say_nothing() -> None:
    refuse_off_sessions(pd.DatetimeIndex(["2024-07-12", "2024-07-13", "2024-07-14"]), "XNYS", "tail", remedy="")


def test_moments_without_an_exchange_may_not_fall_on_weekends() -> None:
    days = pd.bdate_range(FIRST, LAST)
    refuse_weekends(days, "prices.csv")
    with pytest.raises(
        InputError, match=r"prices.csv: 183 of 912 closes lie on Saturdays and Sundays, the first on 2012-01-01: their stamps"
    ):
        refuse_weekends(days - DAY, "prices.csv")


@pytest.mark.parametrize(
    "name", ["rut", "spx", "ndx", "ixic", "iwm", "spy", "qqq", "vix", "french_me", "french_factors", "us_etf_adjclose", "zq_curve"]
)
def test_no_true_history_is_refused(data_dir: Path, name: str) -> None:
    path = next(path for path in sorted(data_dir.iterdir()) if path.name.startswith(name) and "monthly" not in path.name)
    days = pd.DatetimeIndex(pd.read_csv(path, usecols=[0], parse_dates=[0]).iloc[:, 0])
    refuse_off_sessions(days, "XNYS", path.name, remedy="")
    refuse_off_sessions(days[days < "1952"], "XNYS", path.name, remedy="")
