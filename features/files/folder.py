"""Tables by the names of files: those of a folder, or of any other store of tables."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from features.errors import InputError
from features.files.table import read_table

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

    def table(self, file: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        """The rows of `file` as they stand; InputError unless each of `columns` is there once."""
        ...


class Folder:
    """A folder of CSV, CSV.gz or Parquet files; InputError where there is no such folder."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise InputError(f"--data {path}: no such folder; give one that holds the files named in [inputs], or `bundled`, or `live`")
        self.path = path

    @property
    def place(self) -> str:
        return f"in {self.path}"

    def has(self, file: str, where: str) -> bool:
        path = self.path / file
        if not path.resolve().is_relative_to(self.path.resolve()):
            raise InputError(f"[{where}]: file {file!r} leaves the data folder; name a file inside it")
        return path.is_file()

    def lacks(self, file: str) -> frozenset[str]:
        return frozenset()

    def table(self, file: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        return read_table(self.path / file, columns)
