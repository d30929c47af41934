"""Predictions in other tools: each really reads them, and finds in them what we say is there. Libraries of the extra `interop`."""

import importlib
import re
import warnings
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from forecast.api import load_predictions
from forecast.runs.predictions.columns import COLUMNS, P_COLUMNS
from forecast.runs.predictions.formats import write_predictions
from forecast.runs.predictions.read import of_question
from forecast.runs.predictions.signals import positions, qlib_signal
from forecast.target.question import Question
from tests.runs import MAIN, make_run

ROOT = Path(__file__).resolve().parents[3]
OTHER = Question(horizon=10, barrier="fixed", size=0.05)


def library(name: str) -> ModuleType:
    """The library, whatever it warns of while it is imported; the test is skipped where it is not installed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return importlib.import_module(name)
        except ModuleNotFoundError as error:
            pytest.skip(f"{error.name} is not installed: pip install 'smallcap-surge[tools,interop]'")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("runs") / "run", (MAIN, OTHER), surges=120)


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    return load_predictions(folder)


@pytest.fixture(scope="module")
def close(table: pd.DataFrame) -> pd.Series:
    """Prices on every day of the predictions and 30 more."""
    days = pd.date_range(table["date"].min(), table["date"].max() + pd.Timedelta(days=30), unit="ns")
    return pd.Series(100 * np.exp(np.random.default_rng(3).normal(0, 0.01, len(days)).cumsum()), index=days)


def brier(table: pd.DataFrame) -> float:
    """Mean over settled rows of the summed squares of probability less outcome."""
    settled = table[table["outcome"].notna()]
    happened = np.eye(3)[settled["outcome"].to_numpy("int64")]
    return float(((settled[list(P_COLUMNS)].to_numpy() - happened) ** 2).sum(axis=1).mean())


def test_duckdb_scores_the_parquet_in_sql(folder: Path, table: pd.DataFrame) -> None:
    duckdb = library("duckdb")
    query = f"""
        select horizon, count(*) n, avg(pow(p_reverse - (outcome = 0)::int, 2) + pow(p_stall - (outcome = 1)::int, 2)
            + pow(p_continue - (outcome = 2)::int, 2)) brier
        from '{folder / "predictions.parquet"}' where outcome is not null and date >= date '1996-01-01' group by horizon order by horizon
    """  # noqa: S608 - a path of our own
    scores = duckdb.sql(query).fetchall()
    expected = [(q.horizon, 118, brier(of_question(table, q.label))) for q in (OTHER, MAIN)]
    assert [row[:2] for row in scores] == [row[:2] for row in expected]
    np.testing.assert_allclose([row[2] for row in scores], [row[2] for row in expected], rtol=1e-12)  # sums in another order
    described = {name: kind for name, kind, *_ in duckdb.sql(f"describe select * from '{folder / 'predictions.parquet'}'").fetchall()}  # noqa: S608 - a path of our own
    kinds = {"date": "TIMESTAMP_NS", "string": "VARCHAR", "int": "BIGINT", "float": "DOUBLE"}
    assert described == {name: kinds[column.kind] for name, column in COLUMNS.items()}


@pytest.mark.parametrize(("ending", "reader"), [(".parquet", "read_parquet"), (".csv", "read_csv"), (".arrow", "read_ipc")])
def test_polars_reads_parquet_csv_and_arrow(tmp_path: Path, table: pd.DataFrame, ending: str, reader: str) -> None:
    polars = library("polars")
    path = tmp_path / f"table{ending}"
    write_predictions(table, path)
    frame = getattr(polars, reader)(path)
    for name in (*P_COLUMNS, "barrier", "size", "horizon"):
        assert frame[name].to_numpy().tobytes() == table[name].to_numpy().tobytes(), name
    assert frame["outcome"].null_count() == table["outcome"].isna().sum() == 4
    assert frame.filter(polars.col("barrier_kind") == "fixed").height == 120
    assert [f"{day}"[:10] for day in frame["date"]] == table["date"].dt.strftime("%Y-%m-%d").tolist()


def test_pandas_reads_each_format_by_itself(tmp_path: Path, table: pd.DataFrame) -> None:
    for ending in (".parquet", ".csv", ".arrow", ".xlsx"):
        write_predictions(table, tmp_path / f"table{ending}")
    by_name = {
        "parquet": pd.read_parquet(tmp_path / "table.parquet"),
        "csv": pd.read_csv(tmp_path / "table.csv", parse_dates=["date"]),
        "arrow": pd.read_feather(tmp_path / "table.arrow"),
        "excel": pd.read_excel(tmp_path / "table.xlsx", sheet_name="predictions"),
    }
    for name, frame in by_name.items():
        exact = 1e-15 if name == "csv" else 0  # pandas before 3.1 reads seventeen digits, zeros after the point included
        np.testing.assert_allclose(frame["p_stall"], table["p_stall"], rtol=0, atol=exact)
        assert frame["date"].tolist() == table["date"].tolist(), name
        assert frame["outcome"].isna().sum() == 4, name


def held_return(close: pd.Series, weight: pd.Series) -> float:
    """Of a portfolio that at each close is brought to the weight of that row, without costs: what a row earns is the next session's."""
    growth = 1 + weight.shift().fillna(0) * close.pct_change().fillna(0)
    return float(growth.prod() - 1)


# ffn 1.4 under bt on pandas 3.1
@pytest.mark.filterwarnings("ignore:A future version of pandas will return a BaseOffset object")
def test_bt_runs_the_positions(table: pd.DataFrame, close: pd.Series) -> None:
    bt = library("bt")
    weight = positions(table, pd.DatetimeIndex(close.index))
    strategy = bt.Strategy("surge", [bt.algos.WeighTarget(weight.to_frame("index")), bt.algos.Rebalance()])
    result = bt.run(bt.Backtest(strategy, close.to_frame("index"), integer_positions=False, progress_bar=False))
    assert weight.abs().max() > 0.2
    earned = result.prices["surge"].iloc[-1] / result.prices["surge"].iloc[0] - 1
    assert earned == pytest.approx(held_return(close, weight), abs=1e-9)


def test_vectorbt_runs_the_positions_and_earns_what_a_hand_computes(table: pd.DataFrame, close: pd.Series) -> None:
    vectorbt = library("vectorbt")
    weight = positions(table, pd.DatetimeIndex(close.index))
    portfolio = vectorbt.Portfolio.from_orders(close, size=weight, size_type="targetpercent", init_cash=100.0, freq="1D")
    assert portfolio.orders.count() > 20
    assert portfolio.total_return() == pytest.approx(held_return(close, weight), abs=1e-9)


def test_qlib_takes_the_signal_and_trades_on_it_a_step_later(table: pd.DataFrame) -> None:
    made = library("qlib.backtest.signal")
    from qlib.contrib.strategy.signal_strategy import TopkDropoutStrategy

    signal = qlib_signal(table, instrument="RUT")
    taken = made.create_signal_from(signal)
    first = signal.index[0][0]
    value = taken.get_signal(start_time=first, end_time=first)
    assert value.to_dict() == {"RUT": signal.iloc[0]}
    quiet = next(day for day in pd.date_range(first, signal.index[-1][0]) if day not in signal.index.get_level_values(0))
    assert taken.get_signal(start_time=quiet, end_time=quiet) is None, "no surge, no opinion"
    assert TopkDropoutStrategy(topk=1, n_drop=1, signal=signal).signal.get_signal(first, first).equals(value)


def test_qlibs_contract_holds_where_qlib_is_not(table: pd.DataFrame) -> None:
    """Its documentation: a prediction score is a pandas Series or DataFrame with index (datetime, instrument) and a column `score`."""
    frame = qlib_signal(table).to_frame()
    assert list(frame.columns) == ["score"]
    assert list(frame.index.names) == ["datetime", "instrument"]
    assert frame.index.is_monotonic_increasing
    assert frame.index.is_unique
    assert isinstance(frame.index.levels[0], pd.DatetimeIndex)


def test_sktime_splits_and_scores_the_forecasts_as_we_do(table: pd.DataFrame) -> None:
    split = library("sktime.split")
    metrics = library("sktime.performance_metrics.forecasting")
    settled = of_question(table)[lambda rows: rows["outcome"].notna()].reset_index(drop=True)
    happened = pd.DataFrame(np.eye(3)[settled["outcome"].to_numpy("int64")], columns=list(P_COLUMNS))
    windows = list(split.ExpandingWindowSplitter(fh=np.arange(1, 30), initial_window=31, step_length=29).split(settled["p_stall"]))
    assert len(windows) == 3
    for past, ahead in windows:
        assert settled["date"].iloc[past].max() < settled["date"].iloc[ahead].min()
        by_outcome = metrics.MeanSquaredError(multioutput="raw_values")(happened.iloc[ahead], settled[list(P_COLUMNS)].iloc[ahead])
        assert np.sum(by_outcome) == pytest.approx(brier(settled.iloc[ahead]), rel=1e-12)


def test_sktime_measures_the_width_of_the_intervals(table: pd.DataFrame) -> None:
    scorers = library("sktime.performance_metrics.forecasting.probabilistic")
    rows = of_question(table)
    intervals = pd.DataFrame({("p", 0.9, "lower"): rows["low_stall"], ("p", 0.9, "upper"): rows["high_stall"]})
    truth = rows[["p_stall"]].set_axis(["p"], axis="columns")
    assert float(scorers.IntervalWidth()(truth, intervals)) == pytest.approx((rows["high_stall"] - rows["low_stall"]).mean())
    assert float(scorers.EmpiricalCoverage()(truth, intervals)) == 1.0, "every interval holds its probability"


def code_of(page: str, heading: str | None = None) -> str:
    """The lines of Python of a page, or of what stands under a heading of it."""
    section = (ROOT / page).read_text("utf-8")
    if heading is not None:
        section = section.split(f"\n## {heading}")[1].split("\n## ")[0]
    (code,) = re.findall(r"```python\n(.*?)```", section, flags=re.DOTALL)
    return str(code)


def test_the_lines_of_the_guide_run(table: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library("duckdb")
    library("polars")
    (tmp_path / "runs" / "history").mkdir(parents=True)
    make_run(tmp_path / "runs" / "russell2000-0123456789", (MAIN, OTHER), surges=120)
    monkeypatch.chdir(tmp_path)
    left: dict[str, Any] = {}
    exec(code_of("docs/howto/other_tools.md"), left)  # noqa: S102 - of a page of ours, as a reader would run it
    assert left["frequency"].columns.tolist() == ["horizon", "said", "came"]
    assert left["waiting"].height == 4
    pd.testing.assert_series_equal(left["signal"], qlib_signal(load_predictions(left["run"])))
    assert left["history"].empty


def test_the_lines_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "runs" / "history").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    left: dict[str, Any] = {}
    exec(code_of("docs/predictions.md", "History"), left)  # noqa: S102 - of a page of ours, as a reader would run it
    assert left["load_history"]("runs/history").empty
