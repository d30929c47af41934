"""Signals that ask a command to end: honoured at once or, if a foreign callback swallows the exception, at the next step."""

import signal
from threading import Event
from types import FrameType

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP")  # Windows has no SIGHUP

_end_requested = Event()


class CommandInterruptedError(Exception):
    """A command ends because it was asked to; the message says what it leaves."""


def listen() -> None:
    """Treats each of SIGNALS as Ctrl-C, so that a command clears away what is half done; one that is ignored, as by nohup, stays so."""
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _request_end)


def raise_if_ended() -> None:
    """KeyboardInterrupt if an end was requested."""
    if _end_requested.is_set():
        raise KeyboardInterrupt


def _request_end(_number: int, _frame: FrameType | None) -> None:
    _end_requested.set()
    raise KeyboardInterrupt
