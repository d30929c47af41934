"""The page of files of prices, from the very files of the tests: python -m tests.notation_table docs/howto/notations.md"""

import re
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from features.errors import InputError
from features.files.date_format import looks_like_day
from features.files.dialect import NAMES
from features.sources.price_file import PriceFile, fitting_exchange, look_at
from tests.written import NOTATIONS, REFUSED

HEAD = """# Files of prices, and how they are read

`python -m forecast init FILE` says of your file what stands here of those that the tests read: the same 300 closes in the notation of each
publisher, each read to the last digit by looking, without a key. The first line with a day is shown as it stands, `→` for a tab.
The page is made by `python -m tests.notation_table docs/howto/notations.md`.

| file | a line of it | fields | decimal | days | taken for close, open, high, low | said |
| --- | --- | --- | --- | --- | --- | --- |
"""
REFUSALS = """
## What is refused

Nothing that could be read in two ways is guessed. Each of these files is refused with its line and exit code 2, and nothing is written.

| file | line |
| --- | --- |
"""


def page() -> str:
    """The page in Markdown."""
    read = [_row(kind, text, looked_at(text)) for kind, text in NOTATIONS.items()]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "FILE.csv"
        refused = [f"| {kind} | {_cell(_refusal(path, text))} |\n" for kind, (text, _) in REFUSED.items()]
    return "".join([HEAD, *read, REFUSALS, *refused])


@cache
def looked_at(text: str) -> PriceFile:
    """What is found in a file of this text, which is gone by then."""
    with TemporaryDirectory() as folder:
        return _looked_at(Path(folder) / "FILE.csv", text)


def _looked_at(path: Path, text: str) -> PriceFile:
    path.write_text(text, "utf-8")
    return look_at(path)


def _row(kind: str, text: str, file: PriceFile) -> str:
    columns = ", ".join(f"`{name}`" for name in file.columns.used)
    separator = NAMES[file.dialect.separator or ","]
    mark = "comma" if file.dialect.decimal == "," else "point"
    said = _cell("; ".join(file.notes)) or "nothing"
    return f"| {kind} | `{_line(text)}` | {separator} | {mark} | `{file.dialect.date_format}` | {columns} | {said} |\n"


def _line(text: str) -> str:
    """The first line that has a day, at most 60 letters of it."""
    lines = [line.replace("|", "\\|") for line in text.replace("\ufeff", "").splitlines()]
    line = next((line for line in lines if any(looks_like_day(cell.strip(' "')) for cell in re.split(r"[;\t]|,(?! )", line)[:3])), lines[1])
    return (line if len(line) <= 60 else f"{line[:59]}…").replace("\t", "→")


def _refusal(path: Path, text: str) -> str:
    try:
        fitting_exchange(_looked_at(path, text).days, path.name, remedy="--exchange")
    except InputError as error:
        return str(error).replace(f"{path.parent}/", "")
    raise AssertionError(f"not refused: {text[:60]!r}")


def _cell(line: str) -> str:
    """As Markdown has it in a cell."""
    return re.sub(r"([|\\<>*_`^\[\]])", r"\\\1", line)


def main(path: str) -> None:
    """Writes the page."""
    Path(path).write_text(page(), "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
