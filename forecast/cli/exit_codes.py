"""Exit codes of every command."""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended. 130 and 141 are what shells give for SIGINT and SIGPIPE: 128 and the signal's number (POSIX, 2.8.2)."""

    DONE = 0
    FAULT = 1
    MISTAKE = 2
    SURGE = 10
    STALE = 11
    SURGE_AND_STALE = 12
    INTERRUPTED = 130
    PIPE_CLOSED = 141


MEANING = {
    ExitCode.DONE: "done",
    ExitCode.FAULT: "a fault of the program, which --verbose shows in full",
    ExitCode.MISTAKE: "something in what was given is wrong, in one line on standard error",
    ExitCode.SURGE: "many --exit-code: a market is in a surge",
    ExitCode.STALE: "the same: a market failed, or its data have ended",
    ExitCode.SURGE_AND_STALE: "both of these",
    ExitCode.INTERRUPTED: "interrupted, by Ctrl-C or by a request to end, with nothing left half written",
    ExitCode.PIPE_CLOSED: "who read the output stopped reading",
}


def epilog() -> str:
    """The codes in one paragraph, for `--help`."""
    return "Exit codes: " + " · ".join(f"{code.value} {meaning}" for code, meaning in MEANING.items())
