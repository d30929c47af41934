"""Real data, loaded once for all tests of features."""

from pathlib import Path

import pytest

from features.panel.panel import Panel
from features.sources.load import load_panel
from forecast.backtest.experiment import read_experiment

RUSSELL = Path(__file__).parents[2] / "experiments" / "russell2000.toml"


@pytest.fixture(scope="session")
def real(data_dir: Path) -> Panel:
    """The panel of the Russell 2000."""
    return load_panel(str(data_dir), read_experiment(RUSSELL).inputs, market="Russell 2000", exchange="XNYS")
