"""The column of a progress bar that says how much time is left."""

import time

from rich.progress import ProgressColumn, Task
from rich.text import Text

from forecast.cli.remaining_time import Estimate


class TimeLeft(ProgressColumn):
    """What is left of `estimate`, counted down between one estimate and the next; empty while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.estimate: Estimate | None = None

    def render(self, task: Task) -> Text:
        """The column of one refresh."""
        return Text("" if self.estimate is None else said_left(self.estimate.left_at(time.monotonic())), style="cyan")


def said_left(seconds: float) -> str:
    """`seconds` as people say them, to the minute above ten."""
    whole = round(seconds)
    if whole >= 600:
        return f"about {round(whole / 60)} min left"
    return f"about {whole // 60}:{whole % 60:02d} left"
