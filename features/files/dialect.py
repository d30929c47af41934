"""How a file of one table is written: by keys of the experiment, or else by looking."""

import codecs
import csv
from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.errors import InputError, validation_line
from features.files.date_format import looks_like_day

Separator = Literal[",", ";", "\t", "|"]
Decimal = Literal[".", ","]
SEPARATORS: tuple[Separator, ...] = (",", ";", "\t", "|")
NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
LOOKED_AT = 300  # lines, from which the separator is told


class Dialect(BaseModel):
    """How a table is written. What is left out is found by looking.

    separator : what stands between fields.   decimal : the decimal mark of numbers.   date_format : of days, as of `strptime`, such as
    "%d/%m/%Y".   sheet : of a workbook, by default its first.   encoding : of text, such as "cp1252".
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    separator: Separator | None = None
    decimal: Decimal | None = None
    date_format: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{2,40}$")] | None = None
    sheet: Annotated[str, Field(pattern=r"^[^\x00-\x1f]{1,31}$")] | None = None
    encoding: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,30}$")] | None = None


def dialect_of(**keys: str | None) -> Dialect:
    """The dialect of these keys; InputError, one line, for one that is no such thing."""
    try:
        return Dialect.model_validate({key: value for key, value in keys.items() if value is not None})
    except ValidationError as error:
        raise InputError(validation_line(error, Dialect)) from None


def decoded(content: bytes, encoding: str | None = None) -> str:
    """The text of `content`: by its mark, as UTF-8, or as Windows in western Europe writes it; ValueError where it is none of them."""
    if encoding is None:
        encoding = next((name for mark, name in MARKS if content.startswith(mark)), "utf-8")
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            encoding = "cp1252"
    try:
        return content.decode(encoding)
    except LookupError:
        raise ValueError(f"encoding {encoding!r} is unknown; write one such as 'cp1252'") from None
    except UnicodeDecodeError as error:
        raise ValueError(f"is no text in {encoding}: byte {error.start + 1} stands for nothing; set `encoding`") from None


def separator_of(lines: Sequence[str]) -> Separator:
    """What separates the fields of `lines`: the mark by which most lines have a day and further fields, or else that most lines have."""
    sample = lines[:LOOKED_AT]

    def lines_apart(mark: str) -> tuple[int, int]:
        rows = list(csv.reader(sample, delimiter=mark))
        return sum(_has_day(row) for row in rows), sum(len(row) > 1 for row in rows)

    return max(SEPARATORS, key=lines_apart)


def _has_day(row: Sequence[str]) -> bool:
    return len(row) > 1 and any(looks_like_day(cell.strip()) for cell in row[:3])
