"""What Python users see of the results: a few lines, a small table that no text can break, figures without a display."""

import ast
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from features.errors import InputError
from forecast.api import RunForecast, ScoringResult, TrainedRun, load_predictions, predict, score
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.text.console import WIDTH
from forecast.runs.predictions.read import P_COLUMNS
from forecast.target.outcome import OUTCOMES
from forecast.target.surge import SurgeRule
from tests import markets

ROOT = Path(__file__).resolve().parents[3]
RULE = SurgeRule(min_z=1.0, min_return=0.01)
KINDS = ("answer", "fan", "history", "reliability")


@pytest.fixture(scope="module")
def later(small_run: TrainedRun) -> RunForecast:
    return predict(small_run.folder, data="kept")


@pytest.fixture(scope="module")
def scored(small_run: TrainedRun) -> ScoringResult:
    table = small_run.to_frame().set_index("date")[list(P_COLUMNS)]
    return score(table, markets.panel().frame["small"], rule=RULE)


class Cells(HTMLParser):
    """The cells of a table, and every tag."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.cells += [""] if tag in ("td", "th", "p", "small") else []

    def handle_data(self, data: str) -> None:
        self.cells[-1] += data


def cells(html: str) -> tuple[list[str], set[str]]:
    parser = Cells()
    parser.feed(html)
    return parser.cells, parser.tags


def test_a_result_is_a_few_lines_with_the_answer_in_words_and_its_folder(
    small_run: TrainedRun, later: RunForecast, scored: ScoringResult
) -> None:
    assert small_run.answer is not None
    for result in (small_run, later):
        lines = repr(result).splitlines()
        assert len(lines) <= 10
        assert all(len(line) <= WIDTH for line in lines)
        assert lines[-1] == f"Run: {small_run.folder}"
        words = " ".join(line.strip() for line in lines)
        assert small_run.answer.surge.sentence in words
        assert small_run.answer.questions[0].sentence in words
    assert repr(small_run.answer).count("\n") == 2
    first, *questions = repr(scored).splitlines()
    assert first == "the table, scored by prices: 1 question"
    words = " ".join(" ".join(questions).split())
    assert words.startswith(tally_of_evaluations(scored.evaluations.values())[0])
    assert re.search(r"surge_0.5_h21: \d+ surge sessions, \d+ episodes; Brier 0\.\d+, skill over climatology [+-]0\.\d+ ", words)


def test_a_result_is_a_small_table_in_a_notebook(small_run: TrainedRun, later: RunForecast) -> None:
    assert small_run.answer is not None
    main = small_run.answer.questions[0]
    for result in (small_run, later):
        said, _ = cells(result._repr_html_())
        assert [name for name in said if name in OUTCOMES] == ["continue", "stall", "reverse"]
        row = said.index("base rate")
        assert [cell.replace("\N{NO-BREAK SPACE}", "").partition("%")[0] for cell in said[row + 1 : row + 4]] == [
            f"{100 * main.base_rate[name]:.0f}" for name in ("continue", "stall", "reverse")
        ]


def test_text_in_a_table_is_no_markup(small_run: TrainedRun, scored: ScoringResult) -> None:
    assert small_run.answer is not None
    strange = "<script>alert(1)</script> & <b>Co</b>"
    answer = small_run.answer.model_copy(update={"series": strange})
    for result in (replace(small_run, answer=answer), replace(scored, name=strange)):
        said, tags = cells(result._repr_html_())
        assert any(strange in cell for cell in said)
        assert not {"script", "b"} & tags


def test_a_run_without_a_surge_says_so(small_run: TrainedRun) -> None:
    empty = replace(small_run, answer=None)
    assert repr(empty).startswith("No surge in this history could be forecast")
    assert "No surge in this history" in empty._repr_html_()


def test_frames_are_the_predictions(small_run: TrainedRun, later: RunForecast, scored: ScoringResult) -> None:
    pd.testing.assert_frame_equal(small_run.to_frame(), load_predictions(small_run.folder))
    assert small_run.answer is not None
    (row,) = later.to_frame().to_dict("records")
    assert row["date"] == pd.Timestamp(small_run.answer.surge.session)
    assert {name: row[f"p_{name}"] for name in OUTCOMES} == small_run.answer.questions[0].probabilities
    frame = scored.to_frame()
    assert list(frame.index.names) == ["question", "forecaster"]
    (evaluation,) = scored.evaluations.values()
    mine = frame.loc[("surge_0.5_h21", "the table")]
    assert mine["brier"] == evaluation.forecasters["the table"].scores["brier"]
    base = frame.loc[("surge_0.5_h21", "climatology"), "brier"]
    assert mine["skill"] == pytest.approx(1 - mine["brier"] / base, abs=1e-12)  # what Brier skill is


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_of_each_kind_is_a_figure(small_run: TrainedRun, later: RunForecast, kind: Any) -> None:
    for result in (small_run, later):
        figure = result.plot(kind)
        assert figure._suptitle.get_text()
        assert figure._repr_png_().startswith(b"\x89PNG")
    assert small_run.plot(kind, width=3.75).get_figwidth() == 3.75


def test_a_score_draws_its_reliability(scored: ScoringResult) -> None:
    assert "surge_0.5_h21" in scored.plot()._suptitle.get_text().replace("\n", " ")


def test_what_cannot_be_drawn_is_one_line(small_run: TrainedRun, scored: ScoringResult) -> None:
    wrong: Any = "pie"
    for call, said in (
        (lambda: small_run.plot(wrong), "kind 'pie': no such picture; choose from answer, contrasts, fan, history, reliability"),
        (lambda: replace(small_run, answer=None).plot(wrong), "kind 'pie'"),
        (lambda: scored.plot(wrong), "kind 'pie': probabilities without a run have the picture 'reliability' only"),
        (lambda: scored.plot(question="surge_0.5_h20"), "question 'surge_0.5_h20': is not scored; did you mean 'surge_0.5_h21'"),
    ):
        with pytest.raises(InputError, match=re.escape(said)):
            call()


def test_no_module_of_the_package_loads_matplotlib_before_a_picture_is_wanted() -> None:
    for path in (ROOT / "forecast").rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:  # at the top of the module, not in a function
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "matplotlib" for name in names), path
