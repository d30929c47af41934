"""Progress of a long command on standard error: a bar with the time left on a terminal, a line a stage elsewhere, nothing if quiet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecast.cli.output_options import manner
from forecast.cli.remaining_time import Estimate, Plan
from forecast.cli.signals import heed

if TYPE_CHECKING:
    from rich.console import Console

Told = Callable[[str, int, int], None]  # stage, done, total; total 0 where there is nothing to count

FIRST, WALK = "reading the data", "walk-forward"
# Seconds of one core, `train` on the bundled data with every component and the 28 questions (2026-11-23); with other data or fewer
# questions the walk-forward still takes nearly all of it.
MEASURED = {
    FIRST: 8.0,
    WALK: 73.0,
    "pool and calibration": 2.0,
    "final fit": 0.6,
    "scores": 0.9,
    "writing the run": 1.4,
    "drawing the report": 6.0,
    "logging the run": 3.0,
}


def training_plan(workers: int) -> Plan:
    """Of `train`: the walk-forward alone is shared among workers."""
    return Plan(MEASURED | {WALK: MEASURED[WALK] / workers})


@contextmanager
def shown_progress(plan: Plan | None = None) -> Iterator[Told]:
    """A function (stage, done, total) that shows how far a command is; with --verbose, how long each stage took stands there too.

    plan : of the whole command; without one the time left is that of the stage.
    """
    from rich.console import Console

    screen, timed = Console(stderr=True), _Stages()
    with _display(screen, plan) as told:

        def tell(stage: str, done: int, total: int) -> None:
            heed()
            timed.enter(stage, done)
            told(stage, done, total)

        yield tell
    if manner().verbose:
        for stage, seconds in timed.ended().items():
            screen.print(f"{stage}: {seconds:.1f} s", markup=False, highlight=False)


@contextmanager
def _display(screen: "Console", plan: Plan | None) -> Iterator[Told]:
    if manner().quiet:
        yield lambda _stage, _done, _total: None
    elif not screen.is_terminal:
        yield _lines(screen)
    else:
        with _bar(screen, plan) as told:
            yield told


class _Stages:
    """The stages entered so far, and how long each took; `first` is how much of the present one was done when it began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._stage, self._since = FIRST, time.monotonic()
        self.first = 0

    def enter(self, stage: str, done: int) -> bool:
        """`stage` is under way, and `done` of it; whether it has just begun."""
        if stage == self._stage:
            return False
        self._close()
        self._stage, self.first = stage, done
        return True

    @property
    def seconds(self) -> float:
        """For how long the present stage has been under way."""
        return time.monotonic() - self._since

    def ended(self) -> dict[str, float]:
        """Seconds of each stage, the last one up to now."""
        self._close()
        return self._seconds

    def _close(self) -> None:
        now = time.monotonic()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._since = now


def _lines(screen: "Console") -> Told:
    said: set[str] = set()

    def say(stage: str, done: int, total: int) -> None:
        if stage not in said:
            said.add(stage)
            if done and stage == WALK:
                screen.print(_resumed(done, total))
            screen.print(f"{stage} ({total} step{'s' * (total > 1)}) ..." if total else f"{stage} ...")

    return say


def _resumed(done: int, total: int) -> str:
    """Of a walk-forward that begins with something done."""
    return f"resumed: {done} of {total} folds were kept"


@contextmanager
def _bar(screen: "Console", plan: Plan | None) -> Iterator[Told]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    from forecast.cli.time_left import TimeLeft

    column, stages = TimeLeft(), _Stages()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), column)
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(FIRST, total=None)

        def draw(stage: str, done: int, total: int) -> None:
            if stages.enter(stage, done) and done and stage == WALK:
                bar.console.print(_resumed(done, total), highlight=False)
            known = plan or Plan({stage: 1.0})  # without a plan each stage is a whole
            left = known.left(stage, done, total, stages.seconds, stages.first)
            if left is not None:
                column.estimate = Estimate(time.monotonic(), left)
            fraction = known.fraction(stage, done, total) if total or plan else None
            described = f"{stage} {done}/{total}" if total else stage
            bar.update(task, description=described, completed=fraction or 0.0, total=None if fraction is None else 1.0)

        yield draw
