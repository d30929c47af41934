"""Features of the Russell 2000: time and memory of all history, and time of one more session."""

import multiprocessing
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from benchmarks.data import folder
from benchmarks.row import Row, side_by_side
from features.catalogue import extend, feature_matrix
from features.panel.panel import Panel
from features.panel.volatility import ewma_std
from features.sources.load import load_panel
from forecast.backtest.experiment import read_experiment

EXPERIMENT = Path(__file__).parent.parent / "experiments" / "russell2000.toml"
SECONDS, MEGABYTES, MILLISECONDS = 3.0, 500.0, 50.0


def rows() -> Iterator[Row]:
    """Each beside what it is held to; the panel is read before, and nothing shared is kept from one call to the next."""
    panel = _panel()
    before = panel.as_of(panel.sessions[-2])
    matrix = feature_matrix(before)
    runs = {"all": lambda: feature_matrix(_fresh(panel)), "one more": lambda: extend(matrix, _fresh(panel))}
    times = side_by_side(runs, dict.fromkeys(runs, 15))
    years = (panel.sessions[-1] - panel.sessions[0]).days / 365.25
    setting = f"{len(matrix.frame.columns)} features, {len(panel.sessions)} sessions, {years:.0f} years"
    nan = float("nan")
    yield Row("all history", setting, "", times["all"], nan, "s", times["all"], f"<= {SECONDS:g}", times["all"] <= SECONDS)
    with multiprocessing.get_context("spawn").Pool(1) as alone:
        grown = alone.apply(_grown)
    yield Row("peak memory, data included", setting, "", grown, nan, "MB", grown, f"<= {MEGABYTES:g}", grown <= MEGABYTES)
    more = 1000 * times["one more"]
    yield Row("one more session", setting, "", more, nan, "ms", more, f"<= {MILLISECONDS:g}", more <= MILLISECONDS)


def _panel() -> Panel:
    experiment = read_experiment(EXPERIMENT)
    return load_panel(str(folder("FORECAST_DATA_DIR")), experiment.inputs, market="Russell 2000", exchange="XNYS")


def _fresh(panel: Panel) -> Panel:
    """The same panel, of which nothing has been computed."""
    ewma_std.cache_clear()
    return replace(panel, released={name: replace(found) for name, found in panel.released.items()})


def _grown() -> float:
    """Megabytes by which this process's peak of resident memory grows while data are read and features computed."""
    start = _peak()
    feature_matrix(_panel())
    return _peak() - start


def _peak() -> float:
    """Of resident memory of this program so far; the counter of resources would begin with the peak of the one that started it."""
    status = Path("/proc/self/status")
    if not status.exists():
        raise LookupError(f"{status} is not here: the peak of memory is measured on Linux")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return float(line.split()[1]) / 2**10
