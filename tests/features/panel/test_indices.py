"""Indices beside the one asked about, from the files that [companions] names: values, lags, notes, and each mistake in one line."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from features.errors import InputError
from features.panel.indices import Index
from features.panel.volatility import session_ranges
from features.sources.companions import LEAST_CLOSES
from features.sources.inputs import Companion
from features.sources.load import load_companions

DAYS = pd.bdate_range("2020-01-02", periods=300, unit="ns", name="Date")


def prices() -> pd.DataFrame:
    """Closes, highs and lows of an index, its percent returns, and whether it rose."""
    rng = np.random.default_rng(1)
    returns = rng.normal(0.03, 1, len(DAYS))
    close = 100 * np.exp(returns.cumsum() / 100)
    spread = np.abs(rng.normal(0, 0.01, len(DAYS)))
    columns = {"Close": close, "High": close * (1 + spread), "Low": close * (1 - spread), "Return": returns, "Up": returns > 0}
    return pd.DataFrame(columns, index=DAYS)


def load(folder: Path, frame: pd.DataFrame | None = None, **spec: object) -> tuple[list[Index], tuple[str, ...]]:
    """The companions that the table `[companions.lent]` names, `frame` being the file."""
    (prices() if frame is None else frame).to_csv(folder / "lent.csv")
    companion = Companion.model_validate({"file": "lent.csv", "columns": ["Close"], **spec})
    return load_companions(str(folder), {"lent": companion})


def test_closes_ranges_and_days_are_those_of_the_file(tmp_path: Path) -> None:
    (index,), notes = load(tmp_path, high="High", low="Low")
    assert (index.name, notes) == ("lent", ())
    np.testing.assert_allclose(index.close, prices()["Close"], rtol=1e-15)
    # a parser may read a price's last bit otherwise, which a narrow range magnifies
    np.testing.assert_allclose(index.ranges, session_ranges(prices()["High"], prices()["Low"]), rtol=1e-8)
    assert index.known.equals(DAYS)
    (bare,), _ = load(tmp_path)
    assert bare.ranges.isna().all()
    assert bare.ranges.index.equals(bare.close.index)


def test_each_column_is_an_index_named_after_it(tmp_path: Path) -> None:
    indices, _ = load(tmp_path, columns=["Close", "High"])
    assert [index.name for index in indices] == ["lent Close", "lent High"]


def test_percent_returns_become_levels_of_the_same_returns(tmp_path: Path) -> None:
    frame = prices()
    frame.loc[DAYS[10], "Return"] = np.nan
    (index,), _ = load(tmp_path, frame, columns=["Return"], holds="percent return")
    returns = frame["Return"].dropna()
    assert DAYS[10] not in index.close.index  # whether prices moved is not known
    np.testing.assert_allclose(100 * index.close.pct_change().iloc[1:], returns.iloc[1:], rtol=0, atol=1e-11)


def test_each_close_is_known_after_its_lag(tmp_path: Path) -> None:
    (by_session,), _ = load(tmp_path, lag=1)
    assert (by_session.known == DAYS + pd.offsets.BDay()).all()
    (by_month,), _ = load(tmp_path, lag={"months": 2, "days": 3})
    assert (by_month.known >= DAYS + pd.DateOffset(months=2, days=3)).all()
    assert (by_month.known <= DAYS + pd.DateOffset(months=2, days=6)).all()


def test_a_companion_is_read_on_the_clock_of_its_own_exchange_or_the_markets(tmp_path: Path) -> None:
    stamps = DAYS.tz_localize("Asia/Tokyo").tz_convert("UTC").astype(str)
    prices().set_axis(stamps).rename_axis("Date").to_csv(tmp_path / "lent.csv")
    for own, market in (("XTKS", "XNYS"), (None, "XTKS")):
        companion = Companion(file="lent.csv", columns=("Close",), exchange=own)
        (index,), _ = load_companions(str(tmp_path), {"lent": companion}, exchange=market)
        assert index.close.index.equals(DAYS)
    plain = Companion(file="lent.csv", columns=("Close",))
    with pytest.raises(InputError, match=r"lent.csv, column Close: .*no session of XNYS.*a day early.*`exchange` in \[companions.lent\]"):
        load_companions(str(tmp_path), {"lent": plain}, exchange="XNYS")
    with pytest.raises(InputError, match=r"lent.csv, column Date: 60 of 300 closes lie on Saturdays and Sundays"):
        load_companions(str(tmp_path), {"lent": plain})


def test_a_missing_close_leaves_its_session_out_and_a_missing_high_its_range(tmp_path: Path) -> None:
    frame = prices()
    frame.loc[DAYS[5], "Close"] = np.nan
    frame.loc[DAYS[6], "High"] = np.nan
    frame.loc[DAYS[7], "Low"] = 0.0  # some vendors' mark
    (index,), _ = load(tmp_path, frame, high="High", low="Low")
    assert DAYS[5] not in index.close.index
    assert list(index.ranges.index[index.ranges.isna()]) == [DAYS[6], DAYS[7]]


def test_a_file_that_is_not_there_and_an_index_too_short_are_told(tmp_path: Path) -> None:
    indices, notes = load_companions(str(tmp_path), {"lent": Companion(file="absent.csv", columns=("Close",))})
    assert indices == []
    assert notes == (f"companions `lent` are off: no file absent.csv in {tmp_path}",)
    indices, notes = load(tmp_path, prices().iloc[: LEAST_CLOSES - 1])
    assert indices == []
    assert notes == (f"companion lent is off: {LEAST_CLOSES - 1} closes, fewer than {LEAST_CLOSES}",)


def test_an_experiment_without_companions_reads_nothing() -> None:
    assert load_companions("nowhere", {}) == ([], ())


@pytest.mark.parametrize(
    ("column", "value", "spec", "said"),
    [
        ("Close", 1.0, {"columns": ["Clse"]}, r"lent.csv: no column 'Clse'; did you mean 'Close'\?"),
        ("Close", 1.0, {"high": "Hihg", "low": "Low"}, r"lent.csv: no column 'Hihg'; did you mean 'High'\?"),
        ("Close", True, {"columns": ["Up"]}, r"lent.csv, column Up: holds bool and no numbers; name another column"),
        ("Close", "one", {}, r"lent.csv, column Close: 'one' on 2020-01-16 is no number; leave a missing value empty"),
        ("High", "one", {"high": "High", "low": "Low"}, r"lent.csv, column High: 'one' on 2020-01-16 is no number"),
        ("Close", -1.0, {}, r"lent.csv, column Close: .*-1.* on 2020-01-16"),
        ("Return", -100.0, {"columns": ["Return"], "holds": "percent return"}, r"column Return: a return of -100 % on 2020-01-16; leave"),
        ("Close", 1.0, {"date": "Day"}, r"lent.csv: no column 'Day'"),
        ("Close", 1.0, {"file": "../lent.csv"}, r"\[companions.lent\]: file '../lent.csv' leaves the data folder; name a file inside it"),
        ("Close", 100.0, {"columns": ["Close", "High", "Close"]}, r"\[companions.lent\]: lent Close stands twice; name it once"),
    ],
)
def test_a_mistake_is_named_in_one_line(tmp_path: Path, column: str, value: object, spec: dict[str, object], said: str) -> None:
    frame = prices().astype({column: object})
    frame.loc[DAYS[10], column] = value
    with pytest.raises(InputError, match=said) as caught:
        load(tmp_path, frame, **spec)
    assert "\n" not in str(caught.value)


def test_two_tables_may_not_give_one_name(tmp_path: Path) -> None:
    tables = {"a": Companion(file="lent.csv", columns=("b c", "Close")), "a b": Companion(file="lent.csv", columns=("c", "High"))}
    prices().assign(**{"b c": 1.0 + np.arange(300), "c": 2.0 + np.arange(300)}).to_csv(tmp_path / "lent.csv")
    with pytest.raises(InputError, match=r"\[companions.a b\]: a b c stands twice; name it once"):
        load_companions(str(tmp_path), tables)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"high": "High"}, "high and low go together; name both or neither"),
        ({"low": "Low"}, "high and low go together; name both or neither"),
        ({"columns": ["Close", "Open"], "high": "High", "low": "Low"}, "high and low belong to one column of levels"),
        ({"holds": "percent return", "high": "High", "low": "Low"}, "high and low belong to one column of levels"),
        ({"columns": []}, "at least 1 item"),
        ({"holds": "returns"}, "'level' or 'percent return'"),
    ],
)
def test_a_table_that_cannot_be_is_refused(spec: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Companion.model_validate({"file": "lent.csv", "columns": ["Close"], **spec})
