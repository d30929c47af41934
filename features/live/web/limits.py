"""Policy: how long an origin is waited for, how often and how much it is asked; the same for every way of asking."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """connect, read, whole : seconds for a connection, between two pieces of an answer, and for one answer with its redirects.
    tries : times that a passing fault is met.   first, longest : seconds; before the second try a wait is drawn evenly from 0 to `first`,
    before each later one from 0 to twice as much, never more than `longest` (full jitter).   patience : seconds; an origin that asks
    for a longer pause is left alone.   size : bytes of a body, unpacked.   redirects : followed.
    at_once, pause : requests under way at an origin, and seconds from the beginning of one to the next.

    The numbers are ours. The largest body known is that of a century of daily portfolios, some 10 MB unpacked; the slowest origin
    takes some 20 seconds to begin; four tries wait 7 seconds on average, which a morning job can spare for each of its origins.
    """

    connect: float = 10.0
    read: float = 30.0
    whole: float = 120.0
    tries: int = 4
    first: float = 2.0
    longest: float = 30.0
    patience: float = 60.0
    size: int = 64 * MEGABYTE
    redirects: int = 5
    at_once: int = 2
    pause: float = 0.25


@dataclass(frozen=True)
class Clock:
    """now : the time of day, aware.   sleep, monotonic : seconds.   random : evenly from 0 to 1."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[], float] = SystemRandom().random


LIMITS = Limits()
CLOCK = Clock()
