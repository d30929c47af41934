"""The numbered examples run as they stand, in an empty directory, and print what their first line promises."""

import re
import runpy
import sys
from contextlib import chdir, redirect_stdout
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from forecast.api import load_predictions

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
LONGEST = 50  # lines
NAMES = ["01_train_and_read", "02_own_prices", "03_engines", "04_score", "05_predictions"]


def example(name: str, place: Path) -> str:
    """What an example prints, run in `place` as a program, in the tests' own process: imports are paid once."""
    path, out = ROOT / "examples" / f"{name}.py", StringIO()
    with pytest.MonkeyPatch.context() as patch, chdir(place), redirect_stdout(out):
        patch.setattr(sys, "argv", [str(path)])
        runpy.run_path(str(path), run_name="__main__")
    return out.getvalue()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("examples")


@pytest.fixture(scope="module")
def trained(place: Path) -> str:
    """What the first example prints; its run is the fifth's."""
    return example(NAMES[0], place)


def test_there_are_five_short_ones_that_say_how_to_run_them() -> None:
    assert [path.stem for path in EXAMPLES] == NAMES
    for path in EXAMPLES:
        text = path.read_text("utf-8")
        assert len(text.splitlines()) <= LONGEST
        assert f"python examples/{path.name}" in text
        assert f"examples/{path.name}" in (ROOT / "docs" / "index.md").read_text("utf-8")


@pytest.mark.slow
def test_the_first_trains_and_reads_three_probabilities(trained: str, place: Path) -> None:
    rows = re.findall(r"(reverse|stall|continue) +([\d.]+)% +90 % interval +([\d.]+)% to +([\d.]+)%", trained)
    assert [outcome for outcome, *_ in rows] == ["continue", "stall", "reverse"]
    assert sum(float(p) for _, p, *_ in rows) == pytest.approx(100, abs=0.2)  # three numbers rounded to a tenth
    assert all(float(low) <= float(p) <= float(high) for _, p, low, high in rows)
    assert "US small caps, second size fifth, 2024-07-16: +11.83% in 5 sessions" in trained
    assert len(load_predictions(place / "runs" / "example")) > 50
    assert (place / "answer.png").stat().st_size > 10_000


@pytest.mark.slow
def test_the_second_goes_from_a_table_to_an_answer_cell_by_cell(tmp_path: Path) -> None:
    printed = example(NAMES[1], tmp_path)
    assert (ROOT / "examples" / f"{NAMES[1]}.py").read_text("utf-8").count("# %%") >= 5
    assert "data: close from Close, open from Open, high from High, low from Low" in printed
    older, newer = re.findall(r"^(?:S&P 500, )?(\d{4}-\d\d-\d\d):? .*(?:in 5 sessions|reverse)", printed, re.MULTILINE)
    assert older <= "2018-06-30" < newer
    assert "skill over climatology" in printed
    assert {path.name for path in tmp_path.glob("*.png")} == {"history.png", "fan.png"}


@pytest.mark.slow
def test_the_third_fits_engines_and_asks_two_barriers(tmp_path: Path) -> None:
    printed = example(NAMES[2], tmp_path)
    assert "Log-likelihood" in printed
    chances = re.findall(r"First to meet (\d) % .* down ([\d.]+)% .* neither ([\d.]+)% .* up ([\d.]+)% ", printed)
    assert [barrier for barrier, *_ in chances] == ["3", "5"]
    assert all(sum(map(float, probabilities)) == pytest.approx(100, abs=0.2) for _, *probabilities in chances)
    near, far = (float(neither) for _, _, neither, _ in chances)
    assert near < far


@pytest.mark.slow
def test_the_fourth_scores_probabilities_without_a_file(tmp_path: Path) -> None:
    printed = example(NAMES[3], tmp_path)
    skill, low, high = map(float, re.findall(r"skill over climatology ([+-][\d.]+) \[([+-][\d.]+),\s+([+-][\d.]+)\]", printed)[0])
    assert low < skill < high
    assert (tmp_path / "reliability.png").is_file()


@pytest.mark.slow
def test_the_fifth_scores_the_run_of_the_first_and_writes_positions(trained: str, place: Path) -> None:
    printed = example(NAMES[4], place)
    first = float(re.findall(r"Brier skill over the base rate so far: (-?[\d.]+)", trained)[0])
    assert float(re.findall(r"skill (-?[\d.]+), t", printed)[0]) == pytest.approx(first, abs=1e-9)
    positions = pd.read_csv(place / "positions.csv")
    assert positions["position"].between(-1, 1).all()
