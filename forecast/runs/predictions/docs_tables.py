"""The tables of docs/predictions.md, written from the code: `python -m forecast.runs.predictions.docs_tables docs/predictions.md`."""

import sys
from collections.abc import Iterable
from pathlib import Path

from features.errors import InputError
from forecast.runs.predictions.columns import COLUMNS, KEY, SCHEMA_VERSION
from forecast.runs.predictions.formats import FORMATS
from forecast.runs.predictions.history import STAMPS
from forecast.runs.predictions.latest import FIELDS

NEVER = "never missing"


def tables() -> dict[str, str]:
    """The tables of the page by name."""
    columns = (
        (f"`{name}`{' (key)' if name in KEY else ''}", column.kind, column.unit, column.meaning, column.missing or NEVER)
        for name, column in COLUMNS.items()
    )
    return {
        "version": f"The schema version is **{SCHEMA_VERSION}**. Endings: {', '.join(f'`{ending}`' for ending in FORMATS)}.",
        "columns": _table(("column", "type", "unit", "meaning", "missing means"), columns),
        "stamps": _table(("column", "meaning"), ((f"`{name}`", meaning) for name, meaning in STAMPS.items())),
        "latest": _table(("field", "meaning"), ((f"`{name}`", meaning) for name, meaning in FIELDS.items())),
    }


def with_tables(text: str) -> str:
    """The page with each table between its markers written anew; InputError if a marker is missing."""
    for name, content in tables().items():
        begin, end = f"<!-- {name}: begin, written by python -m forecast.runs.predictions.docs_tables -->", f"<!-- {name}: end -->"
        if text.count(begin) != 1 or text.count(end) != 1 or text.index(begin) > text.index(end):
            raise InputError(f"the page must hold once, each on a line of its own, {begin!r} and after it {end!r}; put them in")
        text = f"{text[: text.index(begin)]}{begin}\n{content}\n{text[text.index(end) :]}"
    return text


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(head)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (names, ["---"] * len(names), *(list(row) for row in rows)))


if __name__ == "__main__":
    page = Path(sys.argv[1])
    page.write_text(with_tables(page.read_text("utf-8")), "utf-8")
