"""Targets that are bytes: each puts them where a reader looks, and asks more of what was read than that it was."""

import io
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from gzip import compress
from pathlib import Path

import numpy as np
import pandas as pd

from features.files.table import read_rows, read_table
from features.panel.panel import Panel, build_panel
from features.panel.series import SMALL
from features.sources import panel_file
from features.sources.append_rows import append_rows
from features.sources.fedwatch import COLUMNS, measures
from features.sources.inputs import Input
from features.sources.load import load_panel
from forecast.backtest.experiment import read_experiment
from forecast.report.scoring.external_forecasts import read_external_forecasts
from forecast.runs.folder import open_run
from forecast.runs.locate import load_predictions
from forecast.runs.manifest import MANIFEST
from forecast.runs.predictions.formats import write_predictions
from tests import markets
from tests.runs import make_run

Target = Callable[[bytes], None]


@cache
def place() -> Path:
    """A folder that goes when the program ends."""
    held = tempfile.TemporaryDirectory(prefix="fuzz-")
    _held.append(held)
    return Path(held.name)


_held: list[object] = []


def _at(name: str, content: bytes) -> Path:
    path = place() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content)
    return path


def table_csv(content: bytes) -> None:
    """A panel of a CSV of closes."""
    _panel(_at("small.csv", content).name)


def table_gz(content: bytes) -> None:
    """The same, packed."""
    _panel(_at("small.csv.gz", content).name)


def table_parquet(content: bytes) -> None:
    """The same, in Parquet."""
    _panel(_at("small.parquet", content).name)


def _panel(file: str) -> None:
    spec = Input(file=file, columns={"small": "Close", "small_high": "High", "small_low": "Low"})
    panel = load_panel(str(place()), {"small": spec}, market="Fuzz", exchange="XNYS")
    close = panel[SMALL].to_numpy()
    assert (np.isfinite(close) & (close > 0)).all(), "a close that is none"


def fedwatch(content: bytes) -> None:
    """Measures of published odds."""
    path = _at("fedwatch.csv", content)
    values = measures(read_table(path, COLUMNS), path).to_numpy("float64")
    assert not np.isinf(values).any(), "a measure that is infinite"


def toml(content: bytes) -> None:
    """An experiment."""
    chosen = read_experiment(_at("experiment.toml", content))
    assert read_experiment(_at("same.toml", content)).digest == chosen.digest


def external_forecasts(content: bytes) -> None:
    """Anybody's probabilities."""
    forecasts = read_external_forecasts(_at("given.csv", content))
    assert np.allclose(forecasts.p.sum(axis=1), 1), "probabilities that do not sum to 1"
    assert (forecasts.p > 0).all()


def predictions_csv(content: bytes) -> None:
    """Predictions as CSV."""
    load_predictions(_at("p.csv", content))


def predictions_json(content: bytes) -> None:
    """Predictions as JSON."""
    load_predictions(_at("p.json", content))


def predictions_arrow(content: bytes) -> None:
    """Predictions as Arrow."""
    load_predictions(_at("p.arrow", content))


def predictions_xlsx(content: bytes) -> None:
    """Predictions as a workbook."""
    load_predictions(_at("p.xlsx", content))


def manifest(content: bytes) -> None:
    """A run by its manifest."""
    open_run(_at(f"run/{MANIFEST}", content).parent)


def stored_panel(content: bytes) -> None:
    """A panel that a run keeps."""
    panel = panel_file.load(_at("panel.parquet", content))
    assert np.isfinite(panel[SMALL]).all()


def tail(content: bytes) -> None:
    """What came out after a panel, as a served model is handed it."""
    _, rows = read_rows(_at("tail.csv", content))
    panel = append_rows(_base(), rows)
    assert np.isfinite(panel[SMALL]).all()


@cache
def _base() -> Panel:
    market = markets.raw_market(first=pd.Timestamp("2008-01-02"))
    return build_panel(replace(market, series={name: market.series[name] for name in ("small", "vix", "bill")}))


def _closes() -> bytes:
    days = pd.bdate_range("2024-01-02", periods=30)
    close = 100 * np.exp(np.random.default_rng(1).normal(0, 0.01, 30).cumsum())
    frame = pd.DataFrame({"Date": days.strftime("%Y-%m-%d"), "Close": close, "High": close * 1.01, "Low": close * 0.99})
    return frame.to_csv(index=False).encode()


def _parquet() -> bytes:
    out = io.BytesIO()
    pd.read_csv(io.BytesIO(_closes())).to_parquet(out)
    return out.getvalue()


def _written(ending: str) -> bytes:
    path = place() / f"seed{ending}"
    write_predictions(load_predictions(_small_run()), path)
    return path.read_bytes()


@cache
def _small_run() -> Path:
    return make_run(place() / "seed-run", surges=6)


def _manifest() -> bytes:
    from forecast.runs.manifest import Manifest

    filled = {name: "x" for name, field in Manifest.model_fields.items() if field.annotation is str}
    rest = {"first_session": "2020-01-02", "as_of": "2020-12-31", "recent_returns": [0.01], "panel_columns": ["small"], "companions": []}
    more = {"sessions": 1, "made_of_returns": False, "notes": [], "files": {"model.json": "0" * 64}}
    named = dict.fromkeys(("name", "digest", "run_id", "experiment_digest", "panel_digest", "market", "series", "tracking_experiment"), "x")
    return json.dumps(filled | named | rest | more).encode()


def _stored_panel() -> bytes:
    path = place() / "seed-panel.parquet"
    panel_file.save(_base(), path)
    return path.read_bytes()


def _tail() -> bytes:
    day = _base().sessions[-1] + pd.offsets.BDay()
    close = float(_base()[SMALL].iloc[-1]) * 1.01
    return f"series,stamp,value,known\nsmall,{day:%Y-%m-%d},{close!r},\nbill,{day:%Y-%m-%d},4.5,{day:%Y-%m-%d}\n".encode()


FEDWATCH = b"""Date,meeting,lo_bp,hi_bp,prob
2023-03-15,2023-03-22,450,475,0.2
2023-03-15,2023-03-22,475,500,0.8
2023-03-15,2023-05-03,475,500,1.0
"""
GIVEN = b"""date,p_reverse,p_stall,p_continue,horizon,barrier_kind,size
2024-01-02,0.2,0.3,0.5,21,surge,0.5
2024-01-03,0.25,0.25,0.5,21,surge,0.5
"""
TARGETS: dict[str, tuple[Target, Callable[[], bytes]]] = {
    "table": (table_csv, _closes),
    "table_gz": (table_gz, lambda: compress(_closes(), mtime=0)),
    "table_parquet": (table_parquet, _parquet),
    "fedwatch": (fedwatch, lambda: FEDWATCH),
    "toml": (toml, (Path(__file__).resolve().parents[2] / "experiments" / "russell2000.toml").read_bytes),
    "tail": (tail, _tail),
    "score": (external_forecasts, lambda: GIVEN),
    "predictions_csv": (predictions_csv, lambda: _written(".csv")),
    "predictions_json": (predictions_json, lambda: _written(".json")),
    "predictions_arrow": (predictions_arrow, lambda: _written(".arrow")),
    "predictions_xlsx": (predictions_xlsx, lambda: _written(".xlsx")),
    "manifest": (manifest, _manifest),
    "panel_kept": (stored_panel, _stored_panel),
}
