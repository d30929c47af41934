"""Courtesy: few requests at once to one origin, and a pause between them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from features.live.web.limits import Clock, Limits


class RateLimiter:
    """Turns at the hosts that one process asks; to be shared by all who ask."""

    def __init__(self, policy: Limits, clock: Clock) -> None:
        self._policy, self._clock = policy, clock
        self._lock = threading.Lock()
        self._places: dict[str, threading.BoundedSemaphore] = {}
        self._free: dict[str, float] = {}
        self._down: set[str] = set()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Waits for a place at `host` and for the pause since the request before."""
        with self._lock:
            place = self._places.setdefault(host, threading.BoundedSemaphore(self._policy.at_once))
        with place:
            with self._lock:
                now = self._clock.monotonic()
                start = max(now, self._free.get(host, now))
                self._free[host] = start + self._policy.pause
            if start > now:
                self._clock.sleep(start - now)
            yield

    def hold(self, host: str, seconds: float) -> None:
        """`host` asked to be left alone: nobody begins a request there for so long."""
        with self._lock:
            self._free[host] = max(self._free.get(host, 0.0), self._clock.monotonic() + seconds)

    def tries(self, host: str) -> int:
        """How often to try: once after a request there was given up, until one gets through. Else a silent origin costs minutes each."""
        return 1 if self.is_down(host) else self._policy.tries

    def is_down(self, host: str) -> bool:
        """Whether the last request there was given up."""
        return host in self._down

    def ended(self, host: str, *, well: bool) -> None:
        """A request at `host` got an answer, or was given up."""
        with self._lock:
            (self._down.discard if well else self._down.add)(host)
