"""`python -m benchmarks.evaluation`: how a whole study grows, as docs/evaluation_cost.md; a topic of `benchmarks.peers` as well."""

import platform
import sys
import textwrap
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.row import Row
from experiments.markdown import table
from experiments.questions import QUESTIONS
from experiments.truth.law import true_law
from experiments.truth.market import draw
from features.files.atomic import write_text
from forecast.backtest.experiment import Experiment, Outcome, Pullback, Sensitivity
from forecast.backtest.study import Study
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models.rules import ModelRule
from forecast.target.question import Question
from forecast.target.sample import panel_index
from forecast.target.surge import SurgeRule

PAGE = Path(__file__).parent.parent / "docs" / "evaluation_cost.md"
REFIT_EVERY = 756  # three years: folds enough to see them grow, and few enough to wait for
PATHS = 2000  # a tenth of the default
COMPONENTS = ("climatology", "ewma", "garch", "regime", "logistic", "analogs", "range", "msgarch", "shared")
FOUR = tuple(question for _, asked in QUESTIONS for question in asked)
GRIDS: dict[int, tuple[Question, ...]] = {1: FOUR[:1], 4: FOUR, 28: Sensitivity().questions}


@dataclass(frozen=True)
class Size:
    """years : of each index's history.   companions : further indices.   components : how many.   questions : a key of GRIDS."""

    years: int = 20
    companions: int = 5
    components: int = 6
    questions: int = 4


BASE = Size()
LEVELS = {"years": (10, 20, 37), "companions": (0, 5, 20), "components": (3, 6, 9), "questions": (1, 4, 28)}


def study(size: Size) -> Study:
    """A study of that size on simulated indices of the truth test, each with its own seed; sessions of 252 a year."""
    main, *also = GRIDS[size.questions]
    experiment = Experiment(
        name="cost",
        surge=SurgeRule(min_z=1.0),
        outcome=Outcome(**main.model_dump(), also=tuple(also)),
        sensitivity=Sensitivity(horizons=()),
        pullback=Pullback(horizons=()),
        walk_forward=WalkForward(refit_every=REFIT_EVERY),
        model=ModelRule(components=COMPONENTS[: size.components], paths=PATHS),
    )
    others = [panel_index(draw(true_law(), size.years, seed).panel()) for seed in range(2, 2 + size.companions)]
    return Study.of(experiment, "simulated", draw(true_law(), size.years, 1).panel(), others)


def cost(size: Size) -> float:
    """Processor seconds of `Study.run`: walk-forward, final fit and scores, one worker and one thread."""
    asked = study(size)
    with threadpool_limits(1):
        began = time.process_time()
        asked.run(jobs=1)
        return time.process_time() - began


def growth() -> dict[str, dict[int, float]]:
    """Seconds by what grows, and its level; the others stand at BASE."""
    cost(replace(BASE, components=9, years=6, companions=1))  # compiles
    known: dict[Size, float] = {}
    found: dict[str, dict[int, float]] = {}
    for name, levels in LEVELS.items():
        found[name] = {}
        for level in levels:
            size = replace(BASE, **{name: level})
            if size not in known:
                known[size] = cost(size)
            found[name][level] = known[size]
    return found


def exponent(name: str, seconds: dict[int, float]) -> float:
    """Of the power law through the times; companions count with the index that is asked about."""
    counts = np.array(list(seconds)) + (name == "companions")
    return float(np.polyfit(np.log(counts), np.log(list(seconds.values())), 1)[0])


def rows() -> Iterator[Row]:
    """Seconds at each level of what grows, and the exponent."""
    for name, seconds in growth().items():
        for level, spent in seconds.items():
            yield Row("evaluation", f"{level} {name}", "", spent, float("nan"), "s", float("nan"), "", True)
        power = exponent(name, seconds)
        yield Row("evaluation", f"{name}, exponent", "", power, float("nan"), "", float("nan"), "", True)


def page(found: dict[str, dict[int, float]], made: str) -> str:
    """The page, Markdown."""
    told = (
        f"Made on {made} by `python -m benchmarks.evaluation`, on {platform.machine()} with Python {platform.python_version()}. Processor "
        "seconds of `Study.run` (walk-forward, final fit, scores) with one worker and one thread, on simulated indices of the truth test, "
        f"each measured once. Where nothing else is said: {BASE.years} years, {BASE.companions} companions, {BASE.components} components, "
        f"{BASE.questions} questions; a refit every {REFIT_EVERY} sessions from the fifth year on, {PATHS:,} paths, surges of z ≥ 1. "
        "Workers share the refits, so that wall time falls with them."
    )
    means = (
        "Exponent: of the power law through the times. A longer history has more refits, each on more, so that two is what a fit of linear "
        "cost gives. Companions count with the index that is asked about. Of components, the first three are "
        f"{', '.join(COMPONENTS[:3])}, then come {', '.join(COMPONENTS[3:6])}, last {', '.join(COMPONENTS[6:])}: which they are matters "
        "more than how many. The 28 questions are the default grid, whose longest horizon, of 63 sessions, is three times that of the four."
    )
    lines = ["# What an evaluation costs", "", textwrap.fill(told, 100), "", textwrap.fill(means, 100), ""]
    listed = [
        [name, *(f"{level}: {spent:.1f} s" for level, spent in seconds.items()), f"{exponent(name, seconds):.2f}"]
        for name, seconds in found.items()
    ]
    return "\n".join([*lines, *table(["", "small", "middle", "large", "exponent"], listed), ""])


def main() -> int:
    """Writes the page, whole or not at all, and prints it."""
    text = page(growth(), f"{date.today():%Y-%m-%d}")
    write_text(PAGE, text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
