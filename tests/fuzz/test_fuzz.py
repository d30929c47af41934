"""A little of the fuzzing in every run of the suite, and all that it has ever found."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from forecast.models import MODELS
from tests.fuzz import panels, run_files
from tests.fuzz.mutate import mutated
from tests.fuzz.outcome import FindingError, judge
from tests.fuzz.readers import TARGETS

CORPUS = Path(__file__).with_name("corpus")
SLOW = ("train", "run")
KEPT = [
    pytest.param(path, id=f"{path.parent.name}/{path.name}", marks=[pytest.mark.slow] if path.parent.name in SLOW else [])
    for path in sorted(CORPUS.glob("*/*"))
]
CASES = 15


@pytest.mark.parametrize("name", sorted(set(TARGETS) - {"manifest"}))
def test_what_readers_are_fuzzed_from_is_sound_itself(name: str) -> None:
    target, seed = TARGETS[name]
    target(seed())


@pytest.mark.parametrize("name", TARGETS)
def test_bytes_at_random_are_read_or_refused_in_a_line(name: str) -> None:
    target, seed = TARGETS[name]
    seeds = [seed()]
    for number in range(CASES):
        content = mutated(seeds, 20240716, number)
        judge(lambda content=content: target(content))


@pytest.mark.parametrize("path", KEPT)
def test_what_was_found_stays_mended(path: Path) -> None:
    name, content = path.parent.name, path.read_bytes()
    if name in ("panel", "train"):
        component, wrongs = json.loads(content)
        case = panels.forecast if name == "panel" else panels.training
        judge(lambda: case(component, [panels.Wrong(*wrong) for wrong in wrongs]))
    elif name == "run":
        judge(run_files.case(*json.loads(content)))
    else:
        judge(lambda: TARGETS[name][0](content))


@pytest.mark.slow
@settings(max_examples=12, derandomize=True)
@given(st.sampled_from(list(MODELS)), panels.WRONGS)
def test_a_market_with_something_wrong_is_refused_or_forecast(component: str, wrongs: list[panels.Wrong]) -> None:
    judge(lambda: panels.forecast(component, wrongs))


@pytest.mark.slow
@settings(max_examples=2, derandomize=True)
@given(st.sampled_from(list(MODELS)), panels.WRONGS)
def test_a_training_on_such_a_market_is_refused_or_whole(component: str, wrongs: list[panels.Wrong]) -> None:
    judge(lambda: panels.training(component, wrongs))


@pytest.mark.slow
@pytest.mark.parametrize("number", range(1, 2))
def test_commands_on_a_changed_run_answer_or_say_one_line(number: int) -> None:
    judge(run_files.case(20240716, number))


def test_a_case_that_comes_to_anything_else_is_a_finding() -> None:
    def warned() -> None:
        import warnings

        warnings.warn("odd", RuntimeWarning, stacklevel=1)

    def refused(said: str) -> None:
        raise InputError(said)

    judge(lambda: refused("one line"))
    for case in (warned, lambda: 1 / 0, lambda: refused("two\nlines")):
        with pytest.raises(FindingError):
            judge(case)
