"""Any question asked of a fitted run."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import ndtr

from features.errors import InputError
from forecast import api
from forecast.engines.passage.weighted_paths import passages, path_weights
from forecast.runs.ask.ask import AnsweredRun
from forecast.runs.ask.event import Event
from forecast.runs.ask.surface import Grid
from forecast.runs.ask.surface_file import read_base_rate, read_surface
from forecast.runs.fitted_run import read_forecaster
from forecast.runs.folder import Run, open_run
from forecast.runs.manifest import BASE_RATE, PATHS
from forecast.runs.repredict import experiment_of, stored_dataset
from forecast.target.outcome import OUTCOMES
from forecast.target.question import FALL
from tests.commands import assert_refused, run
from tests.processes import ROOT
from tests.reports import run_of

MEET = 1e-12  # where a question is one of the grid's, its answer is the grid's
ROUNDING = 1e-12


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return run_of("whole", tmp_path_factory).folder


@pytest.fixture(scope="module")
def answered(tmp_path_factory: pytest.TempPathFactory) -> AnsweredRun:
    return AnsweredRun.of(run_of("whole", tmp_path_factory))


# weighted paths ---------------------------------------------------------------------------------------------------------


def test_what_paths_meet_is_counted_by_hand() -> None:
    moves = np.array([[0.04, -0.06, 0.10], [-0.02, -0.03, -0.01], [-0.06, 0.07, 0.0]])
    met = passages(moves, np.array([0.05, 0.05, 0.03]), np.array([1, 3, 3]))
    assert met.reverse.T.tolist() == [[False, False, True], [True, False, True], [False, True, True]]
    assert met.rise_first.T.tolist() == [[False] * 3, [False] * 3, [True, False, False]]
    assert met.fall.T.tolist() == [[False, False, True], [True, False, True], [True, True, True]]
    assert met.rise.T.tolist() == [[False] * 3, [True, False, True], [True, False, True]]


def test_weights_are_equal_where_the_targets_are_what_the_paths_have() -> None:
    events = np.random.default_rng(0).random((500, 3)) < [0.2, 0.5, 0.9]
    assert_allclose(path_weights(events, events.mean(axis=0)), 1 / 500, rtol=1e-6)


def test_one_event_is_reweighted_exactly_as_least_relative_entropy_says() -> None:
    events = np.zeros((100, 1), dtype=bool)
    events[:30] = True
    weights = path_weights(events, np.array([0.6]))  # every path with the event alike, and every other
    assert_allclose(weights, np.where(events[:, 0], 0.6 / 30, 0.4 / 70), rtol=1e-5)


@given(st.integers(0, 2**32 - 1), st.integers(1, 6))
def test_weights_give_each_event_its_target_where_some_weights_do(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    events = rng.random((400, count)) < rng.uniform(0.2, 0.8, count)
    tilted = rng.uniform(0.5, 1.5, 400)
    targets = (tilted / tilted.sum()) @ events
    weights = path_weights(events, targets)
    assert (weights >= 0).all()
    assert_allclose(weights.sum(), 1, rtol=ROUNDING)
    assert_allclose(weights @ events, targets, atol=1e-5)  # SLACK times the tilt


def test_an_event_that_no_path_has_costs_the_others_nothing() -> None:
    events = np.zeros((200, 2), dtype=bool)
    events[:50, 0] = True
    weights = path_weights(events, np.array([0.4, 0.01]))
    assert_allclose(weights @ events, [0.4, 0.0], atol=1e-5)


def test_a_surface_of_a_random_walk_is_what_the_reflection_principle_says() -> None:
    rng = np.random.default_rng(3)
    steps = rng.standard_normal((4000, 400)) * 0.01 / 20  # twenty steps of a session's variance each, watched at every one
    paths = np.cumsum(np.concatenate([steps, -steps]), axis=1)
    table = api.surface(paths, [0.008, 0.012], [400])
    exact = 2 * ndtr(-(table["barrier"] + 0.5826 * 0.01 / 20) / 0.01)
    assert_allclose(table["p_fall"], exact, atol=0.015)  # two standard errors of 8,000 paths, antithetic
    assert_allclose(table["p_rise"], exact, atol=0.015)
    assert (table["p_fall"] >= table["p_reverse"]).all()


def test_a_surface_is_in_words_when_its_paths_are_none() -> None:
    with pytest.raises(ValueError, match="at least 5 sessions"):
        api.surface(np.zeros((3, 4)), [0.05], [5])
    with pytest.raises(ValueError, match="weights must be one a path, 3"):
        api.surface(np.zeros((3, 5)), [0.05], [5], weights=[1.0])


# asking -----------------------------------------------------------------------------------------------------------------


def test_a_question_of_the_grid_has_the_grids_own_answer(answered: AnsweredRun) -> None:
    for question in answered.questions:
        fall = question.barrier_kind == FALL
        p, bounds = answered.surface.probabilities(Event("fall" if fall else "both", question.barrier, question.horizon))
        assert_allclose(p, [question.probabilities[name] for name in OUTCOMES], atol=MEET)
        assert_allclose(bounds.T, [question.interval[name] for name in OUTCOMES], atol=MEET)


def test_just_beside_a_question_of_the_grid_the_answer_is_next_to_the_grids(answered: AnsweredRun) -> None:
    question = answered.questions[0]
    p, _ = answered.surface.probabilities(Event("both", question.barrier * (1 + 1e-9), question.horizon))
    assert_allclose(p, [question.probabilities[name] for name in OUTCOMES], atol=0.01)  # 200 paths a component made the grid


@given(
    side=st.sampled_from(["fall", "rise", "both"]),
    move=st.floats(0.005, 0.3),
    more=st.floats(1.0, 1.5),
    horizon=st.integers(1, 21),
    later=st.integers(0, 10),
)
def test_no_nearer_close_is_met_less_often_and_no_later_one(
    answered: AnsweredRun, side: str, move: float, more: float, horizon: int, later: int
) -> None:
    longer = min(horizon + later, 21)
    near, _ = answered.surface.probabilities(Event(side, move, longer))  # type: ignore[arg-type]
    far, _ = answered.surface.probabilities(Event(side, move * more, horizon))  # type: ignore[arg-type]
    assert 1 - near[1] >= 1 - far[1] - ROUNDING
    assert_allclose(near.sum(), 1, rtol=ROUNDING)
    assert (near >= 0).all()


def test_a_fall_is_no_rarer_than_the_lower_barrier_met_first(answered: AnsweredRun) -> None:
    for move in (0.01, 0.03, 0.07):
        both, _ = answered.surface.probabilities(Event("both", move, 15))
        for side, outcome in (("fall", 0), ("rise", 2)):
            alone, bounds = answered.surface.probabilities(Event(side, move, 15))  # type: ignore[arg-type]
            assert alone[outcome] >= both[outcome] - 5e-3
            assert (bounds[0] <= alone).all()
            assert (alone <= bounds[1]).all()


def test_a_level_and_a_day_are_a_fall_and_sessions(folder: Path, answered: AnsweredRun) -> None:
    surge = answered.surge
    fall = api.ask(folder, fall="5%", within=10)
    level = api.ask(folder, level=surge.close * 0.95, by=fall.by)
    assert level.horizon == 10
    assert_allclose(level.estimate.probability, fall.estimate.probability, atol=1e-9)
    assert api.ask(folder, rise=0.02, within=10).outcomes.keys() == {"rises", "does not"}


def test_json_has_one_side_flat_and_both_by_outcome(folder: Path) -> None:
    one = json.loads(run("ask", str(folder), "--fall", "5%", "--within", "7", "--json").stdout)
    assert {"probability", "low", "high", "base_rate", "trust", "nearest"} <= one.keys()
    both = json.loads(run("ask", str(folder), "--barrier", "0.04", "--within", "7", "--json").stdout)
    assert [name for name in both if name in OUTCOMES] == ["continue", "stall", "reverse"]
    assert_allclose(sum(both[name]["probability"] for name in OUTCOMES), 1, rtol=ROUNDING)


def test_the_screen_says_what_is_asked_and_fits_100_columns(folder: Path) -> None:
    lines = run("ask", str(folder), "--barrier", "5%", "--within", "12").stdout.splitlines()
    assert max(map(len, lines)) <= 100
    text = " ".join(" ".join(lines).split())
    assert "Which comes first, a close 5.13 % above the surge's" in text
    assert "Trust: " in text


@pytest.mark.parametrize(
    ("words", "line"),
    [
        ((), "one of --fall 5%, --rise 5%, --barrier 5% and --level 2150"),
        (("--fall", "5%", "--rise", "5%", "--within", "5"), "give one"),
        (("--fall", "5%"), "--within 21 (sessions) or --by YYYY-MM-DD"),
        (("--fall", "5 percent", "--within", "5"), "--fall 5 percent: must be a share such as 5% or 0.05"),
        (("--fall", "5", "--within", "5"), "--fall 5: must be above 0 and below the whole price"),
        (("--fall", "5%", "--within", "22"), "--within 22: must be 1 to 21 sessions"),
        (("--fall", "5%", "--by", "1999-01-04"), "--by 1999-01-04: must be after the surge"),
        (("--level", "-3", "--within", "5"), "--level -3: must be above 0"),
    ],
)
def test_what_is_no_question_is_refused_in_a_line(folder: Path, words: tuple[str, ...], line: str) -> None:
    assert_refused(run("ask", str(folder), *words), line)


def test_what_a_run_keeps_answers_as_its_fitted_models_do(tmp_path_factory: pytest.TempPathFactory, answered: AnsweredRun) -> None:
    fitted_run = run_of("whole", tmp_path_factory)
    experiment = experiment_of(fitted_run)
    dataset, forecaster = stored_dataset(fitted_run, experiment), read_forecaster(fitted_run)
    simulated = AnsweredRun.of_forecast(answered.surge, answered.questions, dataset, forecaster, seed=experiment.seed)
    assert simulated.exchange == answered.exchange
    for event in (Event("fall", 0.033, 13), Event("rise", 0.021, 9), Event("both", 0.047, 20)):
        assert simulated.ask(event) == answered.ask(event)  # to the bit


def test_asking_what_a_run_keeps_waits_neither_for_numba_nor_for_scikit_learn(folder: Path) -> None:
    script = """
import sys
from forecast.cli.app import main
try:
    main(["ask", sys.argv[1], "--fall", "3.3%", "--within", "13"])
except SystemExit:
    pass
print(*sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True, cwd=ROOT)
    loaded = done.stdout.splitlines()[-1].split()
    assert "forecast.runs.ask.ask" in loaded
    assert not {"numba", "sklearn", "scipy.optimize", "scipy.stats", "mlflow"} & set(loaded)


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("weight", -1.0, "weights at least 0 and sum to 1"),
        ("3", float("nan"), "moves must be finite"),
        (None, 0.0, "its columns must be weight, 1 to 21"),
    ],
)
def test_paths_that_cannot_be_are_refused(folder: Path, tmp_path: Path, column: str | None, value: float, said: str) -> None:
    shutil.copy(folder / PATHS, tmp_path)
    frame = pd.read_parquet(tmp_path / PATHS)
    if column is None:
        frame = frame.iloc[:, :-1]
    else:
        frame.loc[0, column] = value
    frame.to_parquet(tmp_path / PATHS, index=False)
    grid = Grid.of(AnsweredRun.of(open_run(folder)).questions)
    with pytest.raises(InputError, match="not the paths of a run") as caught:
        read_surface(Run(tmp_path, open_run(folder).manifest), grid)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("vol", -1.0, "episodes and vol must be at least 0"),
        ("own", [[[0.0]]], "own must be of shape"),
        ("rows", "x", "rows: input should be"),
    ],
)
def test_a_base_rate_that_cannot_be_is_refused(folder: Path, tmp_path: Path, key: str, value: object, said: str) -> None:
    content = json.loads((folder / BASE_RATE).read_text("utf-8"))
    (tmp_path / BASE_RATE).write_text(json.dumps(content | {key: value}), "utf-8")
    kept = Run(tmp_path, open_run(folder).manifest)
    with pytest.raises(InputError) as caught:
        read_base_rate(kept, 21)
    assert said in str(caught.value)
    shutil.copy(folder / BASE_RATE, tmp_path)
    with pytest.raises(InputError, match="has 21 sessions, fewer than the 22 that are asked"):
        read_base_rate(kept, 22)


def test_a_run_whose_last_session_is_no_surge_keeps_no_paths(tmp_path_factory: pytest.TempPathFactory) -> None:
    past = run_of("bare", tmp_path_factory)
    assert not len(pd.read_parquet(past.folder / PATHS))
    assert json.loads((past.folder / BASE_RATE).read_text("utf-8")) is None


def test_a_run_whose_surge_is_over_says_to_train_for_it(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(InputError, match=r"have seen what followed the surge of .*; train with --as-of"):
        AnsweredRun.of(run_of("bare", tmp_path_factory))


def test_paths_of_a_run_agree_with_its_forecast(folder: Path, answered: AnsweredRun, tmp_path: Path) -> None:
    file = tmp_path / "paths.parquet"
    frame = api.paths(folder, output=file)
    pd.testing.assert_frame_equal(pd.read_parquet(file), frame)
    question = answered.questions[0]
    table = api.surface(frame.iloc[:, 1:], [question.barrier], [question.horizon], weights=frame["weight"])
    p = table.loc[0, ["p_reverse", "p_stall", "p_continue"]].to_numpy(float)
    assert_allclose(p, [question.probabilities[name] for name in OUTCOMES], atol=2e-3)
