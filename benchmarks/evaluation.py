"""`python -m benchmarks.evaluation`: how a whole study grows, as docs/evaluation_cost.md; a topic of `benchmarks.peers` as well."""

import platform
import sys
import textwrap
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from multiprocessing import get_context
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
from forecast.models.registry import DEFAULT
from forecast.models.rules import ModelRule
from forecast.target.question import Question
from forecast.target.sample import panel_index
from forecast.target.surge import SurgeRule

PAGE = Path(__file__).parent.parent / "docs" / "evaluation_cost.md"
UNASKED = 5  # years before the first forecast
FREE = ("climatology",)  # a component that takes no time
WARM_YEARS, WARM_SEED = 6, 99  # of the study before the clock, on which nothing of the others can be kept
FOUR = tuple(question for _, asked in QUESTIONS for question in asked)
GRIDS: dict[int, tuple[Question, ...]] = {1: FOUR[:1], 4: FOUR, 28: Sensitivity().questions}


@dataclass(frozen=True)
class Size:
    """years : of each index's history.   companions : further indices.   questions : a key of GRIDS.   components : their names."""

    years: int = 20
    companions: int = 5
    questions: int = 4
    components: tuple[str, ...] = DEFAULT


BASE = Size()
LEVELS = {"years": (10, 30, 90), "companions": (0, 10, 40), "questions": (1, 4, 28)}
MOST = {"years forecast": 1.2, "companions": 1.0, "questions": 1.0, "components": 1.05}
"""Exponents; a sum of six components that are measured one by one has an error of some per cent."""


@dataclass(frozen=True)
class Growth:
    """Seconds by what grows and its level, the others at BASE; and those of each component alone, of none, and of all together."""

    levels: dict[str, dict[int, float]]
    alone: dict[str, float]
    none: float
    together: float

    @property
    def total(self) -> float:
        """What the components take one by one, and what is done once whatever they are."""
        return self.none + sum(each - self.none for each in self.alone.values())

    @property
    def exponents(self) -> dict[str, float]:
        """Of the power laws through the times.

        Companions count with the index that is asked about; years also as those that are forecast. That of components is the power of
        their number that they take together, where each takes the mean of what they take alone: 1 where they do not meet.
        """
        powers = {name: _power(np.array(list(seconds)) + (name == "companions"), seconds) for name, seconds in self.levels.items()}
        powers["years forecast"] = _power(np.array(list(self.levels["years"])) - UNASKED, self.levels["years"])
        powers["components"] = 1 + float(np.log(self.together / self.total) / np.log(len(self.alone)))
        return powers


def study(size: Size, seed: int = 1) -> Study:
    """A study of that size on simulated indices of the truth test, each with its own seed; sessions of 252 a year."""
    main, *also = GRIDS[size.questions]
    experiment = Experiment(
        name="cost",
        surge=SurgeRule(min_z=1.0),
        outcome=Outcome(**main.model_dump(), also=tuple(also)),
        sensitivity=Sensitivity(horizons=()),
        pullback=Pullback(horizons=()),
        model=ModelRule(components=size.components),
    )
    others = [panel_index(draw(true_law(), size.years, seed + number).panel()) for number in range(1, 1 + size.companions)]
    return Study.of(experiment, "simulated", draw(true_law(), size.years, seed).panel(), others)


def cost(size: Size) -> float:
    """Processor seconds of `Study.run`: walk-forward, final fit and scores, one worker and one thread; in a process of its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_cost_here, size).result()


def _cost_here(size: Size) -> float:
    """In this process, whose kernels are loaded first."""
    with threadpool_limits(1):
        study(replace(size, years=WARM_YEARS, companions=1), WARM_SEED).run(jobs=1)
        measured = study(size)
        began = time.process_time()
        measured.run(jobs=1)
        return time.process_time() - began


def growth() -> Growth:
    """Everything measured, each size once."""
    sizes = {name: {level: replace(BASE, **{name: level}) for level in levels} for name, levels in LEVELS.items()}
    single = {name: replace(BASE, components=(name,)) for name in DEFAULT}
    none = replace(BASE, components=FREE)
    every = {BASE, none, *single.values(), *(size for by_level in sizes.values() for size in by_level.values())}
    costs = {size: cost(size) for size in every}
    levels = {name: {level: costs[size] for level, size in by_level.items()} for name, by_level in sizes.items()}
    return Growth(levels, {name: costs[size] for name, size in single.items()}, costs[none], costs[BASE])


def _power(counts: np.ndarray, seconds: dict[int, float]) -> float:
    return float(np.polyfit(np.log(counts), np.log(list(seconds.values())), 1)[0])


def rows() -> Iterator[Row]:
    """Seconds at each level of what grows, and the exponents."""
    measured = growth()
    for name, seconds in measured.levels.items():
        for level, spent in seconds.items():
            yield Row("evaluation", f"{level} {name}", "", spent, float("nan"), "s", float("nan"), "", True)
    yield Row("evaluation", "components", "one by one", measured.together, measured.total, "s", float("nan"), "", True)
    for name, power in measured.exponents.items():
        bound = f"<= {MOST[name]:g}" if name in MOST else ""
        yield Row("evaluation", f"{name}, exponent", "", power, float("nan"), "", power, bound, power <= MOST.get(name, np.inf))


def page(measured: Growth, made: str) -> str:
    """The page, Markdown."""
    told = (
        f"Made on {made} by `python -m benchmarks.evaluation`, on {platform.machine()} with Python {platform.python_version()}. Processor "
        "seconds of `Study.run` (walk-forward, final fit, scores) with one worker and one thread, on simulated indices of the truth test, "
        f"each measured once, in a process of its own. Where nothing else is said: {BASE.years} years, {BASE.companions} companions, "
        f"{len(DEFAULT)} components, {BASE.questions} questions, surges of z ≥ 1, and all else as by default, with a refit in every month "
        "that has a surge. Workers share the refits, so that wall time falls with them."
    )
    means = (
        f"Exponent: of the power law through the times. The first {UNASKED} years are learned from and not forecast, so that "
        "ninety years have seventeen times the refits and forecasts of ten, and that alone has an exponent of 1.3 in years; in years that "
        "are forecast it has 1. Companions count with the index that is asked about. The 28 questions are the default grid, "
        "whose longest horizon, of 63 sessions, is three times that of the four."
    )
    powers = measured.exponents
    times = {name: [f"{level}: {spent:.1f} s" for level, spent in seconds.items()] for name, seconds in measured.levels.items()}
    grown = [["years", *times["years"], f"{powers['years']:.2f}"]]
    grown += [["years forecast", *(f"{level - UNASKED}" for level in measured.levels["years"]), f"{powers['years forecast']:.2f}"]]
    grown += [[name, *times[name], f"{powers[name]:.2f}"] for name in ("companions", "questions")]
    alone = [[name, f"{each - measured.none:.1f} s"] for name, each in measured.alone.items()]
    together = (
        f"The {len(measured.alone)} components take {measured.together:.1f} s together, and {measured.total:.1f} s one by one: what each "
        f"adds when it is alone, and {measured.none:.1f} s for what is done whatever they are. As a power of their number, each taken at "
        f"its mean, that is {powers['components']:.2f}, where 1 is no interplay."
    )
    return "\n".join(
        [
            *("# What an evaluation costs", "", textwrap.fill(told, 100), "", textwrap.fill(means, 100), ""),
            *(*table(["", "small", "middle", "large", "exponent"], grown), ""),
            *("## Components", "", textwrap.fill(together, 100), "", *table(["component", "alone"], alone), ""),
        ]
    )


def main() -> int:
    """Writes the page, whole or not at all, and prints it."""
    text = page(growth(), f"{date.today():%Y-%m-%d}")
    write_text(PAGE, text)
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
