"""Few requests at once to one host, and a pause between them."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from features.live.web.limits import Clock, Limits


class RateLimiter:
    """Turns at the hosts that one process asks, shared by all who ask."""

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits, self._clock = limits, clock
        self._lock = threading.Lock()
        self._slots: dict[str, threading.BoundedSemaphore] = {}
        self._free: dict[str, float] = {}
        self._down: set[str] = set()

    @contextmanager
    def turn(self, host: str) -> Iterator[None]:
        """Wait for a free slot at `host` and for the pause since the request before."""
        with self._lock:
            slot = self._slots.setdefault(host, threading.BoundedSemaphore(self._limits.at_once))
        with slot:
            with self._lock:
                now = self._clock.monotonic()
                start = max(now, self._free.get(host, now))
                self._free[host] = start + self._limits.pause
            if start > now:
                self._clock.sleep(start - now)
            yield

    def hold(self, host: str, seconds: float) -> None:
        """`host` asked for a pause: no request begins there for so long."""
        with self._lock:
            self._free[host] = max(self._free.get(host, 0.0), self._clock.monotonic() + seconds)

    def tries(self, host: str) -> int:
        """How often to try: once after a failed request until one succeeds, since a silent host costs minutes each time."""
        return 1 if self.is_down(host) else self._limits.tries

    def is_down(self, host: str) -> bool:
        """Whether the last request there failed."""
        return host in self._down

    def report(self, host: str, *, success: bool) -> None:
        """How a request at `host` ended."""
        with self._lock:
            (self._down.discard if success else self._down.add)(host)
