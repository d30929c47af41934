"""Recent: the last few results by what they were asked for."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

MOST = 32
T = TypeVar("T")


class Recent:
    """Remembers the last MOST results: many ask about the same morning, and an error is no result."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, Any] = OrderedDict()

    def result(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` gives, or gave for the same key."""
        if key not in self._results:
            self._results[key] = make()
            while len(self._results) > MOST:
                self._results.popitem(last=False)
        result: T = self._results[key]
        return result
