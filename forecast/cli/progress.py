"""Progress of a long command on standard error: a bar with the time left on a terminal, a line a stage elsewhere, nothing if quiet."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecast.cli.output_options import output_options
from forecast.cli.remaining_time import Estimate, Plan, remaining_text
from forecast.cli.signals import raise_if_ended

if TYPE_CHECKING:
    from rich.console import Console

Callback = Callable[[str, int, int], None]  # stage, done, total; total 0 if nothing is counted

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
    """The plan of `train`: the walk-forward alone is shared among workers."""
    return Plan(MEASURED | {WALK: MEASURED[WALK] / workers})


@contextmanager
def shown_progress(plan: Plan | None = None) -> Iterator[Callback]:
    """A function (stage, done, total) that shows how far a command is; with --verbose, how long each stage took is printed at the end.

    `plan` is of the whole command; without one the time left is that of the stage.
    """
    from rich.console import Console

    screen, stages = Console(stderr=True), _Stages()
    with _display(screen, plan) as display:

        def show(stage: str, done: int, total: int) -> None:
            raise_if_ended()
            stages.enter(stage, done)
            display(stage, done, total)

        yield show
    if output_options().verbose:
        for stage, seconds in stages.durations().items():
            screen.print(f"{stage}: {seconds:.1f} s", markup=False, highlight=False)


@contextmanager
def _display(screen: "Console", plan: Plan | None) -> Iterator[Callback]:
    if output_options().quiet:
        yield lambda _stage, _done, _total: None
    elif not screen.is_terminal:
        yield _lines(screen)
    else:
        with _bar(screen, plan) as draw:
            yield draw


class _Stages:
    """The stages entered so far, and how long each took; `first` is how much of the present one was done when it began."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._stage, self._since = FIRST, time.monotonic()
        self.first = 0

    def enter(self, stage: str, done: int) -> bool:
        """Records that `stage` is under way; whether it has just begun."""
        if stage == self._stage:
            return False
        self._close()
        self._stage, self.first = stage, done
        return True

    @property
    def seconds(self) -> float:
        """How long the present stage has been under way."""
        return time.monotonic() - self._since

    def durations(self) -> dict[str, float]:
        """Seconds of each stage, the last one up to now."""
        self._close()
        return self._seconds

    def _close(self) -> None:
        now = time.monotonic()
        self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._since = now


def _lines(screen: "Console") -> Callback:
    printed: set[str] = set()

    def show(stage: str, done: int, total: int) -> None:
        if stage not in printed:
            printed.add(stage)
            if done and stage == WALK:
                screen.print(_resumed(done, total))
            screen.print(f"{stage} ({total} step{'s' * (total > 1)}) ..." if total else f"{stage} ...")

    return show


def _resumed(done: int, total: int) -> str:
    return f"resumed: {done} of {total} folds were kept"


@contextmanager
def _bar(screen: "Console", plan: Plan | None) -> Iterator[Callback]:
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class RemainingTime(ProgressColumn):
        """Counts `estimate` down between one estimate and the next; empty without one."""

        estimate: Estimate | None = None

        def render(self, task: Task) -> Text:
            return Text("" if self.estimate is None else remaining_text(self.estimate.left_at(time.monotonic())), style="cyan")

    column, stages = RemainingTime(), _Stages()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), column)
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(FIRST, total=None)

        def draw(stage: str, done: int, total: int) -> None:
            if stages.enter(stage, done) and done and stage == WALK:
                bar.console.print(_resumed(done, total), highlight=False)
            own_plan = plan or Plan({stage: 1.0})  # without a plan each stage is a whole
            left = own_plan.left(stage, done, total, stages.seconds, stages.first)
            if left is not None:
                column.estimate = Estimate(time.monotonic(), left)
            fraction = own_plan.fraction(stage, done, total) if total or plan else None
            description = f"{stage} {done}/{total}" if total else stage
            bar.update(task, description=description, completed=fraction or 0.0, total=None if fraction is None else 1.0)

        yield draw
