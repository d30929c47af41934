"""What pyproject.toml promises is what is tested."""

import re
import tomllib
from pathlib import Path

import forecast
from forecast import api

ROOT = Path(__file__).resolve().parent.parent


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return {_plain(line.split("==")[0]): line.split("==")[1] for line in lines if line and not line.startswith("#")}


def bounds(*extras: str) -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], *(item for extra in extras for item in project["optional-dependencies"][extra])]
    return {_plain(item.split(">=")[0].split("[")[0]): item.split(">=")[1] for item in wanted}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lowest_versions_that_are_tested_are_the_bounds() -> None:
    assert pins("constraints-lowest.txt") == bounds("test")


def test_every_dependency_is_pinned_at_or_above_its_bound() -> None:
    pinned = pins("constraints.txt")
    for name, bound in bounds("test", "dev", "docs", "browser", "postgresql", "tools", "excel", "live", "dask").items():
        assert _numbers(pinned[name]) >= _numbers(bound), name


def test_the_package_shows_its_doors() -> None:
    assert [name for name in dir(forecast) if not name.startswith("__")] == ["api", "engines"]
    assert set(dir(api)) == set(api.__all__)
    assert {"Garch", "MSGarch", "MarkovSwitching", "first_passage"} <= set(dir(forecast.engines))
    assert forecast.__getattr__("api") is api
    assert {"train", "predict", "score", "load_predictions"} <= set(api.__all__)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version))
