"""Progress of a training on standard error."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from forecast.commands.interrupt import heed


@contextmanager
def shown_progress() -> Iterator[Callable[[str, int, int], None]]:
    """A function (stage, done, total) that draws a bar on a terminal, and elsewhere prints a line a stage."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    screen = Console(stderr=True)
    if not screen.is_terminal:
        said: set[str] = set()

        def say(stage: str, _done: int, total: int) -> None:
            heed()
            if stage not in said:
                said.add(stage)
                screen.print(f"{stage} ({total} steps) ..." if total else f"{stage} ...")

        yield say
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True) as bar:
        task = bar.add_task("reading the data", total=None)

        def draw(stage: str, done: int, total: int) -> None:
            heed()
            bar.update(task, description=stage, completed=done, total=total or None)

        yield draw
