"""The house's rules that no reader should have to check."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ABOVE = {"features": {"forecast", "experiments"}, "forecast": {"experiments"}}


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: a relative import hides where it points"
            yield node.module or ""


def sources(folder: str) -> list[Path]:
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("wing", ABOVE)
def test_imports_run_down_the_house(wing: str) -> None:
    for path in sources(wing):
        for name in imported(path):
            assert name.split(".")[0] not in ABOVE[wing], f"{path.relative_to(ROOT)} imports {name}"


def test_mlflow_is_imported_in_tracking_only() -> None:
    users = {path.parent for wing in ("features", "forecast", "experiments") for path in sources(wing) if "mlflow" in _roots(path)}
    assert users == {ROOT / "forecast" / "tracking"}


def test_only_sources_read_data_in_the_lower_wing() -> None:
    readers = ("read_csv", "read_parquet", "read_excel", "open(")
    for path in sources("features"):
        if path.parent.name not in ("sources", "store") and path.name not in ("owned.py", "places.py"):  # these settle files on the disk
            assert not any(reader in path.read_text("utf-8") for reader in readers), path


def test_kernels_see_arrays_only() -> None:
    for path in sources("forecast/kernels"):
        assert _roots(path) <= {"math", "numpy", "numba", "forecast"}, path
        assert all(name.startswith(("forecast.kernels", "forecast.arrays")) for name in imported(path) if name.startswith("forecast"))


def test_the_house_speaks_of_itself_only() -> None:
    for wing in ("features", "forecast", "experiments", "tests"):
        for path in sources(wing):
            assert "http" + "s://" not in path.read_text("utf-8"), f"{path}: no host in the code"


@pytest.mark.parametrize("heavy", ["numpy", "pandas", "mlflow", "arch", "numba"])
def test_help_does_not_wait_for_heavy_libraries(heavy: str) -> None:
    script = f"""
import sys
from forecast.__main__ import main
try:
    main(["train", "--help"])
except SystemExit:
    pass
print("LOADED" if {heavy!r} in sys.modules else "ABSENT")
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.rstrip().endswith("ABSENT")


def _roots(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imported(path)}
