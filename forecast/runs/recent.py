"""Recent: the last few results by what they were asked for."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

MOST = 32
_NONE: Any = object()
T = TypeVar("T")


class Recent:
    """Remembers the last MOST results: many ask about the same morning, and an error is no result.

    Results are made one after another, whatever the threads that ask: together they would take turns at Python and each end later, and
    those that ask alike at once would each make the same.
    """

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, Any] = OrderedDict()
        self._making = Lock()

    def result(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, or gave for the same key."""
        result: T
        if (result := self._results.get(key, _NONE)) is not _NONE:
            return result
        with self._making:
            if (result := self._results.get(key, _NONE)) is _NONE:
                result = self._results[key] = make()
                while len(self._results) > MOST:
                    self._results.popitem(last=False)
        return result
