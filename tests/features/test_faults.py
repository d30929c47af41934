"""Whatever goes wrong with live data is said in one line, and what was kept stays as it was."""

import re
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("yfinance", reason="the extra live is not installed: pip install 'smallcap-surge[live]'")

from tests.faults import FAULTS, GROUPS
from tests.faults.fault import healed, tried
from tests.origins.fred import KEY
from tests.origins.server import Origin
from tests.origins.town import Town, odds, streets


@pytest.fixture(scope="module")
def origins() -> Iterator[dict[str, Origin]]:
    with streets() as found:
        yield found


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
    found = Town(tmp_path, origins, monkeypatch)
    yield found
    for each in found.open:
        each.close()


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_said_in_one_line_and_what_was_kept_stays(name: str, town: Town, good: Path, caplog: pytest.LogCaptureFixture) -> None:
    tried(FAULTS[name], town, good)
    assert KEY not in caplog.text
    healed(FAULTS[name], town)


def test_the_page_has_every_fault_and_no_other() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "howto" / "faults.md").read_text("utf-8")
    rows = re.findall(r"^\| (.+?) \| .+ \| .+ \| [02] \|$", page, re.MULTILINE)
    assert rows == list(FAULTS), "make it anew: python -m tests.fault_table docs/howto/faults.md"


def test_every_fault_has_a_name_of_its_own() -> None:
    assert sum(map(len, GROUPS.values())) == len(FAULTS) >= 40
