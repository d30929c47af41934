"""Prices in memory give the experiment that `forecast init` writes for a file of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import InputError
from features.sources import price_file
from forecast.api import load_predictions, predict, train
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.backtest.own_prices import experiment_in_memory
from forecast.backtest.study import Study
from forecast.runs.folder import open_run
from tests import markets
from tests.commands import run

CLOSE = markets.raw_market().series["small"].observed.round(4)
FRAME = pd.DataFrame({"Close": CLOSE, "High": CLOSE + 1, "Low": CLOSE - 1, "Volume": 1.0, "vix": 20.0, "yield_10y": 4.0}).rename_axis(
    "Date"
)
QUICK = (
    "surge.min_z=1.0",
    "surge.min_return=0.01",
    "sensitivity.horizons=[]",
    "pullback.horizons=[]",
    "walk_forward.start=2007-06-01",
    "walk_forward.refit_every=70",
    "model.components=['climatology','ewma']",
    "model.paths=100",
    "interval.paths=100",
)


def taken(data: Any, experiment: Any = None, *overrides: str) -> Experiment:
    chosen, _ = experiment_in_memory(experiment, data, overrides)
    return chosen


@pytest.mark.parametrize(
    "frame", [FRAME, FRAME[["Close"]], FRAME.rename(columns={"Close": "small", "High": "small_high", "Low": "small_low"})]
)
def test_a_table_gives_the_experiment_that_init_writes_for_its_file(tmp_path: Path, frame: pd.DataFrame) -> None:
    frame.to_csv(tmp_path / "own_prices.csv")
    assert run("init", "own_prices.csv", "--name", "Own prices", place=tmp_path).returncode == 0
    written = read_experiment(tmp_path / "own_prices.toml")
    assert taken(frame).digest == written.digest
    of_file = Study.prepare(tmp_path / "own_prices.toml", data=None, as_of=None, overrides=QUICK)
    assert Study.prepare(None, data=frame, as_of=None, overrides=QUICK).digest == of_file.digest


def test_columns_named_as_daily_series_are_read_and_rates_are_known_a_session_later() -> None:
    experiment, source = experiment_in_memory(None, FRAME, ())
    assert {label: (dict(spec.columns), spec.lag.sessions) for label, spec in experiment.inputs.items()} == {
        "small": ({"small": "Close", "small_high": "High", "small_low": "Low"}, 0),
        "closes": ({"vix": "vix"}, 0),
        "rates": ({"yield_10y": "yield_10y"}, 1),
    }
    assert source.notes == (
        "data: close from Close, high from High, low from Low, vix from vix, yield_10y from yield_10y, as known a session later; "
        "100.0 % of days and sessions agree with XNYS; not used: Volume",
    )


@pytest.mark.parametrize(
    ("data", "market"),
    [
        (CLOSE.rename("Russell 2000"), "Russell 2000"),
        (CLOSE.rename(None), "Own prices"),
        (CLOSE.rename("Adj Close"), "Own prices"),
        (CLOSE.to_frame(0), "Own prices"),
        (CLOSE.rename(("Close", "IWM")), "IWM"),
        (CLOSE.to_frame("IWM"), "IWM"),
        (FRAME[["Close", "High", "Low"]].set_axis(pd.MultiIndex.from_product([["Close", "High", "Low"], ["^RUT"]]), axis=1), "^RUT"),
    ],
)
def test_the_market_is_what_the_prices_are_called(data: Any, market: str) -> None:
    assert taken(data).market.name == market


def test_what_an_experiment_says_holds_over_what_the_prices_say() -> None:
    object_ = Experiment.model_validate({"name": "mine", "market": {"name": "Mine"}, "outcome": {"horizon": 10}})
    chosen = taken(CLOSE, object_, "outcome.size=0.75")
    assert (chosen.name, chosen.market.name, chosen.market.exchange) == ("mine", "Mine", "XNYS")
    assert (chosen.outcome.horizon, chosen.outcome.size) == (10, 0.75)
    assert list(chosen.inputs) == ["small"]
    assert taken(CLOSE, None, "market.exchange='XLON'").market.exchange == "XLON"


def test_an_experiment_with_inputs_reads_the_table_by_them() -> None:
    inputs = {"small": {"file": "prices.csv", "columns": {"small": "Last"}}}
    chosen, source = experiment_in_memory(Experiment.model_validate({"inputs": inputs}), CLOSE, QUICK)
    assert chosen.inputs["small"].columns == {"small": "Last"}
    raw, _ = source.market(chosen.inputs, name="x", exchange="XNYS")
    assert raw.series["small"].observed.tolist() == CLOSE.tolist()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (lambda: CLOSE.iloc[:100], "data: closes in column Close number 100, fewer than 250; give a longer history"),
        (
            lambda: CLOSE.iloc[:300].set_axis(pd.date_range("1980", periods=300, freq="ME")),
            "data: its closes are 31 days apart",
        ),
        (
            lambda: pd.DataFrame({"Close IWM": CLOSE, "Close SPY": CLOSE}),
            "data: 2 columns may be the close, .*; give the one of closes alone, as a Series",
        ),
        (lambda: {"prices.csv": CLOSE}, "data: tables by the names of files need an experiment"),
    ],
)
def test_what_cannot_be_prices_is_one_line(data: Callable[[], Any], message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        taken(data())
    assert "\n" not in str(caught.value)


def test_days_of_no_exchange_are_refused_with_the_override_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(price_file, "exchange_of", lambda _: {"XLON": 0.69})  # to try all takes seconds
    every_day = CLOSE.set_axis(pd.date_range("2001-01-01", periods=len(CLOSE)))
    with pytest.raises(InputError, match=r"the nearest XLON with 69 %; name it with overrides=\[\"market.exchange='XETR'\"\] \(24/7"):
        taken(every_day)
    assert taken(every_day, None, "market.exchange='24/7'").market.exchange == "24/7"


def test_a_run_of_a_table_is_whole_and_answers_for_a_newer_one(tmp_path: Path) -> None:
    older = CLOSE.iloc[:-40].rename("Simulated")
    options = {"overrides": QUICK, "track": False, "report": False, "keep_history": False, "jobs": 1}
    trained = train(data=older, output=tmp_path / "run", **options)
    stored = open_run(tmp_path / "run")
    assert stored.manifest.data == "in memory"
    assert stored.panel().digest == stored.manifest.panel_digest
    assert len(load_predictions(tmp_path / "run")) == len(load_predictions(trained.folder)) > 0
    assert trained.answer is not None
    later = predict(trained.folder, data=CLOSE.rename("Simulated")).answer
    assert later.surge.session > trained.answer.surge.session
    again = predict(trained.folder)
    assert again.answer.surge == trained.answer.surge
    assert again.answer.questions == predict(trained.folder, data="kept").answer.questions
    assert (
        again.answer.notes[0]
        == f"the table trained on is not there; read from what the run keeps, which ends on {older.index[-1]:%Y-%m-%d}"
    )
    with pytest.raises(InputError, match="the closes of Simulated are not those trained on"):
        predict(trained.folder, data=(CLOSE**1.5).rename("Simulated"))


@pytest.mark.parametrize("shape", ["moments in New York", "the reverse", "a column"])
def test_a_run_does_not_depend_on_the_shape_of_its_table(shape: str) -> None:
    shapes: dict[str, Any] = {
        "moments in New York": CLOSE.set_axis(pd.DatetimeIndex(CLOSE.index).tz_localize("America/New_York") + pd.Timedelta(hours=16)),
        "the reverse": CLOSE.iloc[::-1],
        "a column": CLOSE.rename("Close").rename_axis("Date").reset_index(),
    }
    plain = Study.prepare(None, data=CLOSE.rename(None), as_of=None, overrides=QUICK)
    overrides = ("market.name='Own prices'", "name='own_prices'", *QUICK)
    assert Study.prepare(None, data=shapes[shape], as_of=None, overrides=overrides).dataset.panel.digest == plain.dataset.panel.digest
