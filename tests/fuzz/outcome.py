"""What a case may come to: an answer that holds, or a refusal in one line; within a minute, and without a warning."""

import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from features.errors import InputError

MOST_SECONDS = 60
LONGEST = 2000  # characters of a refusal


class FindingError(AssertionError):
    """A case that came to anything else."""


@contextmanager
def judged() -> Iterator[None]:
    """FindingError for what is neither an answer nor a refusal in one line, for a case over MOST_SECONDS, and for a warning."""
    with warnings.catch_warnings(record=True) as seen, _timed():
        warnings.simplefilter("always")
        try:
            yield
        except InputError as error:
            if len(str(error).splitlines()) > 1 or len(str(error)) > LONGEST:
                raise FindingError(f"a refusal of more than a line: {str(error)[:500]!r}") from error
        except (FindingError, KeyboardInterrupt):
            raise
        except BaseException as error:
            raise FindingError(f"{type(error).__name__}: {str(error)[:500]}") from error
    serious = [one for one in seen if not issubclass(one.category, DeprecationWarning | PendingDeprecationWarning | FutureWarning)]
    if serious:
        raise FindingError(f"a warning: {serious[0].category.__name__} {serious[0].message} ({serious[0].filename}:{serious[0].lineno})")


@contextmanager
def _timed() -> Iterator[None]:
    def late(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"more than {MOST_SECONDS} seconds")

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, MOST_SECONDS)  # of this process's own work, however busy the machine is
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def judge(case: Callable[[], object]) -> None:
    """Runs a case under `judged`."""
    with judged():
        case()
