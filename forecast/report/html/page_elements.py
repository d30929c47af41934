"""Elements of the page: sections, their pictures, and tables with the numbers of these."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

PRINTED = 30  # rows of a table at most; longer ones are on the screen only


class MissingPartError(Exception):
    """A section has nothing to show; the message says why, for the page."""


@dataclass(frozen=True)
class PageTable:
    """Cells as text; the first of each row names it. As many headings as cells in each row; `is_open` is shown without a click."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    is_open: bool = False

    @property
    def is_long(self) -> bool:
        """Whether it is left out of print."""
        return len(self.rows) > PRINTED

    @property
    def words(self) -> frozenset[int]:
        """Columns, after the first, that hold words and not figures."""
        columns = range(1, len(self.head))
        return frozenset(place for place in columns if any(row[place][:1].isalpha() for row in self.rows))


@dataclass(frozen=True)
class Picture:
    """`paint` draws it on a figure of any width; `alt` says in words, with the figures, what it shows.

    `name` is that of its files; `page` and `phone` are inches high on a page and on a phone.
    """

    name: str
    alt: str
    paint: Callable[[Any], None]
    page: float
    phone: float


@dataclass(frozen=True)
class Section:
    """`text` are paragraphs, `points` a list; `missing` says why there is no picture, if there should be one."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[PageTable, ...] = ()
    points: tuple[str, ...] = ()
    missing: str | None = None
