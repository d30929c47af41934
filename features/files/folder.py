"""Tables by the names of files: those of a folder, or of any other store of tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from features.errors import InputError
from features.files.as_written import read_columns
from features.files.dialect import Dialect

KNOWN = " known"  # a column `X known` beside a column `X` has the day on which each of its values was published


class Tables(Protocol):
    """Tables by the names that [inputs] and [companions] give them."""

    @property
    def place(self) -> str:
        """Where they are, in words: `in FOLDER`."""
        ...

    def has(self, file: str, where: str) -> bool:
        """Whether there is a table `file`; InputError, which names the key `where`, for a name that leaves the folder."""
        ...

    def lacks(self, file: str) -> frozenset[str]:
        """The columns of the table `file` that its origin has not sent yet: features that need them are off, which is no mistake."""
        ...

    def origin(self, file: str, column: str) -> tuple[Path, str]:
        """What messages call the table `file`, and its `column`."""
        ...

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        """The rows of `file`, its days in the column `date`; InputError unless each of `columns` is there once.

        dialect : how the file is written, as far as it is known.
        """
        ...


class Folder:
    """A folder of files of text, of workbooks and of Parquet files, `place` in words; InputError where there is no such folder."""

    def __init__(self, path: Path, place: str | None = None) -> None:
        if not path.is_dir():
            raise InputError(f"--data {path}: no such folder; give one that holds the files named in [inputs], or `bundled`, or `live`")
        self.path = path
        self.place = f"in {path}" if place is None else place

    def has(self, file: str, where: str) -> bool:
        path = self.path / file
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise InputError(f"[{where}]: file {file!r} leaves the data folder; name a file inside it")
        return path.is_file()

    def lacks(self, file: str) -> frozenset[str]:
        return frozenset()

    def origin(self, file: str, column: str) -> tuple[Path, str]:
        return Path(file), column

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        return read_columns(self.path / file, columns, date=date, dialect=dialect)
