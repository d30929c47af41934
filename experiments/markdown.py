"""Markdown: tables whose columns stand under each other."""

from collections.abc import Sequence

NARROWEST = 3  # of a column: what Markdown takes for the line below the heads


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """The lines of a table; the first column to the left, the others, numbers, to the right."""
    widths = [max(NARROWEST, *(len(row[k]) for row in (heads, *rows))) for k in range(len(heads))]
    below = ["-" * width if k == 0 else "-" * (width - 1) + ":" for k, width in enumerate(widths)]
    return [f"| {' | '.join(_aligned(row, widths))} |" for row in (heads, below, *rows)]


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [cell.rjust(width) if k else cell.ljust(width) for k, (cell, width) in enumerate(zip(row, widths, strict=True))]
