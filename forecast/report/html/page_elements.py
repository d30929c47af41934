"""Section: a part of the page, its sentences, its picture and the numbers of that."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SHORT = 30  # rows of a table that is printed; longer ones are on the screen only


@dataclass(frozen=True)
class PageTable:
    """Cells as text; the first of each row names it. As many headings as cells in each row."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def is_long(self) -> bool:
        """Whether it is left out of print."""
        return len(self.rows) > SHORT

    @property
    def words(self) -> frozenset[int]:
        """Columns, after the first, that hold words and not figures."""
        columns = range(1, len(self.head))
        return frozenset(place for place in columns if any(row[place][:1].isalpha() for row in self.rows))


@dataclass(frozen=True)
class Picture:
    """`paint` draws it on a figure of any width; `alt` says in words, with the figures, what it shows.

    name : of its files.   page, phone : inches high on a page and on a phone.
    """

    name: str
    alt: str
    paint: Callable[[Any], None]
    page: float
    phone: float


@dataclass(frozen=True)
class Section:
    """`text` are paragraphs, `points` a list; `missing` says why there is no picture, where there is none."""

    key: str
    title: str
    text: tuple[str, ...] = ()
    picture: Picture | None = None
    tables: tuple[PageTable, ...] = ()
    points: tuple[str, ...] = ()
    missing: str | None = None
