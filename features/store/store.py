"""Store: a folder of vintages by item, of the bodies they were made of, and a record of every pull."""

import gzip
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel

from features.errors import InputError
from features.locks import locked
from features.places import added, scratch_beside
from features.sources.download import Body
from features.store import vintage
from features.store.moment import of_stem, stem
from features.store.pulls import Found, Pull
from features.store.vintage import Vintage

DROPPED = "dropped"  # folder into which people put files
ITEMS, BODIES, PULLS, LOCK = "items", "bodies", "pulls", ".store.lock"


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
        return locked(self.folder / LOCK)

    def names(self, item: str) -> list[str]:
        """The vintages of `item`, the oldest first."""
        return vintage.names(self.folder / ITEMS / item)

    def read(self, item: str, name: str) -> Vintage:
        """One vintage; InputError, one line, for one that is damaged."""
        return vintage.read(self.folder / ITEMS / item / name)

    def latest(self, item: str) -> tuple[Vintage | None, list[str]]:
        """The last vintage of `item` that is whole, and a line for each later one that is damaged."""
        damaged: list[str] = []
        for name in reversed(self.names(item)):
            try:
                return self.read(item, name), damaged
            except InputError as error:
                damaged.append(str(error))
        return None, damaged

    def add(
        self, item: str, at: datetime, table: pd.DataFrame, key: tuple[str, ...], *, told: Mapping[str, Any], bodies: Sequence[Body]
    ) -> Vintage:
        """Keeps `table` as a new vintage of `item`, and the bodies it was made of; the store has to be ours."""
        before, _ = self.latest(item)
        given = self.names(item)
        moment = max(at, of_stem(Path(given[-1]).stem) + timedelta(microseconds=1)) if given else at
        about = dict(told) | {"item": item, "bodies": [self._keep(body) for body in bodies]}
        return vintage.add(self.folder / ITEMS / item, moment, table, key, about, before=before)

    def record(self, at: datetime, items: Mapping[str, Found]) -> Pull:
        """Keeps the record of a pull, whose moment is after that of any before it; the store has to be ours."""
        last = self._last_moment()
        pull = Pull(at if last is None else max(at, last + timedelta(microseconds=1)), dict(items))
        path = self.folder / PULLS / f"{stem(pull.moment)}.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = scratch_beside(path)
        try:
            told = {"items": {key: found.as_json() for key, found in pull.items.items()}}
            scratch.write_text(json.dumps(told, indent=1, allow_nan=False) + "\n", "utf-8")
            added(scratch, path)
        except OSError as error:
            raise InputError(f"--cache {self.folder}: cannot be written ({error.strerror}); make room, or name another") from None
        finally:
            scratch.unlink(missing_ok=True)
        return pull

    def pulls(self) -> list[datetime]:
        """The moments of all pulls, in order."""
        return [of_stem(name) for name in self._records()]

    def pull(self, at: datetime) -> Pull:
        """The record of the pull of that very moment; InputError where it is damaged."""
        path = self.folder / PULLS / f"{stem(at)}.json"
        try:
            told = json.loads(path.read_text("utf-8"))
            return Pull(at, {key: Found.of_json(found) for key, found in told["items"].items()})
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError(f"{path}: this record of a pull is damaged ({error}); put back a copy, or move it away") from None

    def at(self, moment: datetime | None = None, among: Sequence[str] | None = None) -> tuple[dict[str, Found], list[str]]:
        """What was in force of each item at `moment` (default: now), of the items `among`; and a line for each record that is damaged."""
        found: dict[str, Found] = {}
        damaged: list[str] = []
        for at in reversed(self.pulls()):
            if moment is not None and at > moment:
                continue
            try:
                for key, item in self.pull(at).items.items():
                    if among is None or key in among:
                        found.setdefault(key, item)
            except InputError as error:
                damaged.append(str(error))
            if among is not None and len(found) == len(among):
                break
        return found, damaged

    def first_after(self, moment: datetime, item: str) -> Found | None:
        """The first vintage in force of `item` after `moment`."""
        for at in self.pulls():
            found = self.pull(at).items.get(item) if at > moment else None
            if found is not None and found.vintage is not None:
                return found
        return None

    def body(self, digest: str) -> bytes:
        """What came, by its SHA-256; InputError where it is not there, or damaged."""
        path = self._body(digest)
        try:
            content = gzip.decompress(path.read_bytes())
        except (OSError, EOFError, ValueError) as error:
            raise InputError(f"{path}: cannot be read ({error}); put back a copy") from None
        if hashlib.sha256(content).hexdigest() != digest:
            raise InputError(f"{path}: holds something else than what came; put back a copy")
        return content

    def sweep(self) -> None:
        """Takes away what a process that was killed has left half written; the store has to be ours."""
        for left in self.folder.rglob(".*.tmp*"):
            left.unlink(missing_ok=True)

    def _keep(self, body: Body) -> dict[str, Any]:
        digest = hashlib.sha256(body.content).hexdigest()
        path = self._body(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            scratch = scratch_beside(path)
            try:
                scratch.write_bytes(gzip.compress(body.content, mtime=0))
                added(scratch, path)
            finally:
                scratch.unlink(missing_ok=True)
        served = None if body.served is None else stem(body.served)
        return {"address": body.address, "sha256": digest, "bytes": len(body.content), "served": served}

    def _body(self, digest: str) -> Path:
        return self.folder / BODIES / digest[:2] / f"{digest}.gz"

    def _records(self) -> list[str]:
        folder = self.folder / PULLS
        return sorted(path.stem for path in folder.glob("*.json") if not path.name.startswith(".")) if folder.is_dir() else []

    def _last_moment(self) -> datetime | None:
        moments = self.pulls()
        return moments[-1] if moments else None


def item_key(spec: BaseModel) -> str:
    """The name of an item in the store: the same source, symbols and columns, the same item, whichever experiment asks."""
    told = spec.model_dump(mode="json")
    digest = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    said = str(told.get("symbol") or told.get("archive") or told.get("pattern") or "-".join(list(told.get("columns") or ())[:3]))
    plain = re.sub(r"[^A-Za-z0-9]+", "-", said).strip("-")[:40]
    return "-".join(part for part in (told["source"], plain, digest[:8]) if part)
