"""Progress of a long command on standard error: a bar with the time left on a terminal, a line a stage elsewhere, nothing if quiet."""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from forecast.cli.output_options import output_options
from forecast.cli.remaining_time import Plan, RemainingTime, remaining_text
from forecast.cli.signals import raise_if_ended

if TYPE_CHECKING:
    from rich.console import Console

Callback = Callable[[str, int, int], None]  # stage, done, total; total 0 if nothing is counted

FIRST, WALK, COMPILING = "reading the data", "walk-forward", "compiling, once"
# Seconds of one core, `train` on the bundled data (2026-12-01, python -m benchmarks.whole); benchmarks.time_left holds the bar to them.
MEASURED = {
    FIRST: 1.5,
    "features": 0.2,
    "companions": 0.2,
    "opening the store of runs": 2.5,
    WALK: 21.0,
    "pool and calibration": 1.0,
    "final fit": 0.7,
    "scores": 0.4,
    "writing the run": 1.5,
    "drawing the report": 6.5,
    "logging the run": 1.2,
}
REPORT_STAGE = "drawing the report"
STORE_STAGES = ("opening the store of runs", "logging the run")
DRAWING = {REPORT_STAGE: MEASURED[REPORT_STAGE] / 2, "drawing the pictures": MEASURED[REPORT_STAGE] / 2}  # of `report`
PREPARATION = ("features", "companions", "opening the store of runs")  # short, and a mistake that they find is the only line
BATCHES = 4  # of neighbouring folds of that training: more workers have nothing to do
REFIT = 0.9  # the same, of a refit of any experiment and of the forecasts that it makes: between one of a month and one of a year
TO_COMPILE = 25.0  # the same, of the kernels that the walk-forward calls


def training_plan(jobs: int, *, default: bool, kernels: float = 0.0, without: Collection[str] = ()) -> Plan:
    """The plan of `train`.

    default : whether it is the default experiment, of which the walk-forward too is foreseen.   kernels : the share of them that must be
    compiled.   without : stages that do not come.
    """
    workers = min(jobs, BATCHES) if default else jobs
    seconds = {stage: each / workers if stage == WALK else each for stage, each in MEASURED.items() if stage not in without}
    return Plan(
        seconds,
        unsure=None if default else WALK,
        unsure_each=REFIT / workers,
        workers=workers,
        once=COMPILING,
        once_seconds=kernels * TO_COMPILE,
    )


def markets_plan(workers: int) -> Plan:
    """The plan of `many`, in the proportions of one market: how long it takes is seen when the folds have begun."""
    seconds = {"reading the markets": MEASURED[FIRST], WALK: MEASURED[WALK], "writing the runs": MEASURED[REPORT_STAGE]}
    return Plan(seconds, unsure=WALK, unsure_each=REFIT / workers, workers=workers)


@contextmanager
def shown_waiting(what: str, seconds: float) -> Iterator[None]:
    """Shows on a terminal, and nowhere else, that `what` is under way, which takes some `seconds`."""
    from rich.console import Console

    screen = Console(stderr=True)
    if output_options().quiet or not screen.is_terminal:
        yield
        return
    with _bar(screen, Plan({what: seconds})) as draw:
        draw(what, 0, 0)
        yield


@contextmanager
def shown_progress(plan: Plan | None = None) -> Iterator["ShownProgress"]:
    """Shows how far a command is; with --verbose, how long each stage took is printed at the end.

    `plan` is of the whole command; without one the time left is that of the stage.
    """
    from rich.console import Console

    screen, stages = Console(stderr=True), _Stages()
    with _display(screen, plan) as display:
        yield ShownProgress(stages, display)
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


class ShownProgress:
    """What a command calls to say how far it is."""

    def __init__(self, stages: "_Stages", display: Callback) -> None:
        self._stages, self._display = stages, display

    def __call__(self, stage: str, done: int, total: int) -> None:
        """The stage, the steps done and all its steps, 0 if they are not counted; KeyboardInterrupt if the command is to end."""
        raise_if_ended()
        self.between(stage, done, total)

    def between(self, stage: str, done: int, total: int) -> None:
        """The same from any thread, without an end."""
        self._stages.enter(stage)
        self._display(stage, done, total)


class _Stages:
    """The stages entered so far, and how long each took."""

    def __init__(self) -> None:
        self._seconds: dict[str, float] = {}
        self._stage, self._since = FIRST, time.monotonic()

    def enter(self, stage: str) -> bool:
        """Records that `stage` is under way; whether it has just begun."""
        if stage == self._stage:
            return False
        self._close()
        self._stage = stage
        return True

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
        if stage not in printed and stage not in PREPARATION:
            printed.add(stage)
            if stage == COMPILING:
                screen.print(f"{stage} ...")
                return
            if done and stage == WALK:
                screen.print(_kept(done, total))
            screen.print(f"{stage} ({total} step{'s' * (total > 1)}) ..." if total else f"{stage} ...")

    return show


def _kept(done: int, total: int) -> str:
    return f"{done} of {total} refits are kept from an earlier training"


@contextmanager
def _bar(screen: "Console", plan: Plan | None) -> Iterator[Callback]:
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn, TimeElapsedColumn
    from rich.text import Text

    class Remaining(ProgressColumn):
        """The time left, which counts down between one call and the next; empty where nothing can be said."""

        def __init__(self) -> None:
            super().__init__()
            self.time = RemainingTime(plan or Plan({FIRST: 1.0}, unsure=FIRST), time.monotonic())

        def render(self, task: Task) -> Text:
            left = self.time.left(time.monotonic())
            return Text("" if left is None else remaining_text(left), style="cyan")

    column, stages = Remaining(), _Stages()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), column)
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task(column.time.stage, total=None)

        def draw(stage: str, done: int, total: int) -> None:
            now = time.monotonic()
            if stages.enter(stage):
                if done and stage == WALK and column.time.stage not in (WALK, COMPILING):
                    bar.console.print(_kept(done, total), highlight=False)
                if plan is None:
                    column.time = RemainingTime(Plan({stage: 1.0}, unsure=stage), now)
            column.time.update(stage, done, total, now)
            fraction = column.time.fraction(now)
            description = f"{stage} {column.time.done}/{total}" if total and stage != COMPILING else stage
            bar.update(task, description=description, completed=fraction or 0.0, total=None if fraction is None else 1.0)

        yield draw
