"""How long, how often and how much an origin is asked; the same for every library that asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of every request.

    The numbers are ours. The largest body known, a century of daily portfolios, has some 10 MB unpacked; the slowest origin takes some
    20 seconds to begin; four tries wait 7 seconds on average, which a morning job can spare for each of its origins.

    Parameters
    ----------
    connect, read, whole : float
        Seconds for a connection, between two pieces of an answer, and for one answer with its redirects.
    tries : int
        How often a request is tried while its fault may pass.
    first, longest : float
        Seconds. The wait before the second try is drawn evenly from 0 to `first`, before each later one from 0 to twice as much, never
        more than `longest` (full jitter).
    patience : float
        Seconds; an origin that asks for a longer pause is left alone.
    size : int
        Bytes of an unpacked body.
    redirects : int
        Redirects that are followed.
    at_once : int
        Requests under way at one origin.
    pause : float
        Seconds from the beginning of one request at an origin to the next.
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
    """now: the time of day, aware; sleep and monotonic: seconds; random: evenly from 0 to 1."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[], float] = SystemRandom().random


LIMITS = Limits()
CLOCK = Clock()
