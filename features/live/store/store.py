"""The store: a folder of vintages by item, of the answers they were made of, and a record of every pull."""

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from features.errors import InputError
from features.files.atomic import file_lock, remove_scratch
from features.live.download import Body
from features.live.store import vintage
from features.live.store.pull_log import ItemRecord, Pull
from features.live.store.timestamps import timestamp_name, timestamp_of, timestamped_names
from features.live.store.vintage import Vintage
from features.live.store.write_once import unsealed, with_seal, write_once

DROPPED = "dropped"  # folder into which people put files
ITEMS, BODIES, PULLS, LOCK = "items", "bodies", "pulls", ".store.lock"
RECORD = ".json"
PACKED = 6  # level of gzip: the highest takes three times as long for a hundredth


class Store:
    """The store in `folder`, which need not exist yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def dropped(self) -> Path:
        """Where people put files."""
        return self.folder / DROPPED

    def writing(self) -> AbstractContextManager[None]:
        """Hold the store alone; InputError where it cannot be written, or another process holds it too long."""
        try:
            self.dropped.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--cache {self.folder}: cannot be written ({error.strerror}); name a folder that can") from None
        return file_lock(self.folder / LOCK)

    def names(self, item: str) -> list[str]:
        """The vintages of `item`, the oldest first."""
        return vintage.vintage_names(self.folder / ITEMS / item)

    def read(self, item: str, name: str) -> Vintage:
        """One vintage; InputError, one line, where it is damaged."""
        return vintage.read_vintage(self.folder / ITEMS / item / name)

    def latest(self, item: str, read: Vintage | None = None) -> tuple[Vintage | None, list[str]]:
        """The last undamaged vintage of `item`, which may be `read` already, and a line for each later one that is damaged."""
        damaged: list[str] = []
        for name in reversed(self.names(item)):
            if read is not None and read.path.name == name:
                return read, damaged
            try:
                return self.read(item, name), damaged
            except InputError as error:
                damaged.append(str(error))
        return None, damaged

    def add(
        self,
        item: str,
        at: datetime,
        table: pd.DataFrame,
        key: tuple[str, ...],
        *,
        metadata: Mapping[str, Any],
        bodies: Sequence[Body],
        before: Vintage | None,
    ) -> Vintage:
        """Add `table` as a vintage of `item` after `before`, the last undamaged one, with its answers; within `writing`."""
        names = self.names(item)
        moment = max(at, timestamp_of(Path(names[-1]).stem) + timedelta(microseconds=1)) if names else at
        metadata = dict(metadata) | {"item": item, "bodies": [self._add_body(body) for body in bodies]}
        return vintage.add_vintage(self.folder / ITEMS / item, moment, table, key, metadata, before=before)

    def record(self, at: datetime, items: Mapping[str, ItemRecord]) -> Pull:
        """Add the record of a pull, with a moment after that of any before it; within `writing`."""
        pulls = self.pulls()
        pull = Pull(max(at, pulls[-1] + timedelta(microseconds=1)) if pulls else at, dict(items))
        fields = with_seal({"moment": timestamp_name(pull.moment), "items": {key: item.as_json() for key, item in pull.items.items()}})
        text = json.dumps(fields, indent=1, allow_nan=False) + "\n"
        write_once(self._record(pull.moment), lambda scratch: scratch.write_text(text, "utf-8"))
        return pull

    def pulls(self) -> list[datetime]:
        """The moments of all pulls, in order."""
        return [timestamp_of(name.removesuffix(RECORD)) for name in timestamped_names(self.folder / PULLS, RECORD)]

    def pull(self, at: datetime) -> Pull:
        """The record of the pull of that moment; InputError where it is damaged."""
        path = self._record(at)
        try:
            fields = unsealed(path.read_bytes())
            if fields["moment"] != path.stem:
                raise ValueError(f"it is of {fields['moment']}")
            return Pull(at, {key: ItemRecord.of_json(item) for key, item in fields["items"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            why = "it is cut, or not what was written" if path.exists() else "it is not there"
            raise InputError(f"{path}: this record of a pull is damaged ({why}); put back a copy, or move it away") from None

    def at(self, moment: datetime | None = None, among: Sequence[str] | None = None) -> tuple[dict[str, ItemRecord], list[str]]:
        """The record in force of each item (of those `among`) at `moment`, by default now, and a line for each record that is damaged."""
        records: dict[str, ItemRecord] = {}
        damaged: list[str] = []
        keys = None if among is None else set(among)
        for at in reversed(self.pulls()):
            if moment is not None and at > moment:
                continue
            try:
                for key, item in self.pull(at).items.items():
                    if keys is None or key in keys:
                        records.setdefault(key, item)
            except InputError as error:
                damaged.append(str(error))
            if keys is not None and len(records) == len(keys):
                break
        return records, damaged

    def first_after(self, moment: datetime, item: str, *, until: datetime | None = None) -> ItemRecord | None:
        """The first record of `item` with a vintage after `moment`, and by `until`; damaged records are passed over."""
        for at in self.pulls():
            if at <= moment or (until is not None and at > until):
                continue
            try:
                record = self.pull(at).items.get(item)
            except InputError:
                continue
            if record is not None and record.vintage is not None:
                return record
        return None

    def body(self, digest: str) -> bytes:
        """An answer by its SHA-256; InputError where it is missing or damaged."""
        path = self._body(digest)
        try:
            content = gzip.decompress(path.read_bytes())
        except FileNotFoundError:
            raise InputError(f"{path}: what came is not there; put back a copy") from None
        except (OSError, EOFError, ValueError, zlib.error):
            raise InputError(f"{path}: what came is damaged, it is cut or cannot be unpacked; put back a copy") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(f"{path}: what came is damaged, it holds something else; put back a copy")
        return content

    def remove_scratch(self) -> None:
        """Remove what a killed process left half written; within `writing`."""
        items = self.folder / ITEMS
        for folder in (self.folder / BODIES, self.folder / PULLS, *(items.iterdir() if items.is_dir() else ())):
            remove_scratch(folder)

    def _add_body(self, body: Body) -> dict[str, Any]:
        digest = hashlib.sha256(body.content).hexdigest()
        path = self._body(digest)
        if not path.exists():
            write_once(
                path, lambda scratch: scratch.write_bytes(gzip.compress(body.content, PACKED, mtime=0)), scratch_in=self.folder / BODIES
            )
        served = None if body.served is None else timestamp_name(body.served)
        return {"address": body.address, "sha256": digest, "bytes": len(body.content), "served": served}

    def _body(self, digest: str) -> Path:
        return self.folder / BODIES / digest[:2] / f"{digest}.gz"

    def _record(self, at: datetime) -> Path:
        return self.folder / PULLS / f"{timestamp_name(at)}{RECORD}"


def item_key(spec: BaseModel) -> str:
    """The name of an item in the store: one name for one source with its symbols and columns, whichever experiment asks."""
    fields = spec.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
    columns = "-".join(list(fields.get("columns") or ())[:3])
    label = str(
        fields.get("symbol") or fields.get("archive") or fields.get("pattern") or (fields.get("strip") or {}).get("root") or columns
    )
    plain = re.sub(r"[^A-Za-z0-9]+", "-", label).strip("-")[:40]
    return "-".join(part for part in (fields["source"], plain, digest[:8]) if part)
