"""Interrupt: a request to end, honoured at once or, where a foreign callback swallows the exception, at the next step."""

import signal
from threading import Event
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP

_asked = Event()


class CommandInterruptedError(Exception):
    """A command that ends because it was asked to, and what there is to say of it."""


def listen() -> None:
    """Takes each of SIGNALS for Ctrl-C, so that what is half done is cleared away; one that is ignored, as by nohup, stays so."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _ask)


def heed() -> None:
    """KeyboardInterrupt if an end has been asked for."""
    if _asked.is_set():
        raise KeyboardInterrupt


def _ask(_number: int, _frame: FrameType | None) -> None:
    _asked.set()
    raise KeyboardInterrupt
