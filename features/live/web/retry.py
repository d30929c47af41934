"""Persist: passing faults are met again after a wait, others are final."""

from collections.abc import Callable
from typing import TypeVar

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.limits import Clock, Limits
from features.live.web.rate_limit import RateLimiter
from features.live.web.reply import RefusedError, TransientError, long_pause_error

T = TypeVar("T")


def with_retries(attempt: Callable[[], T], place: Endpoint, *, policy: Limits, clock: Clock, courtesy: RateLimiter) -> T:
    """What `attempt` gives, at the origin's turn, within `policy.tries`.

    OriginError, with neither cause nor context, so that no address with a key hangs on it: where the last try fails, where the origin
    asks for a longer pause than `policy.patience`, and what `attempt` itself raises so.
    """
    passing, tried, tries = TransientError(""), 0, courtesy.tries(place.host)
    while tried < tries:
        found, failed = _once(attempt, place, courtesy)
        if isinstance(failed, OriginError):
            raise failed
        if failed is None:
            courtesy.ended(place.host, well=True)
            return found[0]
        passing, tried = failed, tried + 1
        if passing.after is not None and passing.after > policy.patience:
            break
        if tried < tries:
            _wait(tried, passing, place, policy, clock, courtesy)
    courtesy.ended(place.host, well=False)
    if passing.after is not None and passing.after > policy.patience:
        raise long_pause_error(place, passing, clock.now())
    times = "" if tried == 1 else f", {tried} times"
    message = f"{place}: {passing.what}{times}; {passing.remedy}"
    raise RefusedError(message, passing.status) if passing.status else OriginError(message)


def _once(attempt: Callable[[], T], place: Endpoint, courtesy: RateLimiter) -> tuple[list[T], TransientError | OriginError | None]:
    try:
        with courtesy.turn(place.host):
            return [attempt()], None
    except (TransientError, OriginError) as error:
        error.__cause__ = error.__context__ = None
        return [], error


def _wait(tried: int, passing: TransientError, place: Endpoint, policy: Limits, clock: Clock, courtesy: RateLimiter) -> None:
    back_off = clock.random() * min(policy.longest, policy.first * 2.0 ** (tried - 1))
    if passing.after is not None:
        courtesy.hold(place.host, passing.after)
        back_off += passing.after  # the jitter keeps those who were sent away together from coming back together
    if back_off > 0:
        clock.sleep(back_off)
