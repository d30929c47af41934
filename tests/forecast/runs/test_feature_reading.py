"""The reading of a day, from Python and on the command line."""

import io
import json
from pathlib import Path

import pandas as pd
import pytest

from features.catalogue import catalogue, feature_matrix
from features.errors import InputError
from features.panel.panel import Panel
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.runs.answer.drivers import describe_drivers, rank_drivers
from forecast.runs.answer.feature_reading import CSV_COLUMNS, FeatureReading, read_features
from forecast.runs.answer.feature_words import feature_title
from tests.commands import assert_refused, run

ROOT = Path(__file__).resolve().parents[3]
RUSSELL = ROOT / "experiments" / "russell2000.toml"


@pytest.fixture(scope="module")
def reading() -> FeatureReading:
    """A session of the bundled data that is no surge."""
    return read_features(data="bundled", as_of="2007-08-16")


def test_a_driver_is_the_feature_that_day_against_its_own_past(panel: Panel) -> None:
    frame = feature_matrix(panel, ["term_spread", "momentum_5"]).frame
    first, second = describe_drivers(frame.iloc[:1000], 5)
    past = frame["term_spread"].iloc[:1000]
    assert (first.feature, second.feature) == ("term_spread", "momentum_5")
    assert first.value == past.iloc[-1]
    assert first.percentile == (past.dropna() <= past.iloc[-1]).mean()
    assert first.change == past.iloc[-1] - past.iloc[-6]
    assert (first.sign, first.story) == (catalogue()["term_spread"].sign, catalogue()["term_spread"].story)
    assert describe_drivers(frame.iloc[:5], 5)[0].change is None


def test_the_most_unusual_come_first_without_tilts(panel: Panel) -> None:
    ranked = rank_drivers(describe_drivers(feature_matrix(panel).frame, 5))
    apart = [abs(driver.percentile - 0.5) for driver in ranked]
    assert apart == sorted(apart, reverse=True)


def test_a_day_that_is_no_surge_is_read(reading: FeatureReading) -> None:
    assert not reading.is_surge
    assert reading.as_of == "2007-08-16"
    assert {driver.feature for driver in reading.drivers} | set(reading.unknown) == set(catalogue())
    assert not {driver.feature for driver in reading.drivers} & set(reading.unknown)
    assert [driver.feature for driver in reading.drivers] == [name for name in catalogue() if name not in reading.unknown]
    assert any("features in use; `doctor` says what the rest need" in note for note in reading.notes)
    slope = next(driver for driver in reading.drivers if driver.feature == "slope_10y_2y")
    assert slope.value == pytest.approx(4.69 - 4.27)  # DGS10 and DGS2 of 2007-08-15


def test_a_reading_does_not_hang_on_what_came_later(reading: FeatureReading) -> None:
    matrix = feature_matrix(_bundled(), ["distance_from_trend", "ewma_vol_32"]).frame
    for driver in reading.drivers:
        if driver.feature in matrix:
            assert driver.value == matrix[driver.feature][pd.Timestamp("2007-08-16")]


def _bundled() -> Panel:
    from features.sources.load import load_panel

    return load_panel("bundled", read_experiment().inputs, market="x", exchange="XNYS")


def test_a_young_history_is_read_as_far_as_it_goes() -> None:
    early = read_features(Experiment(), as_of="1963-08-01")
    assert early.since == "1963-07-01"
    assert "momentum_252" in early.unknown
    assert "momentum_5" not in early.unknown


def test_families_are_read_alone_and_an_unknown_one_is_refused() -> None:
    alone = read_features(data="bundled", families=["volatility"])
    assert {driver.family for driver in alone.drivers} == {"volatility"}
    with pytest.raises(InputError, match=r"--family volatlity: no such family of features; did you mean 'volatility'\?"):
        read_features(data="bundled", families=["volatlity"])


@pytest.mark.slow
def test_the_page_fits_100_columns_and_names_every_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    done = run("drivers", "--as-of", "2007-08-16")
    assert done.returncode == 0, done.stderr
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    assert "no surge: " in done.stdout
    for driver in read_features(data="bundled", as_of="2007-08-16").drivers:
        assert f"\n{feature_title(driver.feature)} " in done.stdout
        assert driver.sign.split(".")[0][:60] in " ".join(done.stdout.split())


def test_json_and_csv_say_the_same(reading: FeatureReading) -> None:
    done = run("drivers", "--as-of", "2007-08-16", "--format", "json", "--family", "landing")
    table = pd.read_csv(io.StringIO(run("drivers", "--as-of", "2007-08-16", "--format", "csv").stdout))
    assert list(table.columns) == list(CSV_COLUMNS)
    pd.testing.assert_frame_equal(table, reading.table(), check_dtype=False)
    report = json.loads(done.stdout)
    assert report["drivers"] == [driver.model_dump() for driver in reading.drivers if driver.family == "landing"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--family", "momentun"], "error: --family momentun: no such family of features; did you mean 'momentum'?"),
        (["--as-of", "soon"], "error: --as-of soon: is no date; write YYYY-MM-DD"),
        ([str(RUSSELL)], "error: russell2000: nothing says where the files of its [inputs] are; give their folder with --data PATH"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(arguments: list[str], said: str) -> None:
    assert_refused(run("drivers", *arguments), said)


def test_july_2024_is_read_as_it_was_published(data_dir: Path) -> None:
    today = read_features(RUSSELL, data=data_dir, as_of="2024-07-16")
    assert today.is_surge
    assert today.gain == pytest.approx(0.1154, abs=5e-5)
    value = {driver.feature: driver.value for driver in today.drivers}
    # H.15 for 2024-07-15, known the next day: ten years 4.23, two years 4.44 against 4.62 five sessions before, bills 5.20
    assert value["expected_change_24m_proxy_over_5"] == pytest.approx(4.44 - 4.62)
    assert value["term_spread"] == pytest.approx(4.23 - 5.20)
