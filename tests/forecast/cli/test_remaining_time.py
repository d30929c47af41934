"""Remaining time: against the true one of commands whose steps take what they take."""

from collections.abc import Iterator

import pytest

from forecast.cli.progress import BATCHES, REPORT_STAGE, STORE_STAGES, WALK, training_plan
from forecast.cli.remaining_time import Plan, RemainingTime, remaining_text

SECONDS = {"reading": 4.0, "walking": 30.0, "writing": 6.0}
Call = tuple[float, str, int, int]  # when, stage, done, total


def command(pace: float, *, folds: int, each: float, workers: int, compiling: float = 0.0) -> tuple[list[Call], float]:
    """The calls of a command whose every second takes `pace`, and whose workers compile first, and how long it takes."""
    now = SECONDS["reading"] * pace
    calls: list[Call] = [(now, "walking", 0, folds)]
    if compiling:
        calls.append((now + 0.5, "compiling", 0, folds))
    now += compiling
    for place in range(folds):
        batch, late = divmod(place, workers)
        calls.append((now + each * (batch + 1) + 0.01 * late, "walking", place + 1, folds))
    now = calls[-1][0]
    calls.append((now, "writing", 0, 0))
    return calls, now + SECONDS["writing"] * pace


def shown(plan: Plan, calls: list[Call], seconds: float) -> Iterator[tuple[float, float | None]]:
    """The true time left and that which is shown at 10, 30, 60 and 90 % of the way."""
    for part in (0.1, 0.3, 0.6, 0.9):
        time = RemainingTime(plan, 0.0)
        for when, stage, done, total in calls:
            if when <= part * seconds:
                time.update(stage, done, total, when)
        yield (1 - part) * seconds, time.left(part * seconds)


@pytest.mark.parametrize("pace", [0.7, 1.0, 1.8])
@pytest.mark.parametrize("compiling", [0.0, 40.0])
@pytest.mark.parametrize("workers", [1, 2, 4])
def test_what_was_foreseen_is_right_from_the_beginning(pace: float, compiling: float, workers: int) -> None:
    plan = Plan(SECONDS, workers=workers, once="compiling", once_seconds=compiling)
    folds = 16
    calls, seconds = command(pace, folds=folds, each=pace * workers * 30 / folds, workers=workers, compiling=compiling * pace)
    for true, left in shown(plan, calls, seconds):
        assert left is not None
        assert 0.5 <= left / true <= 2


@pytest.mark.parametrize("each", [0.05, 2.0, 40.0])
@pytest.mark.parametrize("compiling", [0.0, 40.0])
def test_a_walk_of_which_nothing_is_known_says_nothing_before_it_has_shown_itself(each: float, compiling: float) -> None:
    plan = Plan(SECONDS, unsure="walking", workers=2, once="compiling", once_seconds=compiling)
    calls, seconds = command(1.0, folds=320, each=each, workers=2, compiling=compiling)
    time = RemainingTime(plan, 0.0)
    time.update("walking", 0, 320, 4.0)
    assert time.left(5.0) is None
    told = list(shown(plan, calls, seconds))
    assert all(left is None or 0.5 <= left / true <= 2 for true, left in told)
    if each * 160 > compiling:  # else the whole way is compilation, which says nothing of the steps
        assert all(left is not None for _, left in told[1:])


@pytest.mark.parametrize("each", [0.8, 1.5, 2.9])
@pytest.mark.parametrize("workers", [1, 2])
def test_a_walk_of_unknown_length_begins_with_what_a_step_usually_takes(each: float, workers: int) -> None:
    plan = Plan(SECONDS, unsure="walking", unsure_each=1.5 / workers, workers=workers)
    calls, seconds = command(1.0, folds=150, each=each, workers=workers)
    time = RemainingTime(plan, 0.0)
    time.update("walking", 0, 150, 4.0)
    assert time.left(4.0) == pytest.approx(150 * 1.5 / workers + SECONDS["writing"])
    assert all(left is not None and 0.5 <= left / true <= 2 for true, left in shown(plan, calls, seconds))


def test_a_compilation_that_nobody_foresaw_is_no_measure_of_the_steps() -> None:
    plan = Plan(SECONDS, unsure="walking", once="compiling")
    time = RemainingTime(plan, 0.0)
    for call in (("walking", 0, 10, 4.0), ("compiling", 0, 10, 5.0), ("compiling", 1, 10, 65.0), ("walking", 1, 10, 65.0)):
        time.update(*call)
    assert time.left(66.0) is None
    time.update("walking", 2, 10, 68.0)
    assert time.left(68.0) == pytest.approx(8 * 3 + SECONDS["writing"])


def test_a_resumed_walk_goes_by_what_it_has_computed_itself() -> None:
    time = RemainingTime(Plan(SECONDS, unsure="walking"), 0.0)
    for done, now in ((40, 4.0), (41, 10.0), (61, 70.0)):  # 40 were kept, the first of its own is left out, 20 took 60 seconds
        time.update("walking", done, 100, now)
    assert time.left(70.0) == pytest.approx(39 * 3 + SECONDS["writing"])


def test_steps_that_are_overdue_take_as_long_as_they_are_waited_for() -> None:
    time = RemainingTime(Plan(SECONDS, workers=2, once="compiling"), 0.0)
    time.update("walking", 0, 10, 4.0)  # by the plan 3 seconds a step, 6 for each worker
    assert time.left(10.0) == pytest.approx(10 * 3 - 6 + SECONDS["writing"])
    assert time.left(64.0) == pytest.approx(10 * 30 - 60 + SECONDS["writing"])


def test_steps_never_become_fewer_and_time_counts_down_to_nearly_nothing() -> None:
    time = RemainingTime(Plan(SECONDS), 0.0)
    time.update("walking", 5, 10, 4.0)
    time.update("walking", 4, 10, 5.0)
    assert time.done == 5
    time.update("writing", 0, 0, 9.0)
    assert time.left(10.0) == pytest.approx(5.0)
    assert time.left(100.0) == pytest.approx(0.6)
    assert time.fraction(10.0) == pytest.approx(10 / 15)
    assert [remaining_text(seconds) for seconds in (4.4, 61, 900)] == ["about 0:04 left", "about 1:01 left", "about 15 min left"]


def test_a_training_is_planned_without_the_stages_that_do_not_come_and_with_workers_that_have_something_to_do() -> None:
    whole, short = training_plan(1, default=True), training_plan(8, default=True, without=(REPORT_STAGE, *STORE_STAGES))
    assert set(whole.seconds) - set(short.seconds) == {REPORT_STAGE, *STORE_STAGES}
    assert short.workers == BATCHES
    assert short.seconds[WALK] == whole.seconds[WALK] / BATCHES
    assert training_plan(8, default=False).unsure == WALK
    assert training_plan(8, default=False).workers == 8
