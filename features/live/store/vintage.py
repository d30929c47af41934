"""A vintage: one table as it was known at one moment, in a file that never changes."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.live.store.table import by_key, differing, digest, in_order, kinds
from features.live.store.timestamps import timestamp_name, timestamp_of, timestamped_names
from features.live.store.write_once import unsealed, with_seal, write_once

MARK = b"smallcap_surge.vintage"
SUFFIX = ".parquet"
WHOLE_EVERY = 32  # vintages; those between hold what differs from the last whole one
FAULTS = (OSError, ArithmeticError, AttributeError, LookupError, MemoryError, RuntimeError, TypeError, ValueError)  # of damaged files
WORTH = 0.25  # of the rows differ: the whole is as short


@dataclass(frozen=True)
class Vintage:
    """A table in order, its key, and its metadata: item, origin, addresses and digests of its answers, change, notes."""

    path: Path
    table: pd.DataFrame
    key: tuple[str, ...]
    metadata: Mapping[str, Any]

    @property
    def moment(self) -> datetime:
        """When it was retrieved."""
        return timestamp_of(self.path.stem)

    @property
    def digest(self) -> str:
        """SHA-256 of the table."""
        return str(self.metadata["digest"])


def vintage_names(folder: Path) -> list[str]:
    """The files of the vintages in `folder`, the oldest first."""
    return timestamped_names(folder, SUFFIX)


def read_vintage(path: Path) -> Vintage:
    """The vintage at `path`, its digest checked; InputError, one line, where it is damaged."""
    rows, metadata = _rows(path)
    key = tuple(metadata["key"])
    if metadata["base"] is not None:
        whole, base = _rows(path.with_name(metadata["base"]))
        if base["digest"] != metadata["base_digest"]:
            raise _damaged(path, f"it stands on {metadata['base']}, which is another than it was")
    try:
        table = rows if metadata["base"] is None else in_order(_applied(whole, rows, key, gone=metadata["gone"]), key)
        is_whole = digest(table) == metadata["digest"]
    except FAULTS:
        is_whole = False
    if not is_whole:
        raise _damaged(path, "its values are not those that were stored")
    return Vintage(path, table, key, metadata)


def add_vintage(
    folder: Path, moment: datetime, table: pd.DataFrame, key: tuple[str, ...], metadata: Mapping[str, Any], *, before: Vintage | None
) -> Vintage:
    """Write `table`, which is in order, as the vintage of `moment`, which may store its difference from the base of `before`.

    InputError where it cannot be written.
    """
    path = folder / f"{timestamp_name(moment)}{SUFFIX}"
    base, rows, gone = _written(table, key, before, folder)
    about = {
        **metadata,
        "moment": timestamp_name(moment),
        "key": list(key),
        "rows": len(table),
        "digest": digest(table),
        "base": None if base is None else base.path.name,
        "base_digest": None if base is None else base.digest,
        "gone": gone,
    }
    _write(path, rows, with_seal(about))
    return Vintage(path, table, key, about)


def _write(path: Path, rows: pd.DataFrame, about: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    table = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata({MARK: json.dumps(about)})
    if not write_once(path, lambda scratch: pyarrow.parquet.write_table(table, scratch, compression="zstd", write_page_checksum=True)):
        raise InputError(f"{path}: is there already, and no vintage is ever replaced; set the clock right")


def _written(table: pd.DataFrame, key: tuple[str, ...], before: Vintage | None, folder: Path) -> tuple[Vintage | None, pd.DataFrame, int]:
    """The whole vintage that this one differs from, if any; the rows to write, all or those that differ; how many, the last, are gone."""
    if before is None or before.key != key or kinds(before.table) != kinds(table):
        return None, table, 0
    try:
        base = before if before.metadata["base"] is None else read_vintage(folder / before.metadata["base"])
    except InputError:
        return None, table, 0  # it is damaged: no further vintage may depend on it
    since = sum(name > base.path.name for name in vintage_names(folder))
    rows, gone = _different(base.table, table, key)
    return (None, table, 0) if since + 1 >= WHOLE_EVERY or len(rows) > WORTH * len(table) else (base, rows, gone)


def _different(base: pd.DataFrame, table: pd.DataFrame, key: tuple[str, ...]) -> tuple[pd.DataFrame, int]:
    """The rows of `table` that differ from those of `base`, then those that it has lost, and how many these are."""
    was, now = by_key(base, key), by_key(table, key)
    place = was.index.get_indexer(now.index)
    there = place >= 0
    written = ~there
    written[there] = differing(was.iloc[place[there]], now[there])
    lost = ~np.isin(np.arange(len(was)), place)
    return _together([now[written], was[lost]]).reset_index(names=list(key)), int(lost.sum())


def _applied(whole: pd.DataFrame, rows: pd.DataFrame, key: tuple[str, ...], *, gone: int) -> pd.DataFrame:
    was, now = by_key(whole, key), by_key(rows, key)
    return _together([was[~was.index.isin(now.index)], now.iloc[: len(now) - gone]]).reset_index(names=list(key))


def _together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """One after the other; an empty part does not change the kinds of the columns."""
    return pd.concat([part for part in parts if len(part)] or parts[:1])


def _rows(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    import pyarrow.parquet

    try:
        table = pyarrow.parquet.read_table(path, page_checksum_verification=True)
        metadata = unsealed((table.schema.metadata or {}).get(MARK, b""))
        if (metadata["moment"], metadata["item"]) != (path.stem, path.parent.name):
            raise ValueError(f"it is of {metadata['item']} at {metadata['moment']}")
        frame = table.to_pandas(ignore_metadata=True)
        days = [name for name in frame.columns if frame[name].dtype.kind == "M"]
        return frame.astype(dict.fromkeys(days, "datetime64[ns]")), metadata
    except FileNotFoundError:
        raise _damaged(path, "it is not there") from None
    except FAULTS:  # of which Arrow's words are for programmers
        raise _damaged(path, "it is cut, or not what was written") from None


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path}: this vintage is damaged ({why}); put back a copy, or move it away and pull again")
