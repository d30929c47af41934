"""Tables of a folder that several markets share: each is read once in a process, as long as its file stays the same."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import pandas as pd

from features.files.as_written import read_columns
from features.files.dialect import Dialect
from features.files.folder import Folder

MOST = 64  # tables; the largest that ships has half a megabyte


class FolderCache(Folder):
    """A folder whose tables are read once."""

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        path = self.path / file
        state = path.stat() if path.is_file() else None
        if state is None:
            return read_columns(path, columns, date=date, dialect=dialect)  # which says what is wrong
        return _read(path.resolve(), state.st_mtime_ns, state.st_size, path, tuple(columns), date, dialect).copy()


@lru_cache(maxsize=MOST)
def _read(
    _place: Path, _changed: int, _size: int, path: Path, columns: tuple[str, ...], date: str, dialect: Dialect | None
) -> pd.DataFrame:
    return read_columns(path, columns, date=date, dialect=dialect)
