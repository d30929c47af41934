from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.panel.panel import Panel
from features.panel.publication_lag import Lag
from features.panel.series import BILL, CORE_CPI, LARGE, SMALL, VIX
from features.sources import bundled
from features.sources.inputs import Input
from features.sources.load import BUNDLED, load_panel
from forecast.backtest.experiment import read_experiment

SESSIONS = pd.bdate_range("2024-01-02", periods=60, unit="ns", name="Date")


@pytest.fixture(scope="module")
def panel() -> Panel:
    default = read_experiment()
    return load_panel(BUNDLED, default.inputs, market="Small", exchange="XNYS")


def test_bundled_data_end_with_the_surge_of_july_2024(panel: Panel) -> None:
    assert panel.sessions[-1] == pd.Timestamp("2024-07-16")
    assert panel[SMALL].iloc[-1] / panel[SMALL].iloc[-6] - 1 == pytest.approx(0.1183, abs=5e-5)
    assert panel.made_of_returns
    assert (panel.source, panel.origin) == (BUNDLED, bundled.ORIGIN)
    assert panel.notes == (bundled.NOTE,)  # no holiday before 1970, which the calendar lacks, is a session without a close


def test_bundled_values_are_those_of_their_publishers(panel: Panel) -> None:
    assert panel[LARGE].pct_change()["1987-10-19"] == pytest.approx(-0.1929)  # Qnt 5
    assert panel[BILL]["2024-07-16"] == 5.2  # DTB3 of 2024-07-15, published the day after
    # June's consumer prices came out on 2024-07-11
    assert panel[CORE_CPI]["2024-07-10"] == 318.095
    assert panel[CORE_CPI]["2024-07-11"] == 318.39


def test_the_bundled_index_moves_as_the_russell_does(panel: Panel, russell: pd.Series) -> None:
    both = pd.concat([panel[SMALL].pct_change(), russell.pct_change()], axis=1, join="inner")["1990":]
    assert both.corr().iloc[0, 1] > 0.99


def test_what_is_bundled_is_small_and_has_its_notice() -> None:
    files = sorted(bundled.FOLDER.iterdir())
    assert sum(file.stat().st_size for file in files) < 1_000_000
    notice = (bundled.FOLDER / "NOTICE.md").read_text("utf-8")
    assert all(f"`{file.stem}`" in notice for file in files if file.suffix == ".parquet")


def write(folder: Path, name: str, frame: pd.DataFrame) -> None:
    path = folder / name
    if name.endswith(".parquet"):
        frame.to_parquet(path)
    else:
        frame.to_csv(path)


def closes() -> pd.DataFrame:
    return pd.DataFrame({"Close": np.linspace(100, 110, len(SESSIONS)), "Rate": 5.25}, index=SESSIONS)


def load(folder: Path, **inputs: Input):
    small = Input(file="small.csv", columns={"small": "Close"})
    return load_panel(str(folder), {"small": small, **inputs}, market="Test", exchange="XNYS")


@pytest.mark.parametrize("name", ["small.csv", "small.csv.gz", "small.parquet"])
def test_each_format_gives_the_same_panel(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, closes())
    panel = load(tmp_path, small=Input(file=name, columns={"small": "Close"}))
    np.testing.assert_allclose(panel[SMALL].to_numpy(), closes()["Close"].to_numpy(), rtol=1e-15)  # pandas 2 may miss the last bit


def test_units_and_lags_are_applied_on_entry(tmp_path: Path) -> None:
    write(tmp_path, "small.csv", closes())
    rates = closes().assign(Rate=np.arange(60) / 1000)
    write(tmp_path, "rates.csv", rates)
    panel = load(tmp_path, rates=Input.model_validate({"file": "rates.csv", "columns": {"bill": "Rate"}, "unit": "fraction", "lag": 1}))
    assert np.isnan(panel[BILL].iloc[0])
    np.testing.assert_allclose(panel[BILL].iloc[1:], np.arange(59) / 10)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "Europe/Berlin", "America/New_York"])
@pytest.mark.parametrize("name", ["small.csv", "small.parquet"])
def test_a_day_is_the_day_written_whatever_its_zone(tmp_path: Path, zone: str, name: str) -> None:
    write(tmp_path, name, closes().tz_localize(zone))
    panel = load(tmp_path, small=Input(file=name, columns={"small": "Close"}))
    assert panel.sessions[0] == SESSIONS[0]


@pytest.mark.parametrize("name", ["small.csv", "small.csv.gz", "small.parquet"])
def test_midnight_of_the_exchange_in_universal_time_is_the_session_that_it_begins(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, closes().tz_localize("Europe/Berlin").tz_convert("UTC"))
    small = Input(file=name, columns={"small": "Close"})
    panel = load_panel(str(tmp_path), {"small": small}, market="Test", exchange="XETR")
    assert panel.sessions.equals(SESSIONS.rename("date"))


def test_closes_dated_a_day_early_are_refused_with_the_remedy(tmp_path: Path) -> None:
    write(tmp_path, "small.csv", closes().set_axis(SESSIONS - pd.Timedelta(days=1)).rename_axis("Date"))
    with pytest.raises(InputError, match=r"small.csv, column Close: 1. of 60 closes .* no session of XNYS.*a day early, .*market.exchange"):
        load(tmp_path)


def test_the_point_that_marks_a_missing_value_is_missing(tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_text("Date,Close\n2024-01-02,1\n2024-01-03,.\n2024-01-04,1.5\n")
    assert len(load(tmp_path).sessions) == 2


def test_prices_are_never_known_before_they_were_released(data_dir: Path) -> None:
    """The fixed lag against the days on which consumer prices really came out; a month's index is stamped with its first day."""
    experiment = read_experiment(Path(__file__).resolve().parents[3] / "experiments" / "russell2000.toml")
    releases = pd.read_csv(data_dir / "release_dates.csv.gz", parse_dates=["Date"])
    days = pd.DatetimeIndex(releases.loc[(releases["release"] == "CPI") & (releases["main"] == 1), "Date"])
    days = days[days >= "1985-01-01"]
    lag = experiment.inputs["prices"].lag
    assumed = Lag(months=lag.months, days=lag.days).due(days.to_period("M").to_timestamp() - pd.DateOffset(months=1))
    assert len(days) > 450
    assert (assumed >= days).all()


def test_an_absent_file_switches_its_input_off_with_a_line(tmp_path: Path) -> None:
    write(tmp_path, "small.csv", closes())
    panel = load(tmp_path, vix=Input(file="vix.csv", columns={"vix": "Close"}))
    assert VIX not in panel
    assert panel.notes[0].startswith("input `vix` is off: no file vix.csv in ")


def _text(text: str) -> bytes:
    return text.encode()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (_text("Date,Clse\n2024-01-02,1\n"), r"small.csv: no column 'Close'; did you mean 'Clse'\?"),
        (_text("Date,Close\nsoon,1\n"), r"small.csv: 'soon' in column Date, row 2, is no date; write YYYY-MM-DD"),
        (_text("Date,Close\n2024-01-02,1\n2024-01-03,one\n"), r"small.csv, column Close: 'one' on 2024-01-03 is no number"),
        (_text("Date,Close\n9999-12-31,1\n"), r"'9999-12-31' in column Date, row 2, is no date"),
        (_text("Date,Close\n2024-01-02,True\n"), r"small.csv, column Close: holds bool and no numbers"),
        (_text("Date,Close,Open,Close\n2024-01-02,1,1,2\n"), r"2 columns are named 'Close'; keep one of them"),
        (_text("Date,Close\n2024-01-02,1\n2024-01-03,1,7\n"), r"small.csv: line 3 has 3 fields, and the header 2; check the line"),
        (_text("Date,Close\n2024-01-02,1,7\n2024-01-03,1,7\n"), r"small.csv: line 2 has 3 fields, and the header 2; check the line"),
        (_text("Date,Close\n"), r"has no rows"),
        (_text(""), r"small.csv: is empty; fetch it again"),
        (_text("<!doctype html><html><body>Sign in</body></html>"), r"is a page of the web and no table"),
        (b"\x1f\x8b\x08\x00broken", r"small.csv: is packed with gzip, which its name does not say"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "small.csv").write_bytes(content)
    with pytest.raises(InputError, match=said) as caught:
        load(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("spec", "said"),
    [
        ({"file": "../small.csv", "columns": {"vix": "Close"}}, r"\[inputs.x\]: file '../small.csv' leaves the data folder"),
        ({"file": "small.csv", "columns": {"vixx": "Close"}}, r"\[inputs.x\]: no series 'vixx'; did you mean 'vix'\?"),
        ({"file": "small.csv", "columns": {"small": "Rate"}}, r"series `small` is read twice"),
        (
            {"file": "small.csv", "columns": {"bill": "Rate"}, "unit": "bushels"},
            r"unit 'bushels' does not convert to 'percent'; use one of",
        ),
    ],
)
def test_an_input_that_cannot_be_is_named_by_its_key(tmp_path: Path, spec: dict[str, object], said: str) -> None:
    write(tmp_path, "small.csv", closes())
    with pytest.raises(InputError, match=said):
        load(tmp_path, x=Input.model_validate(spec))


def test_a_missing_small_cap_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"\[inputs.small\]: no file small.csv in .*, and it holds the small-cap close"):
        load(tmp_path)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such folder"):
        load(tmp_path / "nowhere")
