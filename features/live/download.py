"""Download: what an origin gave when it was asked, as it came and as a table."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import pandas as pd

DATE = "Date"
FIRST, TODAY = "as first released", "of today"  # vintages of a revised series


@dataclass(frozen=True)
class Body:
    """One answer as it came.

    address : what was asked, without any secret.   content : decoded from its transfer, not from its archive.   served : the origin's
    clock, UTC, where it told.
    """

    address: str
    content: bytes
    served: datetime | None = None


@dataclass(frozen=True)
class Download:
    """`frame` has the columns of `key` first, days as datetime64[ns] at midnight, rising, each key once; then float64 or text, NaN = none.

    notes : findings worth a line, such as rows that were out of order.   vintage : which of several that the origin has of each value.
    """

    frame: pd.DataFrame
    bodies: tuple[Body, ...]
    key: tuple[str, ...] = (DATE,)
    notes: tuple[str, ...] = ()
    vintage: str = ""


class Getter(Protocol):
    """Asks for one address. OriginError, one line, where it cannot be had."""

    def get(self, address: str, parameters: Mapping[str, str] = ..., *, secret: Mapping[str, str] = ...) -> Body:
        """secret : further parameters, which no message, file or log ever holds."""
        ...
