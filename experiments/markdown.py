"""Markdown: tables whose columns stand under each other, and paragraphs of lines of even width."""

import textwrap
from collections.abc import Sequence

WIDTH = 140  # columns of a page that is read in an editor
NARROWEST = 3  # of a column: what Markdown takes for the line below the heads


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table; the first column to the left, the others, numbers, to the right."""
    widths = [max(NARROWEST, *(len(row[k]) for row in (heads, *rows))) for k in range(len(heads))]
    below = ["-" * width if k == 0 else "-" * (width - 1) + ":" for k, width in enumerate(widths)]
    return [f"| {' | '.join(_aligned(row, widths))} |" for row in (heads, below, *rows)]


def paragraph(text: str, width: int = WIDTH) -> str:
    """The text in lines of at most `width` columns, without breaking a word, and the empty line after it."""
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False) + "\n"


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.rjust(width) if k else cell.ljust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))]
