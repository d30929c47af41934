"""Store: a folder of vintages by item, of the bodies they were made of, and a record of every pull."""

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
    """The store in `folder`, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def dropped(self) -> Path:
        """Where people put files."""
        return self.folder / DROPPED

    def writing(self) -> AbstractContextManager[None]:
        """The store to ourselves; InputError where it cannot be written, or another process keeps it too long."""
        try:
            self.dropped.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--cache {self.folder}: cannot be written ({error.strerror}); name a folder that can") from None
        return file_lock(self.folder / LOCK)

    def names(self, item: str) -> list[str]:
        """The vintages of `item`, the oldest first."""
        return vintage.names(self.folder / ITEMS / item)

    def read(self, item: str, name: str) -> Vintage:
        """One vintage; InputError, one line, for one that is damaged."""
        return vintage.read(self.folder / ITEMS / item / name)

    def latest(self, item: str, known: Vintage | None = None) -> tuple[Vintage | None, list[str]]:
        """The last vintage of `item` that is whole, and a line for each later one that is damaged. known : one that was read already."""
        damaged: list[str] = []
        for name in reversed(self.names(item)):
            if known is not None and known.path.name == name:
                return known, damaged
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
        """Keeps `table` as a new vintage of `item`, and the bodies it was made of; the store has to be ours.

        before : the last vintage that is whole.
        """
        given = self.names(item)
        moment = max(at, timestamp_of(Path(given[-1]).stem) + timedelta(microseconds=1)) if given else at
        about = dict(metadata) | {"item": item, "bodies": [self._keep(body) for body in bodies]}
        return vintage.add(self.folder / ITEMS / item, moment, table, key, about, before=before)

    def record(self, at: datetime, items: Mapping[str, ItemRecord]) -> Pull:
        """Keeps the record of a pull, whose moment is after that of any before it; the store has to be ours."""
        last = self._last_moment()
        pull = Pull(at if last is None else max(at, last + timedelta(microseconds=1)), dict(items))
        told = with_seal({"moment": timestamp_name(pull.moment), "items": {key: found.as_json() for key, found in pull.items.items()}})
        write_once(
            self._record(pull.moment), lambda scratch: scratch.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", "utf-8")
        )
        return pull

    def pulls(self) -> list[datetime]:
        """The moments of all pulls, in order."""
        return [timestamp_of(name.removesuffix(RECORD)) for name in timestamped_names(self.folder / PULLS, RECORD)]

    def pull(self, at: datetime) -> Pull:
        """The record of the pull of that very moment; InputError where it is damaged."""
        path = self._record(at)
        try:
            told = unsealed(path.read_bytes())
            if told["moment"] != path.stem:
                raise ValueError(f"it is of {told['moment']}")
            return Pull(at, {key: ItemRecord.of_json(found) for key, found in told["items"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            why = "it is cut, or not what was written" if path.exists() else "it is not there"
            raise InputError(f"{path}: this record of a pull is damaged ({why}); put back a copy, or move it away") from None

    def at(self, moment: datetime | None = None, among: Sequence[str] | None = None) -> tuple[dict[str, ItemRecord], list[str]]:
        """What was in force of each item at `moment` (default: now), of the items `among`; and a line for each record that is damaged."""
        found: dict[str, ItemRecord] = {}
        damaged: list[str] = []
        wanted = None if among is None else set(among)
        for at in reversed(self.pulls()):
            if moment is not None and at > moment:
                continue
            try:
                for key, item in self.pull(at).items.items():
                    if wanted is None or key in wanted:
                        found.setdefault(key, item)
            except InputError as error:
                damaged.append(str(error))
            if wanted is not None and len(found) == len(wanted):
                break
        return found, damaged

    def first_after(self, moment: datetime, item: str, *, until: datetime | None = None) -> ItemRecord | None:
        """What was first in force of `item` after `moment`, and by `until`; records that are damaged are passed over."""
        for at in self.pulls():
            if at <= moment or (until is not None and at > until):
                continue
            try:
                found = self.pull(at).items.get(item)
            except InputError:
                continue
            if found is not None and found.vintage is not None:
                return found
        return None

    def body(self, digest: str) -> bytes:
        """What came, by its SHA-256; InputError where it is not there, or damaged."""
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
        """Takes away what a process that was killed has left half written; the store has to be ours."""
        items = self.folder / ITEMS
        for folder in (self.folder / BODIES, self.folder / PULLS, *(items.iterdir() if items.is_dir() else ())):
            remove_scratch(folder)

    def _keep(self, body: Body) -> dict[str, Any]:
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

    def _last_moment(self) -> datetime | None:
        moments = self.pulls()
        return moments[-1] if moments else None


def item_key(spec: BaseModel) -> str:
    """The name of an item in the store: the same source, symbols and columns, the same item, whichever experiment asks."""
    told = spec.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    columns = "-".join(list(told.get("columns") or ())[:3])
    said = str(told.get("symbol") or told.get("archive") or told.get("pattern") or (told.get("strip") or {}).get("root") or columns)
    plain = re.sub(r"[^A-Za-z0-9]+", "-", said).strip("-")[:40]
    return "-".join(part for part in (told["source"], plain, digest[:8]) if part)
