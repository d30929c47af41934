"""Tables by the names of files: of a folder of the user's, or of whatever else has them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pandas as pd

from features.errors import InputError
from features.files.table import table

KNOWN = " known"  # a column `X known` beside a column `X` has the day on which each of its values was out


class Tables(Protocol):
    """Tables by the names that [inputs] and [companions] give them."""

    @property
    def place(self) -> str:
        """Where they are, in words: `in FOLDER`."""
        ...

    def has(self, file: str, where: str) -> bool:
        """Whether there is a table `file`; `where`, the key that names it, is for the InputError of a name that leaves the place."""
        ...

    def lacks(self, file: str) -> frozenset[str]:
        """The columns that the table `file` should have, and no origin has given yet: what reads them is off, and nobody's mistake."""
        ...

    def table(self, file: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        """Its rows as they stand, each of `columns` in it once; InputError, one line, if not to be had."""
        ...


class Folder:
    """A folder of CSV, CSV.gz or Parquet files. InputError where it is none."""

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
        return table(self.path / file, columns)
