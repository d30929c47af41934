"""What an origin gave: the answers as they came, and the table made of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import pandas as pd

DATE = "Date"
FIRST, TODAY = "as first released", "of today"  # vintages of a revised series


@dataclass(frozen=True)
class Body:
    """One answer, decoded from its transfer, with its address without any secret, and the origin's clock, UTC, where it tells."""

    address: str
    content: bytes
    served: datetime | None = None


@dataclass(frozen=True)
class Download:
    """A table and the answers that it was made of."""

    frame: pd.DataFrame  # the columns of `key` first; days as datetime64[ns] at midnight, rising; then float64 or text, NaN = no value
    bodies: tuple[Body, ...]
    key: tuple[str, ...] = (DATE,)  # the columns that tell rows apart
    notes: tuple[str, ...] = ()  # lines on what was put right
    vintage: str = ""  # of a revised series: FIRST or TODAY
    currencies: Mapping[str, str] = field(default_factory=dict)  # of prices, by symbol, where the origin tells


class Getter(Protocol):
    """Asks for one address; OriginError, one line, where there is no answer."""

    def get(self, address: str, parameters: Mapping[str, str] = ..., *, secret: Mapping[str, str] = ...) -> Body:
        """`secret` are further parameters, which no message, file or log ever holds."""
        ...
