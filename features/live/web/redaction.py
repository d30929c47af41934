"""What is asked with a key is not written down: urllib3 logs addresses, from DEBUG to WARNING."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.response", "urllib3.util.retry", "urllib3.poolmanager")
_hiding = ContextVar("_hiding", default=False)


def _heard(_: logging.LogRecord) -> bool:
    return not _hiding.get()


@contextmanager
def without_logs() -> Iterator[None]:
    """Nothing of what urllib3 does in this thread is logged while the block runs; other threads' records are."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_heard)  # the same filter is there once, however often it is added
    token = _hiding.set(True)
    try:
        yield
    finally:
        _hiding.reset(token)
