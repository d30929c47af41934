"""The numbered examples run as they stand, in an empty directory, and print what their first line promises."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from forecast.api import load_predictions

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONGEST = 40  # lines


def example(name: str, place: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "examples" / name)]
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def trained(place: Path) -> str:
    """What the first example prints; its run is the third's."""
    return example("01_train_and_read.py", place)


def test_there_are_three_short_ones_that_say_how_to_run_them() -> None:
    assert [path.name[:2] for path in EXAMPLES] == ["01", "02", "03"]
    for path in EXAMPLES:
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= LONGEST
        assert f"python examples/{path.name}" in text
        assert f"examples/{path.name}" in (ROOT / "docs" / "index.md").read_text("utf-8")


@pytest.mark.slow
def test_the_first_trains_and_reads_three_probabilities(trained: str, place: Path) -> None:
    found = re.findall(r"(reverse|stall|continue) +([\d.]+)% +90 % interval +([\d.]+)% to +([\d.]+)%", trained)
    assert [outcome for outcome, *_ in found] == ["reverse", "stall", "continue"]
    assert sum(float(p) for _, p, *_ in found) == pytest.approx(100, abs=0.2)  # three numbers rounded to a tenth
    assert all(float(low) <= float(p) <= float(high) for _, p, low, high in found)
    assert "US small caps, second size fifth" in trained
    assert len(load_predictions(place / "runs" / "example")) > 50


@pytest.mark.slow
def test_the_second_fits_two_regimes_and_asks_two_barriers(tmp_path: Path) -> None:
    told = example("02_engines.py", tmp_path)
    chances = re.findall(r"First to meet (\d) % .* down ([\d.]+)% .* neither ([\d.]+)% .* up ([\d.]+)% ", told)
    assert [barrier for barrier, *_ in chances] == ["3", "5"]
    assert all(sum(map(float, probabilities)) == pytest.approx(100, abs=0.2) for _, *probabilities in chances)
    near, far = (float(neither) for _, _, neither, _ in chances)
    assert near < far
    assert "log likelihood" in told


@pytest.mark.slow
def test_the_third_scores_that_run_and_writes_positions(trained: str, place: Path) -> None:
    told = example("03_predictions.py", place)
    first = float(re.findall(r"Brier skill over climatology so far: (-?[\d.]+)", trained)[0])
    assert float(re.findall(r"skill (-?[\d.]+), t", told)[0]) == pytest.approx(first, abs=1e-9)
    positions = pd.read_csv(place / "positions.csv", parse_dates=["date", "known"])
    assert positions["position"].between(-1, 1).all()
    assert (positions["known"] > positions["date"]).all()
