"""Keeps keys out of logs: urllib3 logs whole addresses, from DEBUG to WARNING."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.response", "urllib3.util.retry", "urllib3.poolmanager")
_silent = ContextVar("_silent", default=False)


def _passes(_: logging.LogRecord) -> bool:
    return not _silent.get()


@contextmanager
def without_logs() -> Iterator[None]:
    """While the block runs, urllib3 logs nothing of this thread; records of other threads are written."""
    for name in LOGGERS:
        logging.getLogger(name).addFilter(_passes)  # the same filter is there once, however often it is added
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)
