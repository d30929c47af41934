"""The README's table of skill, and the page behind it."""

import json
from datetime import date
from pathlib import Path

import pytest

from experiments.questions import QUESTIONS, barrier_in_words
from experiments.skill.__main__ import skill
from experiments.skill.measurement import BEGIN, END, PAGE, checked_readme, finished_runs, measure, write_measured
from experiments.skill.page import MeasuredRun
from features.errors import InputError
from forecast.runs.folder import Run
from forecast.runs.manifest import MANIFEST, digests, write_json
from forecast.target.question import Question
from tests.experiments.command import exit_code
from tests.runs import make_run

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
DAY = date(2026, 11, 22)
EXTRA = Question(horizon=5, barrier="fixed", size=0.03)


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    place = tmp_path_factory.mktemp("runs")
    report = []
    for number, (min_z, questions) in enumerate(QUESTIONS):
        folder = make_run(place / f"run{number}", (*questions, EXTRA), seed=number)
        write_json(folder / "experiment.json", {"surge": {"min_z": min_z}})
        manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
        write_json(folder / MANIFEST, manifest | {"files": digests(folder)})
        report.append(folder)
    return report[0], report[1]


@pytest.fixture(scope="module")
def runs(folders: tuple[Path, Path]) -> list[Run]:
    return finished_runs(folders)


@pytest.fixture(scope="module")
def measured(runs: list[Run]) -> list[MeasuredRun]:
    return measure(runs)


@pytest.fixture
def readme(tmp_path: Path) -> Path:
    page = tmp_path / "README.md"
    page.write_text(f"before\n\n{BEGIN}\nthe old table\n{END}\n\nafter\n", "utf-8")
    return page


def test_the_table_holds_what_the_reports_say_and_the_rest_of_the_page_stays(
    measured: list[MeasuredRun], readme: Path, tmp_path: Path
) -> None:
    assert write_measured(measured, readme, tmp_path / "docs", today=DAY) == [tmp_path / "docs" / PAGE, readme]
    text = readme.read_text("utf-8")
    assert text.startswith(f"before\n\n{BEGIN}\n")
    assert text.endswith(f"{END}\n\nafter\n")
    assert "the old table" not in text
    rows = [line for line in text.splitlines() if line.startswith("| ")][2:]
    assert [row.split("|")[1].strip() for row in rows] == [
        "half the surge, z ≥ 1.5",
        "the whole surge, z ≥ 1",
        "0.75 sigma, z ≥ 1",
        "5 %, z ≥ 1",
    ]
    report = measured[0].reports["surge_0.5_h21"]
    over = report.forecasters["pool"].over
    short = [cell.strip() for cell in rows[0].split("|")[2:-1]]
    assert short[0] == str(report.episodes)
    assert [float(cell) for cell in short[1:]] == pytest.approx(
        [number for who in ("base_rate", "climatology") for number in (over[who].skill, over[who].diebold_mariano.t)], abs=0.05
    )
    page = (tmp_path / "docs" / PAGE).read_text("utf-8")
    assert "measured\n2026-11-22" in page or "measured 2026-11-22" in page
    full = next(line for line in page.splitlines() if line.startswith("| half the surge in 21 sessions, z ≥ 1.5"))
    cells = [cell.strip() for cell in full.split("|")[2:-1]]
    assert cells[:2] == ["198", f"{report.episodes} ({report.effective:.0f})"]
    expected = [
        number for who in ("base_rate", "climatology", "ewma", "garch") for number in (over[who].skill, over[who].diebold_mariano.t)
    ]
    assert [float(cell) for cell in cells[2:10]] == pytest.approx(expected, abs=0.05)
    corp = report.forecasters["pool"].corp
    assert ["!" in part for part in cells[10].split(" / ")] == [corp[outcome].miscalibration > 0.01 for outcome in report.words]
    assert cells[11] == f"{sum(group.inside for group in report.coverage)} of 9"
    assert [float(part.rstrip("!*")) for part in cells[10].split(" / ")] == pytest.approx(
        [1000 * corp[outcome].miscalibration for outcome in ("continue", "stall", "reverse")], abs=0.05
    )


def test_the_page_has_every_question_in_full_and_the_others_in_a_row(measured: list[MeasuredRun], readme: Path, tmp_path: Path) -> None:
    page = write_measured(measured, readme, tmp_path, today=DAY)[0].read_text("utf-8")
    for _, questions in QUESTIONS:
        for question in questions:
            assert f"`{question.label}`: {question.sentence}" in page
    assert page.count("| 3 % in 5 sessions, z ≥") == 2
    for part in ("| pool ", "| analogs ", "| stall ", "decade: 1990s", "regime: wild", "set p", "interval", "Monitor"):
        assert page.count(part) >= 4, part


def test_the_page_begins_with_the_questions_on_which_skill_over_the_base_rate_is_not_shown(
    measured: list[MeasuredRun], readme: Path, tmp_path: Path
) -> None:
    page = " ".join(write_measured(measured, readme, tmp_path, today=DAY)[0].read_text("utf-8").split())
    first = page[: page.index("Made on")]
    for who, words in (("base_rate", "the base rate"), ("climatology", "climatology")):
        part = next(one for one in first.split("**") if one.startswith(f"Skill over {words} "))
        lacking, _, shown = part.partition("is shown on: ")
        for one in measured:
            for label in one.shown:
                t = one.reports[label].forecasters["pool"].over[who].diebold_mariano.t
                assert f"{barrier_in_words(label)} (z ≥ {one.min_z:g})" in (shown if t >= 1.65 else lacking)


def test_the_same_runs_give_the_same_pages_twice_in_either_order(
    folders: tuple[Path, Path], runs: list[Run], measured: list[MeasuredRun], readme: Path, tmp_path: Path
) -> None:
    first = [path.read_bytes() for path in write_measured(measured, readme, tmp_path, today=DAY)]
    assert first == [path.read_bytes() for path in write_measured(measured, readme, tmp_path, today=DAY)]
    assert [run.folder for run in finished_runs(folders[::-1])] == [run.folder for run in runs]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", PAGE]


def test_the_command_takes_finished_runs(folders: tuple[Path, Path], readme: Path, tmp_path: Path) -> None:
    options = ["--runs", *map(str, folders), "--readme", str(readme), "--docs", str(tmp_path / "docs")]
    assert exit_code(skill, *options) == 0
    assert (tmp_path / "docs" / PAGE).is_file()


def test_a_page_without_the_markers_is_one_clear_line_and_nothing_is_written(measured: list[MeasuredRun], tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    for text in ("no markers\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"):
        page.write_text(text, "utf-8")
        with pytest.raises(InputError, match="must hold once, each on a line of its own"):
            write_measured(measured, page, tmp_path / "docs")
        assert page.read_text("utf-8") == text
    assert not (tmp_path / "docs").exists()


def test_runs_that_do_not_answer_are_refused(folders: tuple[Path, Path], runs: list[Run]) -> None:
    with pytest.raises(InputError, match=r"none has surge.min_z = 1, they have run0 1.5, run0 1.5"):
        finished_runs((folders[0], folders[0]))
    with pytest.raises(InputError, match=r"has no settled forecast of surge_0\.5_h21"):
        measure([runs[1], runs[1]])


def test_the_readme_has_its_markers() -> None:
    assert BEGIN in checked_readme(ROOT / "README.md")
