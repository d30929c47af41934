"""Snapshot: the tables of the store as they were at one moment, under the names of their files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from features.errors import InputError
from features.files.table import refuse_without
from features.live.items import Item
from features.live.store.pull_log import ItemRecord
from features.live.store.requirements import missing_columns
from features.live.store.store import Store


@dataclass(frozen=True)
class Snapshot:
    """`found` : what is in force of each file, `specs` where it comes from, and `keys` its item in `store`."""

    store: Store
    found: Mapping[str, ItemRecord]
    specs: Mapping[str, Item]
    keys: Mapping[str, str]

    @property
    def place(self) -> str:
        return f"in the store {self.store.folder}"

    def has(self, file: str, where: str) -> bool:
        return file in self.found and self.found[file].vintage is not None

    def lacks(self, file: str) -> frozenset[str]:
        return missing_columns(self.specs[file], self.whole(file)) if self.has(file, "") else frozenset()

    def table(self, file: str, columns: Sequence[str] = ()) -> pd.DataFrame:
        frame = self.whole(file)
        refuse_without(columns, [str(name) for name in frame.columns], file)
        return frame

    def whole(self, file: str) -> pd.DataFrame:
        """Everything the store has under that name; InputError, one line, where its vintage is damaged."""
        name = self.found[file].vintage if file in self.found else None
        if name is None:
            raise InputError(f"{file}: the store {self.store.folder} has none; pull, or drop the file into {self.store.dropped}")
        return self.store.read(self.keys[file], name).table
