"""Vintage: one table as it was known at one moment, in a file that is never changed."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pandas as pd

from features.errors import InputError
from features.places import added, scratch_beside, settle_names
from features.store.moment import of_stem, stem
from features.store.table import by_key, differing, digest, in_order

MARK = b"smallcap_surge.vintage"
SUFFIX = ".parquet"
GONE = " gone"  # a column: the row is no longer there
WHOLE_EVERY = 32  # vintages; those between hold what differs from the last whole one
WORTH = 0.25  # of the rows differ: the whole is as short


@dataclass(frozen=True)
class Vintage:
    """`table` in order, its `key`, and what is told of it: item, origin, addresses and digests of the bodies, change, notes."""

    path: Path
    table: pd.DataFrame
    key: tuple[str, ...]
    told: Mapping[str, Any]

    @property
    def moment(self) -> datetime:
        """When it was retrieved."""
        return of_stem(self.path.stem)

    @property
    def digest(self) -> str:
        """SHA-256 of the table."""
        return str(self.told["digest"])


def names(folder: Path) -> list[str]:
    """The files of the vintages in `folder`, the oldest first."""
    return sorted(path.name for path in folder.glob(f"*{SUFFIX}") if not path.name.startswith(".")) if folder.is_dir() else []


def read(path: Path) -> Vintage:
    """The vintage at `path`, its digest checked; InputError, one line, for one that is damaged."""
    rows, told = _rows(path)
    key = tuple(told["key"])
    if told["base"] is not None:
        whole, about = _rows(path.with_name(told["base"]))
        if about["digest"] != told["base_digest"]:
            raise _damaged(path, f"it stands on {told['base']}, which is another than it was")
        rows = _applied(whole.drop(columns=GONE), rows, key)
    else:
        rows = rows.drop(columns=GONE)
    table = in_order(rows, key)
    if digest(table) != told["digest"]:
        raise _damaged(path, "its values are not those that were kept")
    return Vintage(path, table, key, told)


def add(
    folder: Path, moment: datetime, table: pd.DataFrame, key: tuple[str, ...], told: Mapping[str, Any], *, before: Vintage | None
) -> Vintage:
    """Keeps `table`, which is in order, as the vintage of `moment`; InputError where the place cannot be written.

    before : the last vintage, on which it may stand.
    """
    path = folder / f"{stem(moment)}{SUFFIX}"
    base, rows = _written(table, key, before, folder)
    about = {
        **told,
        "key": list(key),
        "rows": len(table),
        "digest": digest(table),
        "base": None if base is None else base.path.name,
        "base_digest": None if base is None else base.digest,
    }
    _write(path, rows, about)
    return Vintage(path, table, key, about)


def _write(path: Path, rows: pd.DataFrame, about: Mapping[str, Any]) -> None:
    import pyarrow as pa
    import pyarrow.parquet

    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = scratch_beside(path)
        try:
            found = pa.Table.from_pandas(rows, preserve_index=False).replace_schema_metadata({MARK: json.dumps(about)})
            pyarrow.parquet.write_table(found, scratch, compression="zstd", write_page_checksum=True)
            if not added(scratch, path):
                raise InputError(f"{path}: is there already, and no vintage is ever replaced; set the clock right")
            settle_names(path.parent)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"--cache: {path.parent} cannot be written ({error.strerror or error}); make room, or name another") from None


def _written(table: pd.DataFrame, key: tuple[str, ...], before: Vintage | None, folder: Path) -> tuple[Vintage | None, pd.DataFrame]:
    """The whole vintage that this one stands on, and the rows to write: those that differ from it, or all."""
    everything = table.assign(**{GONE: False})
    if before is None or before.key != key or list(before.table.columns) != list(table.columns):
        return None, everything
    try:
        base = before if before.told["base"] is None else read(folder / before.told["base"])
    except InputError:
        return None, everything  # it is damaged: nothing more shall stand on it
    since = sum(name > base.path.name for name in names(folder))
    rows = _different(base.table, table, key)
    return (None, everything) if since + 1 >= WHOLE_EVERY or len(rows) > WORTH * len(table) else (base, rows)


def _different(base: pd.DataFrame, table: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    was, now = by_key(base, key), by_key(table, key)
    shared = now.index.intersection(was.index)
    changed = shared[differing(was.loc[shared], now.loc[shared])]
    fresh, gone = now.index.difference(was.index), was.index.difference(now.index)
    kept = now.loc[changed.union(fresh)].assign(**{GONE: False})
    lost = was.loc[gone].assign(**{GONE: True})
    return pd.concat([part for part in (kept, lost) if len(part)] or [kept]).reset_index(names=list(key))


def _applied(whole: pd.DataFrame, rows: pd.DataFrame, key: tuple[str, ...]) -> pd.DataFrame:
    was, now = by_key(whole, key), by_key(rows, key)
    kept = was.loc[was.index.difference(now.index)]
    there = now[~now[GONE].astype(bool)].drop(columns=GONE)
    return pd.concat([part for part in (kept, there) if len(part)] or [kept]).reset_index(names=list(key))


def _rows(path: Path) -> tuple[pd.DataFrame, dict[str, Any]]:
    import pyarrow.parquet

    try:
        found = pyarrow.parquet.read_table(path, page_checksum_verification=True)
        told = json.loads((found.schema.metadata or {})[MARK])
        if not {"key", "base", "base_digest", "digest"} <= set(told) or GONE not in found.column_names:
            raise ValueError("it is no vintage")
        of_stem(path.stem)
    except FileNotFoundError:
        raise _damaged(path, "it is not there") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(path, (str(error).splitlines() or ["it is empty"])[0]) from None
    frame = found.to_pandas(ignore_metadata=True)
    days = [name for name in frame.columns if frame[name].dtype.kind == "M"]
    return frame.astype(dict.fromkeys(days, "datetime64[ns]")), told


def _damaged(path: Path, why: str) -> InputError:
    return InputError(f"{path}: this vintage is damaged ({why}); put back a copy, or move it away and pull again")
