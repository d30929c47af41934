"""Whatever goes wrong with live data is said in one line, and what was kept stays as it was."""

import re
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from tests.commands import run
from tests.faults import FAULTS, GROUPS
from tests.faults.fault import Outcome, healed, refuse_key, tried
from tests.origins.fred import KEY
from tests.origins.server import Origin
from tests.origins.town import INDEX, PRICES, Town, odds, streets

SHORT = [
    part
    for key in (
        "model.components=['climatology','ewma']",
        "model.paths=100",
        "interval.paths=100",
        "walk_forward.refit_every=63",
        "sensitivity.horizons=[]",
        "pullback.horizons=[]",
        "walk_forward.min_history=100",
    )
    for part in ("--set", key)
]


ELSEWHERE = ("The network", "The machine and the store")  # which do not hang on the versions of libraries
ROWS = [pytest.param(fault.name, marks=[pytest.mark.slow] * (group in ELSEWHERE)) for group, faults in GROUPS.items() for fault in faults]


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, Origin]]:
    with streets() as servers:
        yield servers


@pytest.fixture(scope="module")
def good(origins: dict[str, Origin], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store after one good pull of everything."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRED_API_KEY", KEY)
        town = Town(tmp_path_factory.mktemp("good"), origins, patch)
        town.drop("odds.csv", odds(pd.Timestamp("2024-07-16")))
        done = town.pull()
        assert done.returncode == 0, (done, town.lines())
        return town.store.folder


@pytest.fixture
def town(origins: dict[str, Origin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setenv("FRED_API_KEY", KEY)
    town = Town(tmp_path, origins, monkeypatch)
    yield town
    for each in town.open:
        each.close()


@pytest.mark.parametrize("name", ROWS)
def test_a_fault_is_said_in_one_line_and_what_was_kept_stays(name: str, town: Town, good: Path, caplog: pytest.LogCaptureFixture) -> None:
    tried(FAULTS[name], town, good)
    assert KEY not in caplog.text
    healed(FAULTS[name], town)


def test_the_page_has_every_fault_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "faults.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \| [02] \|$", page, re.MULTILINE)
    assert rows == list(FAULTS), "make it anew: python -m tests.fault_table docs/howto/faults.md"


def test_every_fault_has_a_name_of_its_own() -> None:
    assert sum(map(len, GROUPS.values())) == len(FAULTS) >= 40


@pytest.mark.slow
def test_a_training_on_live_data_tells_what_is_amiss_and_keeps_the_key_nowhere(town: Town, good: Path, blank_store: Path) -> None:
    """An expired symbol beside the market: the forecast is made, its run says so, and no file of it has the key."""
    shutil.copytree(good, town.store.folder)
    shutil.copy(blank_store, town.place)
    town.now += timedelta(days=1)
    town.well()
    town.asks = (INDEX, PRICES)
    town.fred.releases = {}
    options = ("--jobs", "1", "--no-report", "--output", str(town.place / "run"), "--tracking-uri", f"sqlite:///{town.place / 'mlflow.db'}")
    with town.lived():
        done = run("train", str(town.written()), "--data", "live", "--cache", str(town.store.folder), *SHORT, *options, place=town.place)
    assert done.returncode == 0, done.stderr
    notes = (town.place / "run" / "metrics.json").read_text("utf-8") + (town.place / "run" / "run.json").read_text("utf-8")
    assert "The series does not exist" in notes
    assert any("prices.csv" in line and "the stored data are 24 hours old" in line for line in town.lines())
    refuse_key(town, Outcome(done, tuple(town.lines()), ""))
