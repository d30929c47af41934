"""Tries again after a wait what may pass, for every library that asks; urllib3's Retry knows only its own requests."""

from collections.abc import Callable
from typing import TypeVar

from features.errors import OriginError
from features.live.web.address import Endpoint
from features.live.web.limits import Clock, Limits
from features.live.web.rate_limit import RateLimiter
from features.live.web.reply import RefusedError, TransientError, long_pause_error

T = TypeVar("T")


def with_retries(attempt: Callable[[], T], endpoint: Endpoint, *, limits: Limits, clock: Clock, limiter: RateLimiter) -> T:
    """The result of `attempt`, at the host's turn, tried again within `limits` while its error is transient.

    OriginError without cause or context, on which an address with a key could hang: what `attempt` raises itself, where the last try
    fails, and where the origin asks for a longer pause than `limits.patience`.
    """
    host, tries, failure = endpoint.host, limiter.tries(endpoint.host), TransientError("")
    for count in range(1, tries + 1):
        result, error = _once(attempt, host, limiter)
        if error is None:
            limiter.report(host, success=True)
            return result[0]
        if isinstance(error, OriginError):
            raise error
        failure, after = error, error.after or 0.0
        if after > limits.patience or count == tries:
            break
        if error.after is not None:
            limiter.hold(host, after)
        # The jitter keeps those who were sent away together from coming back together.
        wait = after + clock.random() * min(limits.longest, limits.first * 2.0 ** (count - 1))
        if wait > 0:
            clock.sleep(wait)
    limiter.report(host, success=False)
    if after > limits.patience:
        raise long_pause_error(endpoint, failure, clock.now())
    message = f"{endpoint}: {failure.what}{'' if count == 1 else f', {count} times'}; {failure.remedy}"
    raise RefusedError(message, failure.status) if failure.status else OriginError(message)


def _once(attempt: Callable[[], T], host: str, limiter: RateLimiter) -> tuple[list[T], TransientError | OriginError | None]:
    """The result in a list, or the error without its chain."""
    try:
        with limiter.turn(host):
            return [attempt()], None
    except (TransientError, OriginError) as error:
        error.__cause__ = error.__context__ = None
        return [], error
