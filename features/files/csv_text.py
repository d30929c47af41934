"""The text of a CSV file before it is parsed: whether it is one, and its rows without those that hold nothing."""

import csv
import io
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.files.bounded import UTF_16
from features.files.dialect import NAMES

LINE = "line"  # name of an index of lines of a file
SEPARATORS = {mark: NAMES[mark] for mark in (";", "\t", "|")}
DECIMAL_COMMA = re.compile(r"\d,\d")
EMPTY = re.compile(rb'^[ \t,;"]*\r?$', re.MULTILINE)
BOM = b"\xef\xbb\xbf"
HEAD = 2**16  # bytes in which the header and the row below it stand
ENCODE = "save it as CSV in UTF-8"


class CsvError(ValueError):
    """A text is no CSV as it is read here: the message has the rule, the value and the remedy."""


@dataclass(frozen=True)
class CsvRows:
    """A text without the lines that hold nothing.

    Parameters
    ----------
    text : bytes
    lines : ndarray of int, shape (n_lines,)
        The line of the file that each line of `text` is, from 1 on.
    """

    text: bytes
    lines: np.ndarray

    def of_records(self, count: int) -> np.ndarray:
        """(count,) the line of the file on which each of so many records below the header begins."""
        if len(self.lines) == count + 1:
            return self.lines[1:]
        reader = csv.reader(io.StringIO(self.text.decode("utf-8"), newline=""))  # a quoted text may have lines of its own
        starts, line = [], 0
        for _ in reader:
            starts.append(line)
            line = reader.line_num
        return self.lines[starts[1:]] if len(starts) == count + 1 else np.arange(2, count + 2)


def csv_rows(text: bytes) -> CsvRows:
    """The rows of `text` that hold anything; CsvError for other encodings and separators."""
    refuse_encoding(text)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    count = text.count(b"\n") + (not text.endswith(b"\n"))
    empty = [match.span() for match in EMPTY.finditer(text) if match.start() < len(text)]
    lines = np.arange(1, count + 1)
    if empty:
        parts, gone, line, place = [], [], 1, 0
        for start, end in empty:
            line += text.count(b"\n", place, start)
            parts.append(text[place:start])
            gone.append(line)
            place, line = end + 1, line + 1
        text, lines = b"".join([*parts, text[place:]]), np.delete(lines, np.array(gone) - 1)
    _refuse_separators(text.removeprefix(BOM)[:HEAD].decode("utf-8", "ignore").splitlines()[:2])
    return CsvRows(text, lines)


def refuse_encoding(text: bytes) -> None:
    """CsvError for bytes that are no UTF-8, with the line and what they may be."""
    if text.isascii():
        return
    if text.startswith(UTF_16):
        raise CsvError(f"is text in UTF-16, as Excel's Unicode text is; {ENCODE}")
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        byte = text[error.start : error.start + 1]
        word = byte.decode("cp1252", "ignore")
        windows = f"; in Windows text (cp1252) it is {word!r}" if word.isprintable() and word else ""
        reason = f"line {line} holds the byte {byte.hex().upper()}, which is no UTF-8{windows}"
        raise CsvError(f"cannot be read as csv ({reason}); {ENCODE}") from None


def _refuse_separators(lines: list[str]) -> None:
    """CsvError where the header, and the row below it, are set apart by something else than commas."""
    if not lines:
        return
    header, below = lines[0].rstrip("\r"), lines[-1]
    if header.lower().startswith("sep="):
        raise CsvError("begins with Excel's line `sep=`; take that line out, and set columns apart by commas")
    for mark, name in SEPARATORS.items():
        count, commas = header.count(mark), header.count(",")
        if count and (not commas or (count > commas and below.count(mark) == count)):
            decimal = " and its numbers have decimal commas" if DECIMAL_COMMA.search(below) else ""
            raise CsvError(f"its columns are separated by {name}{decimal}; save it with commas and decimal points")


def line_of(column: pd.Series, place: int) -> int:
    """The line of the file that the value at `place` of a column stands on; the header is line 1."""
    label = column.index[place]
    if column.index.name == LINE:
        return int(label)
    return int(label) + 2 if isinstance(label, int | np.integer) else place + 2


def lines_of(frame: pd.DataFrame) -> np.ndarray | None:
    """(n,) the line of the file of each row; None where they run from 2 on, or are not known."""
    return frame.index.to_numpy("int64") if frame.index.name == LINE else None
