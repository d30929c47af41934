"""Fixtures: real data and published numbers where they are to be had, a simulated market everywhere."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

from features.catalogue import feature_matrix
from features.panel.panel import Panel
from forecast.api import TrainedRun
from forecast.engines.arrays import Float
from forecast.target.question import Question
from forecast.target.sample import Sample, build_sample
from forecast.target.surge import SurgeRule
from tests import markets

# No test fails because the machine is busy.
settings.register_profile(
    "suite", max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
settings.load_profile("suite")

QUESTIONS = (
    Question(horizon=21, barrier="surge", size=0.5),
    Question(horizon=10, barrier="sigma", size=0.75),
    Question(horizon=21, barrier="fixed", size=0.03),
)


def _folder(variable: str, what: str) -> Path:
    place = os.environ.get(variable)
    if not place or not Path(place).is_dir():
        pytest.skip(f"{variable} names no folder: {what} are not here")
    return Path(place).resolve()


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Folder of real market data."""
    return _folder("FORECAST_DATA_DIR", "real market data")


@pytest.fixture(scope="session")
def oracles_dir() -> Path:
    """Folder of published series."""
    return _folder("FORECAST_ORACLES_DIR", "published series")


@pytest.fixture(scope="session")
def dem2gbp(oracles_dir: Path) -> Float:
    """Daily percentage returns of DM against GBP, Bollerslev and Ghysels (1996)."""
    return np.loadtxt(oracles_dir / "dem2gbp.csv", skiprows=1)


@pytest.fixture(scope="session")
def smi(oracles_dir: Path) -> Float:
    """Daily percentage returns of the Swiss market index, as in the R package MSGARCH."""
    return pd.read_csv(oracles_dir / "smi.csv").iloc[:, -1].to_numpy(np.float64)


@pytest.fixture(scope="session")
def russell(data_dir: Path) -> pd.Series:
    """The Russell 2000's close."""
    return pd.read_csv(data_dir / "rut_daily.csv.gz", parse_dates=["Date"]).set_index("Date")["Close"]


@pytest.fixture(scope="session")
def blank_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An MLflow store with nothing in it, to be copied: its tables take seconds to make, once for all workers."""
    from forecast.runs.tracking.client import connection

    base = tmp_path_factory.getbasetemp()
    file = (base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base) / "blank" / "mlflow.db"
    with connection(f"sqlite:///{file}") as client:
        client.search_experiments()
    assert [path.name for path in file.parent.iterdir() if path.name != ".mlflow.db.lock"] == ["mlflow.db"]
    return file


@pytest.fixture(scope="session")
def panel() -> Panel:
    """A simulated panel with every input."""
    return markets.panel()


@pytest.fixture(scope="session")
def sample(panel: Panel) -> Sample:
    """The sample of the simulated panel, three questions."""
    return build_sample(panel, feature_matrix(panel), SurgeRule(min_z=1.0, min_return=0.01), QUESTIONS)


@pytest.fixture(scope="session")
def small_run(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """A finished run of the small study: to be read, and to be copied where it is changed."""
    from tests.studies import train_small

    return train_small(tmp_path_factory.mktemp("small") / "run")
