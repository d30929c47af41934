"""The tables of the store as they were at one moment, under the names of their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.dialect import Dialect
from features.files.table import refuse_without
from features.live.items import Item
from features.live.store.pull_log import ItemRecord
from features.live.store.requirements import missing_columns
from features.live.store.store import Store


@dataclass(frozen=True)
class Snapshot:
    """By file: the records in force, the items they come from, and their keys in `store`."""

    store: Store
    records: Mapping[str, ItemRecord]
    specs: Mapping[str, Item]
    keys: Mapping[str, str]

    @property
    def place(self) -> str:
        return f"in the store {self.store.folder}"

    def has(self, file: str, where: str = "") -> bool:
        return file in self.records and self.records[file].vintage is not None

    def lacks(self, file: str) -> frozenset[str]:
        return missing_columns(self.specs[file], self.whole(file)) if self.has(file) else frozenset()

    def origin(self, file: str, column: str) -> tuple[Path, str]:
        return Path(file), column

    def table(self, file: str, columns: Sequence[str], *, date: str, dialect: Dialect | None = None) -> pd.DataFrame:
        frame = self.whole(file)
        refuse_without((date, *columns), [str(name) for name in frame.columns], file)
        return frame

    def whole(self, file: str) -> pd.DataFrame:
        """All that the store has under that name; InputError, one line, where it has nothing or its vintage is damaged."""
        name = self.records[file].vintage if file in self.records else None
        if name is None:
            raise InputError(f"{file}: the store {self.store.folder} has none; pull, or drop the file into {self.store.dropped}")
        return self.store.read(self.keys[file], name).table
