"""A clock that is wound on by sleeping, and clients that live by it: no test waits."""

import threading
from datetime import UTC, datetime, timedelta

from features.live.web.client import Client
from features.live.web.limits import Clock, Limits

START = datetime(2024, 7, 17, 11, 0, tzinfo=UTC)
# Seconds of this machine: what hangs is real. An answer here takes some milliseconds, on a busy machine more.
QUICK = Limits(connect=10, read=10, whole=20)
HASTY = Limits(connect=0.5, read=0.5, whole=0.8)


class Hands:
    """slept : the waits asked for, seconds. random : what is drawn."""

    def __init__(self, now: datetime = START, random: float = 0.5) -> None:
        self.slept: list[float] = []
        self._start, self._random = now, random
        self._lock = threading.Lock()

    @property
    def clock(self) -> Clock:
        return Clock(lambda: self._start + timedelta(seconds=self.passed), self.sleep, lambda: self.passed, lambda: self._random)

    @property
    def passed(self) -> float:
        return sum(self.slept)

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.slept.append(seconds)


def client(hands: Hands | None = None, limits: Limits = QUICK, *, authority: str | None = None) -> Client:
    """A client that waits by `hands`."""
    return Client(limits, (hands or Hands()).clock, authority=authority)
