"""`forecast init`: from a file of prices to an experiment that trains."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.sources.load import load_panel
from forecast.backtest.experiment import read_experiment
from tests.commands import assert_refused, run
from tests.written import CLOSE, HIGH, LOW, NOTATIONS, REFUSED


@pytest.mark.parametrize(
    "notation", ["ISO days, newest first, decimal commas (ariva.de)", "yfinance, three lines", "Investing.com", "Stooq"]
)
def test_the_experiment_reads_the_prices_as_they_were_taken(tmp_path: Path, notation: str) -> None:
    (tmp_path / "Small caps.csv").write_text(NOTATIONS[notation])
    done = run("init", "Small caps.csv", "--exchange", "XETR", "--name", "Kleine Werte", place=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    experiment = read_experiment(tmp_path / "kleine_werte.toml")
    assert (experiment.name, experiment.market.name, experiment.market.exchange) == ("kleine_werte", "Kleine Werte", "XETR")
    assert experiment.data == str(tmp_path)
    panel = load_panel(str(tmp_path), experiment.inputs, market="x", exchange="XETR")
    for series, values in (("small", CLOSE), ("small_high", HIGH), ("small_low", LOW)):
        np.testing.assert_array_equal(panel.frame[series], values)


@pytest.mark.parametrize("sessions", [251, 800, 1400, 1700])
def test_a_history_of_any_length_that_is_taken_has_a_walk_forward(tmp_path: Path, sessions: int) -> None:
    days = pd.bdate_range("2015-01-01", periods=sessions)
    (tmp_path / "prices.csv").write_text("Date,Close\n" + "".join(f"{day:%Y-%m-%d},{100 + place % 7}\n" for place, day in enumerate(days)))
    assert run("init", "prices.csv", "--exchange", "XETR", place=tmp_path).returncode == 0
    rule = read_experiment(tmp_path / "prices.toml").walk_forward
    start = days[0] + pd.Timedelta(days=rule.DAYS_BEFORE) if rule.start is None else pd.Timestamp(rule.start)
    first = max(int(days.searchsorted(start)), rule.min_history)
    assert first <= 0.85 * sessions


def test_what_was_taken_for_what_is_said(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(NOTATIONS["ISO days, newest first, decimal commas (ariva.de)"])
    (tmp_path / "large.csv").write_text(NOTATIONS["lower case"])
    done = run("init", "prices.csv", "--large", "large.csv", "--exchange", "XETR", place=tmp_path)
    said = [" ".join(line.split()) for line in done.stdout.splitlines()]
    assert "prices.csv: 300 closes from 2023-01-02 to 2024-02-23" in said
    assert "written with semicolons between fields, decimal comma, days as %Y-%m-%d" in said
    assert {
        "day Datum",
        "close Schlusskurs",
        "open Erster",
        "high Hoch",
        "low Tief",
        "not used Volumen",
        "note newest first, turned round",
    } <= set(said)
    assert all(len(line) <= 100 for line in done.stdout.splitlines())
    assert said[-1] == "Train it: python -m forecast.train prices.toml"
    assert read_experiment(tmp_path / "prices.toml").inputs["large"].columns == {"large": "close"}


def test_an_experiment_that_is_there_stays_unless_it_may_go(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(NOTATIONS["Stooq"])
    (tmp_path / "prices.toml").write_text("mine")
    assert_refused(
        run("init", "prices.csv", "--exchange", "XETR", place=tmp_path), "prices.toml: is there already; give another --output, or --force"
    )
    assert (tmp_path / "prices.toml").read_text() == "mine"
    assert run("init", "prices.csv", "--exchange", "XETR", "--force", place=tmp_path).returncode == 0
    assert read_experiment(tmp_path / "prices.toml").inputs["small"].file == "prices.csv"


def test_an_experiment_in_another_folder_says_where_its_prices_are(tmp_path: Path) -> None:
    (tmp_path / "prices").mkdir()
    (tmp_path / "prices" / "small.csv").write_text(NOTATIONS["Stooq"])
    assert run("init", "prices/small.csv", "--exchange", "XETR", "--output", "mine.toml", place=tmp_path).returncode == 0
    experiment = read_experiment(tmp_path / "mine.toml")
    assert experiment.data == str(tmp_path / "prices")
    np.testing.assert_array_equal(load_panel(experiment.data, experiment.inputs, market="x", exchange="XETR").frame["small"], CLOSE)


def test_a_key_that_is_none_is_one_line_and_nothing_is_written(tmp_path: Path) -> None:
    (tmp_path / "prices.csv").write_text(REFUSED["a number of two readings"][0])
    assert_refused(run("init", "prices.csv", place=tmp_path), "can be read in two ways; set `decimal` to '.' or ','")
    assert_refused(run("init", "prices.csv", "--separator", "#", place=tmp_path), "separator: input should be ',', ';'")
    assert_refused(run("init", "absent.csv", place=tmp_path), "absent.csv: no such file; give a file of text, .xlsx or Parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["prices.csv"]
