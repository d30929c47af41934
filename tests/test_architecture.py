"""The order of the rooms, and other rules of the house that no reader should have to check."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LAYERS = (  # imports run from later to earlier lines, never the other way; rooms on one line do not import one another
    ("features.errors", "features.names"),
    ("features.panel", "features.files"),
    ("features.rates",),
    ("features.builders", "features.catalogue"),
    ("features.sources",),
    ("features.live",),
    ("forecast.engines",),
    ("forecast.target",),
    ("forecast.models",),
    ("forecast.backtest",),
    ("forecast.runs",),
    ("forecast.report",),
    ("forecast.api",),
    ("forecast.cli",),
    ("forecast.train", "forecast.__main__"),
    ("experiments",),
)
LEVEL = {room: level for level, rooms in enumerate(LAYERS) for room in rooms}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """The file's imports and classes, inside functions too."""
    return tuple(
        node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Import | ast.ImportFrom | ast.ClassDef)
    )


def imported(path: Path) -> Iterator[str]:
    """Every module that the file imports, inside functions too, names of packages' submodules included."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            module = node.module or ""
            yield from (f"{module}.{alias.name}" if "." not in module else module for alias in node.names)


def room_of(module: str) -> str | None:
    """The room of LAYERS that a module stands in; None for other people's modules and for a wing by itself."""
    return next((room for room in LEVEL if module == room or module.startswith(f"{room}.")), None)


def sources(folder: str) -> list[Path]:
    paths = sorted((ROOT / folder).rglob("*.py"))
    assert paths
    return paths


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("wing", ["features", "forecast"])
def test_imports_run_down_the_rooms(wing: str) -> None:
    for path in sources(wing):
        module = module_of(path)
        if module in ("features", "forecast"):  # hands on what is asked for by name
            continue
        room = room_of(module)
        assert room is not None, f"{path.relative_to(ROOT)} stands in no room; add it to LAYERS, where it belongs"
        for name in imported(path):
            other = room_of(name)
            assert other in (None, room) or LEVEL[other] < LEVEL[room], f"{path.relative_to(ROOT)} imports {name}"


def test_the_top_of_the_forecast_wing_has_few_entries() -> None:
    entries = {path.name for path in (ROOT / "forecast").iterdir() if path.suffix == ".py" or (path.is_dir() and any(path.glob("*.py")))}
    assert entries == {
        "__init__.py",
        "__main__.py",
        "api.py",
        "train.py",
        *(room.split(".")[1] for room in LEVEL if "forecast." in room),
    } - {
        "__main__",
        "api",
        "train",
    }


def test_no_two_public_classes_have_one_name() -> None:
    seen: dict[str, str] = {}
    for wing in ("features", "forecast", "experiments"):
        for path in sources(wing):
            for node in nodes(path):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    assert node.name not in seen, f"class {node.name} in {path.relative_to(ROOT)} and in {seen[node.name]}"
                    seen[node.name] = str(path.relative_to(ROOT))


def test_mlflow_is_imported_in_tracking_only() -> None:
    users = {path.parent for wing in ("features", "forecast", "experiments") for path in sources(wing) if "mlflow" in _roots(path)}
    assert users == {ROOT / "forecast" / "runs" / "tracking"}


def test_only_what_reads_files_reads_them_in_the_lower_wing() -> None:
    readers = ("read_csv", "read_parquet", "read_excel", "open(")
    for path in sources("features"):
        if module_of(path).startswith(("features.files", "features.sources", "features.live")) or path.name in (
            "recessions.py",
            "fomc.py",
            "exchange_calendar.py",
        ):
            continue
        assert not any(reader in path.read_text("utf-8") for reader in readers), path


def test_kernels_see_arrays_only() -> None:
    for path in sources("forecast/engines/kernels"):
        assert _roots(path) <= {"math", "numpy", "forecast"}, path
        assert all(
            name.startswith(("forecast.engines.kernels", "forecast.engines.arrays", "forecast.engines.compilation"))
            for name in imported(path)
            if name.startswith("forecast")
        )


def test_engines_know_nothing_of_surges() -> None:
    for path in sources("forecast/engines"):
        assert not any(name.startswith("features") for name in imported(path)), path


def test_the_house_speaks_of_itself_only() -> None:
    for wing in ("features", "forecast", "experiments", "tests"):
        for path in sources(wing):
            assert "http" + "s://" not in path.read_text("utf-8"), f"{path}: no host in the code"


def test_help_does_not_wait_for_heavy_libraries() -> None:
    script = """
import sys
from forecast.cli.app import main
try:
    main(["train", "--help"])
except SystemExit:
    pass
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = done.stdout.splitlines()[-1].split()
    assert "forecast.cli.app" in loaded
    assert not {"numpy", "pandas", "mlflow", "arch", "numba"} & set(loaded)


def test_dask_is_imported_where_a_scheduler_is_asked_for_and_nowhere_else() -> None:
    using = [path for wing in ("features", "forecast") for path in sources(wing) if {"dask", "distributed"} & _roots(path)]
    assert using == [ROOT / "forecast/backtest/markets/cluster.py"]
    script = "import sys, forecast.report.markets.many, forecast.backtest.markets.cluster; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert not {"dask", "distributed"} & set(done.stdout.split())


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}
