"""Notes on an answer: few on the screen, and each once."""

import io

from forecast.report.sentences import distinct_warnings
from forecast.report.text.console import Screen, show_first_notes

NOTES = ["one", "two " * 40, "three", "four", "five"]


def shown(*, full: bool) -> list[str]:
    screen = Screen(file=io.StringIO(), width=60)
    show_first_notes(screen, NOTES, full=full)
    return screen.file.getvalue().splitlines()  # type: ignore[attr-defined]


def test_three_notes_of_a_line_each_are_shown_and_how_many_more_there_are() -> None:
    lines = shown(full=False)
    assert lines == ["· one", f"· {'two ' * 14}t…", "· three", "  2 more with --full, and in the report"]
    assert [line for line in shown(full=True) if line.startswith("· ")][-1] == "· five"
    assert len(shown(full=True)) > 5


def test_a_warning_that_comes_again_with_other_figures_is_one_line_with_its_days() -> None:
    warnings = [f"20{year}-01-04: msgarch: the best of {year} climbs ended at -{year}.5e-3" for year in range(10, 24)]
    assert distinct_warnings([*warnings, "2024-07-16: garch: did not converge", "finished folds are not kept"]) == [
        "msgarch: the best of 10 climbs ended at -10.5e-3 (14 times, 2010-01-04 to 2023-01-04)",
        "garch: did not converge (2024-07-16)",
        "finished folds are not kept",
    ]
