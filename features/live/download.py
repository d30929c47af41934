"""What an origin gave: the answers as they came, and the table made of them."""

from collections.abc import Mapping
from dataclasses import dataclass
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
    """A table and the answers that it was made of.

    Parameters
    ----------
    frame : DataFrame
        The columns of `key` first: days as datetime64[ns] at midnight, rising, each key once. Then float64 or text, NaN = no value.
    bodies : tuple of Body
        The answers as they came.
    key : tuple of str
        The columns that tell rows apart.
    notes : tuple of str
        Lines on what was put right, such as rows that were out of order.
    vintage : str
        Which vintage of its values, where the origin has several.
    """

    frame: pd.DataFrame
    bodies: tuple[Body, ...]
    key: tuple[str, ...] = (DATE,)
    notes: tuple[str, ...] = ()
    vintage: str = ""


class Getter(Protocol):
    """Asks for one address; OriginError, one line, where there is no answer."""

    def get(self, address: str, parameters: Mapping[str, str] = ..., *, secret: Mapping[str, str] = ...) -> Body:
        """`secret` are further parameters, which no message, file or log ever holds."""
        ...
