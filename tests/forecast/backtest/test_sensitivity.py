"""The grid of questions, and what is said of the skill on each."""

import io
import json
from itertools import product
from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from rich.console import Console

from features.errors import InputError
from forecast.api import TrainedRun, load_predictions, predict, train
from forecast.backtest.experiment import Experiment
from forecast.backtest.promotion import LeastSkill, PromotionRule
from forecast.models.ensemble.coherence import coherent
from forecast.report.html.number_format import MINUS
from forecast.report.plots.sensitivity import draw
from forecast.report.text.answer_table import show_answer
from forecast.report.text.sensitivity_table import show_sensitivity
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.answer.demonstrated_skill import SKILL, UNPROVEN, headline, sentence
from forecast.runs.answer.sensitivity import of_two_barriers, sensitivity_grid
from forecast.runs.predictions.read import P_COLUMNS
from forecast.target.outcome import OUTCOMES

FORECAST_SAYS = {"reverse": 0.2, "stall": 0.3, "continue": 0.5}
RULE = PromotionRule()
BASE_RATE_SAYS = {"reverse": 0.4, "stall": 0.25, "continue": 0.35}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> TrainedRun:
    """The default grid on the bundled data, with components that simulate nothing; only the last year and a half is forecast."""
    quick = ["model.components=['climatology','regime']", "companions={}", "walk_forward.start=2023-01-03", "walk_forward.refit_every=250"]
    return train(overrides=quick, output=tmp_path_factory.mktemp("runs") / "run", track=False, report=False, jobs=1)


def answer(
    horizon: int = 21, size: float = 0.5, barrier: str = "surge", skill: float | None = 0.02, t: float | None = 2.0
) -> QuestionAnswer:
    """An answer by hand, of the probabilities above."""
    first = headline(FORECAST_SAYS, LeastSkill("base_rate", skill, t), RULE, "learned")
    return QuestionAnswer(
        question=f"{barrier}_{size}_h{horizon}",
        headline=first,
        sentence=sentence(first, BASE_RATE_SAYS, "which?"),
        asks="which?",
        horizon=horizon,
        barrier_kind=barrier,
        size=size,
        barrier=0.05,
        episode=1,
        probabilities=FORECAST_SAYS,
        uncalibrated=FORECAST_SAYS,
        method="learned",
        base_rate=BASE_RATE_SAYS,
        base_interval={outcome: (p - 0.1, p + 0.1) for outcome, p in BASE_RATE_SAYS.items()},
        base_episodes=40,
        climatology=BASE_RATE_SAYS,
        mc_error=dict.fromkeys(OUTCOMES, 0.001),
        level=0.9,
        interval={outcome: (p - 0.1, p + 0.1) for outcome, p in FORECAST_SAYS.items()},
        components={},
        weights={},
        settled=10,
        settled_episodes=3,
        known="2024-08-14",
        outcome=None,
        met=None,
        met_on=None,
        met_after=None,
        skill=skill,
        skill_t=t,
        skill_over="base_rate",
        skill_episodes=54,
        min_t=RULE.min_t,
        demonstrated=first.demonstrated,
    )


def shown(questions: list[QuestionAnswer]) -> list[str]:
    screen = Console(width=100, file=io.StringIO(), record=True)
    show_sensitivity(screen, questions)
    return screen.export_text().splitlines()


@pytest.mark.parametrize(
    ("skill", "t", "demonstrated"),
    [
        (0.02, RULE.min_t, True),
        (0.02, np.nextafter(RULE.min_t, 0), False),
        (-0.02, -3.0, False),
        (0.02, None, False),
        (None, None, False),
    ],
)
def test_the_forecast_stands_first_and_is_unproven_unless_skill_is_demonstrated(
    skill: float | None, t: float | None, demonstrated: bool
) -> None:
    result = answer(skill=skill, t=t)
    assert result.demonstrated == result.headline.demonstrated == demonstrated
    assert result.headline.probabilities == FORECAST_SAYS
    assert result.headline.standing.startswith(SKILL if demonstrated else UNPROVEN)
    text = result.sentence
    assert text.startswith("Which? The forecast: continue 50%")
    standing = text.index("Skill demonstrated on" if demonstrated else "Unproven on this question: t ")
    assert text.index("The forecast: continue 50%") < text.index("The base rate: continue 35%") < standing


@pytest.mark.parametrize("t", [2.0, 1.0])
def test_the_screen_has_the_forecast_above_the_base_rate(trained: TrainedRun, t: float) -> None:
    assert trained.answer is not None
    main = answer(t=t)
    screen = Console(width=100, file=io.StringIO(), record=True)
    show_answer(screen, trained.answer.model_copy(update={"questions": [main]}), full=True)
    lines = screen.export_text().splitlines()
    rows = [line.split()[0] for line in lines if line.split()[:2] in (["forecast", "with"], ["base", "rate"])]
    assert rows == ["forecast", "base"]
    title = next(i for i, line in enumerate(lines) if line.startswith("21 sessions, barrier"))
    assert lines[title - 1].startswith("Skill demonstrated" if main.demonstrated else "Unproven on this question")


def test_each_cell_has_both_probabilities_the_first_on_top_and_marks_skill() -> None:
    lines = shown([answer(horizon=5), answer(horizon=21, t=0.3), answer(horizon=21, barrier="sigma", size=1.0, skill=None, t=None)])
    top = next(i for i, line in enumerate(lines) if "half the surge" in line)
    assert lines[top].split()[-2:] == ["50/30/20*", "50/30/20"]
    assert lines[top + 1].split() == ["35/25/40", "35/25/40"]
    assert any(line.split() == ["half", "the", "surge", "+0.020", "+2.0*", "+0.020", "+0.3"] for line in lines)
    assert any(line.split() == ["1", "sigma", "not", "known"] for line in lines)
    assert any(line.startswith("Skill is demonstrated on 1 of 3 questions") for line in lines)


def test_many_horizons_stay_within_100_columns_and_one_question_has_no_table() -> None:
    grid = [
        answer(horizon=h, barrier=kind, size=size) for h, (kind, size) in product(range(5, 70, 5), (("surge", 0.123456), ("fixed", 0.03)))
    ]
    lines = shown(grid)
    assert max(len(line) for line in lines) <= 100
    assert sum("0.123456 of the surge" in line for line in lines) == 2 * 3  # 13 horizons, five abreast, two tables
    assert shown([answer()]) == []


def test_rows_are_barriers_by_kind_and_size_and_columns_rise() -> None:
    layout = sensitivity_grid([answer(21), answer(5, 0.05, "fixed"), answer(5, 1.0), answer(63, 1.0, "sigma"), answer(21, 0.03, "fixed")])
    assert layout.barriers == (("surge", 0.5), ("surge", 1.0), ("sigma", 1.0), ("fixed", 0.03), ("fixed", 0.05))
    assert layout.horizons == (5, 21, 63)
    assert len(layout.cells) == 5


def test_a_run_answers_the_whole_grid_and_its_probabilities_are_coherent(trained: TrainedRun) -> None:
    table = load_predictions(trained.folder)
    questions = Experiment().questions
    assert (table.groupby("date").size() == len(questions)).all()
    assert set(trained.metrics["questions"]) == {question.label for question in questions}
    for _, date in table.groupby("date"):
        probabilities, moves, horizons = date[list(P_COLUMNS)].to_numpy(), date["barrier"].to_numpy(), date["horizon"].to_numpy()
        falls = (date["barrier_kind"] == "fall").to_numpy()
        assert coherent(probabilities, moves, horizons, falls).tobytes() == probabilities.tobytes()


def test_the_file_has_the_headline_first_and_every_question_and_a_stored_run_says_the_same(trained: TrainedRun) -> None:
    written = json.loads((trained.folder / "forecast.json").read_text())
    assert next(iter(written)) == "headline"
    assert written["headline"] == written["questions"][0]["headline"]
    assert [one["question"] for one in written["questions"]] == [question.label for question in Experiment().questions]
    for one in written["questions"]:
        assert one["headline"]["probabilities"] == one["probabilities"]
        assert one["demonstrated"] == (one["skill_t"] is not None and one["skill_t"] >= RULE.min_t)
    again = predict(trained.folder, data="kept").answer
    assert trained.answer is not None
    assert (again.headline, again.questions) == (trained.answer.headline, trained.answer.questions)
    lines = shown(again.questions)
    assert max(len(line) for line in lines) <= 100


def test_the_picture_has_every_number_and_the_same_bytes_twice(trained: TrainedRun, tmp_path: Path) -> None:
    assert trained.answer is not None
    first, again = (tmp_path / name for name in ("first.svg", "again.svg"))
    drawn = draw(trained.answer.questions, first).read_text("utf-8")
    assert draw(trained.answer.questions, again).read_text("utf-8") == drawn
    for one in of_two_barriers(trained.answer.questions):
        assert f">{one.skill:+.3f}<".replace("-", MINUS) in drawn
        points = round(100 * (one.probabilities["continue"] - one.probabilities["reverse"]))
        assert (f">{points:+d}<".replace("-", MINUS) if points else ">0<") in drawn
    unknown = [answer(h, size, skill=None, t=None) for h, size in product((5, 21), (0.5, 1.0))]
    assert draw(unknown, tmp_path / "some.svg").read_text("utf-8").count(">not known<") == 4
    assert matplotlib.image.imread(draw(unknown, tmp_path / "some.png")).shape[1] == 1152  # 7.2 inches
    with pytest.raises(InputError, match=r"one question has no sensitivity to show; ask more in \[sensitivity\]"):
        draw([answer()], tmp_path / "one.png")
    with pytest.raises(InputError, match=r"must end in \.png or \.svg"):
        draw(unknown, tmp_path / "some.pdf")
