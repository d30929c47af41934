"""How long, how often and how much an origin is asked; the same for every library that asks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from random import SystemRandom

MEGABYTE = 1 << 20


@dataclass(frozen=True)
class Limits:
    """Bounds of every request. The numbers are ours.

    The largest body known, a century of daily portfolios, has some 10 MB unpacked; the slowest origin takes some 20 seconds to begin; four
    tries wait 7 seconds on average, which a morning job can spare for each of its origins.
    """

    connect: float = 10.0  # seconds for a connection
    read: float = 30.0  # seconds between two pieces of an answer
    whole: float = 120.0  # seconds for one answer with its redirects
    tries: int = 4  # while a fault may pass
    first: float = 2.0  # seconds: the first wait is drawn evenly from 0 to this, each later one from 0 to twice as much
    longest: float = 30.0  # seconds, of a wait (full jitter)
    patience: float = 60.0  # seconds; an origin that asks for a longer pause is left alone
    size: int = 64 * MEGABYTE  # bytes of an unpacked body
    redirects: int = 5  # that are followed
    at_once: int = 2  # requests under way at one origin
    pause: float = 0.25  # seconds from the beginning of one request at an origin to the next


@dataclass(frozen=True)
class Clock:
    """now: the time of day, aware; sleep and monotonic: seconds; random: evenly from 0 to 1."""

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    monotonic: Callable[[], float] = time.monotonic
    random: Callable[[], float] = SystemRandom().random


LIMITS = Limits()
CLOCK = Clock()
