"""The header of a table in a text: one line, or what, of which ticker and the name of the day's column, below a preamble."""

from collections import Counter
from collections.abc import Mapping, Sequence

from features.errors import InputError
from features.files.text_rows import Row, beside, count_of_lines, words_of

HEADERS = 3  # lines of header at most: what, of which ticker, and the name of the day's column
DAY = "Date"  # of a column of days that has no name


def header_of(above: Sequence[Row], body: Sequence[Row], place: int) -> tuple[dict[int, str], list[str]]:
    """By place, the name of each column, and what stands above the header, in a line."""
    width = Counter(len(row.cells) for row in body).most_common(1)[0][0]
    lines: list[Row] = []
    for row in reversed(above[-HEADERS:]):
        if len(row.cells) < max(2, width - 1) or (lines and not all(beside(row.cells, place))):
            break
        lines.insert(0, row)
    width = len(lines[-1].cells) if lines else width
    parts = [[row.cells[at].strip() if at < len(row.cells) else "" for row in lines] for at in range(width)]
    common = [_shared(line, [part for at, part in enumerate(parts) if at != place]) for line in range(len(lines))]
    names = {}
    for at, part in enumerate(parts):
        words = [word for line, word in enumerate(part) if word and (at == place or not common[line] or len(lines) == 1)]
        names[at] = (words[-1] if words else DAY) if at == place else " ".join(dict.fromkeys(words)) or f"column {at + 1}"
    notes = [f"of {common[line]}" for line in range(len(lines)) if common[line] and len(lines) > 1]
    skipped = above[: len(above) - len(lines)]
    if skipped:
        notes.append(f"{count_of_lines(skipped)} above the table not read, the last: {words_of(skipped[-1])}")
    return _distinct(names), notes


def refuse_ragged(header: Mapping[int, str], body: Sequence[Row], name: str) -> None:
    """InputError for a row with something in it beyond the header, as a decimal comma between commas leaves."""
    for row in body:
        if any(row.cells[len(header) :]):
            fields = f"line {row.line} has {len(row.cells)} fields, and the header {len(header)}"
            raise InputError(f"{name}: {fields}; check the line, or set `separator`")


def _shared(line: int, parts: Sequence[Sequence[str]]) -> str:
    """What every column has in this line of the header, if it is the same."""
    words = {part[line] for part in parts}
    return words.pop() if len(words) == 1 and len(parts) > 1 else ""


def _distinct(names: dict[int, str]) -> dict[int, str]:
    """The names, a second one of a kind with its place."""
    counts = Counter(names.values())
    return {at: label if counts[label] == 1 else f"{label} (column {at + 1})" for at, label in names.items()}
