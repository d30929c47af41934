import pandas as pd
import pytest

from features.panel.calendar import sessions
from features.panel.publication_lag import Lag
from features.panel.series import BILL, SMALL, to_canonical

JULY = sessions("XNYS", pd.Timestamp("2024-07-01"), pd.Timestamp("2024-07-31"))


def test_a_lag_in_sessions_skips_holidays() -> None:
    rows = Lag(sessions=1).row_known(pd.DatetimeIndex(["2024-07-03"]), JULY)
    assert JULY[rows[0]] == pd.Timestamp("2024-07-05")  # the exchange was closed on the fourth


def test_a_lag_in_days_reaches_the_first_session_on_or_after() -> None:
    rows = Lag(months=1, days=12).row_known(pd.DatetimeIndex(["2024-06-01"]), JULY)
    assert JULY[rows[0]] == pd.Timestamp("2024-07-15")  # the thirteenth was a Saturday


def test_what_is_published_after_the_last_session_has_no_row() -> None:
    assert Lag(days=40).row_known(pd.DatetimeIndex(["2024-07-01"]), JULY)[0] == len(JULY)


def test_a_negative_lag_is_refused() -> None:
    with pytest.raises(ValueError, match=r"lag\.days must be >= 0 .* got -1"):
        Lag(days=-1)


def test_units_convert_to_the_canonical_one() -> None:
    assert to_canonical(pd.Series([0.0525]), "fraction", BILL).iloc[0] == pytest.approx(5.25)
    assert to_canonical(pd.Series([525.0]), "basis points", BILL).iloc[0] == pytest.approx(5.25)
    assert to_canonical(pd.Series([0.4]), "percent a month", BILL).iloc[0] == pytest.approx(4.8)


def test_a_unit_that_does_not_convert_names_those_that_do() -> None:
    with pytest.raises(ValueError, match="'percent' does not convert to 'index points'"):
        to_canonical(pd.Series([1.0]), "percent", SMALL)
