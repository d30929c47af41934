"""Small tables of HTML, for notebooks; every cell is escaped."""

from collections.abc import Sequence
from html import escape


def display_table(caption: Sequence[str], head: Sequence[str], rows: Sequence[Sequence[str]], below: Sequence[str] = ()) -> str:
    """A table with lines above and below it; the first cell of each row names it."""
    headings = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr><th>{escape(name)}</th>{''.join(f'<td>{escape(cell)}</td>' for cell in cells)}</tr>" for name, *cells in rows)
    return "".join(
        [
            *(f"<p>{escape(line)}</p>" for line in caption),
            f"<table><thead><tr>{headings}</tr></thead><tbody>{body}</tbody></table>",
            *(f"<p><small>{escape(line)}</small></p>" for line in below),
        ]
    )
