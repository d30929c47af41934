"""Checkpoints: finished refits in a folder, so that a later training reads those whose models would see just the same."""

import io
import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from features.files.atomic import replacement
from forecast.backtest.fold_key import code_digest
from forecast.engines.probabilities import Prediction
from forecast.models.surge_base_rate import BaseRates

FOLDER = ".refits"
ENDING = ".npz"
OLD = 45 * 86400.0  # seconds: a refit that no training has read for six weeks is taken away, so that one a month finds its own
MOST_BYTES = 150e9  # of a folder: two thousand markets of 40 years, and as much of the code before
ROOM = 2**20  # bytes that a file may have beside its numbers: its header and its notes
PARTS = ("probabilities", "errors", "spread")
BASE_PARTS = ("base", "base_evidence")


class FoldPrediction(NamedTuple):
    """What the components of one refit predict for its surges, (n, k, q, 3), their base rates, and what the fits had to report."""

    prediction: Prediction
    base: BaseRates
    notes: tuple[str, ...]


class StoredFold(NamedTuple):
    """A fold as it was stored, or None; `harm` says why a file that is there cannot be used."""

    prediction: FoldPrediction | None
    harm: str | None = None


@dataclass(frozen=True)
class Checkpoints:
    """Finished folds in a folder, a file each by its key (`fold_keys`). Any number of trainings and workers may share it.

    code : digest of the code that made the keys, so that a worker with other sources stores nothing under them.
    """

    folder: Path
    code: str

    @classmethod
    def within(cls, place: Path) -> "Checkpoints":
        """Those that the runs in the folder `place` share."""
        return cls(place / FOLDER, code_digest())

    def read(self, key: str, shape: tuple[int, ...]) -> StoredFold:
        """The fold if it was stored; a file that is damaged, foreign, short or unreadable is none. shape : of its probabilities."""
        path = self._path(key)
        try:
            if not path.exists():
                return StoredFold(None)
            if not path.is_file() or path.stat().st_size > 8 * (len(PARTS) + 2) * int(np.prod(shape)) + ROOM:
                return StoredFold(None, "no file of a fold")
            stored = _parsed(path.read_bytes(), key, shape)
            with suppress(OSError):
                os.utime(path)  # it is of use
            return StoredFold(stored)
        except Exception as error:
            return StoredFold(None, " ".join(str(error).split())[:200] or type(error).__name__)

    def write(self, key: str, prediction: FoldPrediction) -> str | None:
        """Stores the fold, whole or not at all; why it could not be stored, or None. A fold that is not stored costs only time."""
        if code_digest() != self.code:
            return "the package's files were changed while it trained"
        path = self._path(key)
        try:
            self._make(path.parent)
            with replacement(path) as scratch:
                scratch.write_bytes(_content(key, prediction))
        except OSError as error:
            return error.strerror or type(error).__name__
        return None

    def forget_old(self, most: float = MOST_BYTES) -> None:
        """Takes away what nobody has read for six weeks, and what was read the longest ago where all are more than `most` bytes.

        A time that lies ahead counts as one that is past: the clock was set back.
        """
        facts = [(abs(time.time() - fact.st_mtime), fact.st_size, path) for path, fact in self._files()]
        total = 0
        for age, size, path in sorted(facts, key=itemgetter(0)):
            total += size
            if age > OLD or total > most:
                with suppress(OSError):
                    path.unlink()

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        for path in self.folder.glob(f"*/*{ENDING}"):
            with suppress(OSError):  # another process took it away
                yield path, path.stat()

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{ENDING}"

    def _make(self, folder: Path) -> None:
        if not folder.is_dir():
            self.folder.mkdir(exist_ok=True)
            (self.folder / ".gitignore").write_text("*\n", "utf-8")  # nobody commits them by mistake
            folder.mkdir(exist_ok=True)


def _content(key: str, fold: FoldPrediction) -> bytes:
    parts = zip((*PARTS, *BASE_PARTS), (*fold.prediction.parts, *fold.base), strict=True)
    arrays = {name: np.ascontiguousarray(part, dtype=np.float64) for name, part in parts}
    header = json.dumps({"key": key, "notes": list(fold.notes)}).encode()
    numbers: dict[str, Any] = arrays | {"header": _bytes(header), "checksum": _bytes(_checksum(header, arrays))}
    content = io.BytesIO()
    np.savez(content, **numbers)
    return content.getvalue()


def _parsed(content: bytes, key: str, shape: tuple[int, ...]) -> FoldPrediction:
    """ValueError, or whatever the reader raises, for what is not to the last bit the fold that was stored."""
    with np.load(io.BytesIO(content), allow_pickle=False) as archive:
        if sum(info.file_size for info in archive.zip.infolist()) > len(content):
            raise ValueError("larger than its file")
        header = archive["header"].tobytes()
        arrays = {name: archive[name] for name in (*PARTS, *BASE_PARTS)}
        checksum = archive["checksum"].tobytes()
    n, _, q, outcomes = shape
    shapes = dict.fromkeys(PARTS, shape) | dict(zip(BASE_PARTS, ((n, q, outcomes), (n, q)), strict=True))
    if any(part.dtype != np.float64 or part.shape != shapes[name] for name, part in arrays.items()):
        raise ValueError("of another shape")
    if checksum != _checksum(header, arrays):
        raise ValueError("its checksum is another")
    facts = json.loads(header)
    if facts["key"] != key:
        raise ValueError("of another fold")
    prediction, base = Prediction(*(arrays[name] for name in PARTS)), BaseRates(*(arrays[name] for name in BASE_PARTS))
    return FoldPrediction(prediction, base, tuple(facts["notes"]))


def _bytes(text: bytes) -> np.ndarray:
    return np.frombuffer(text, dtype=np.uint8)


def _checksum(header: bytes, arrays: dict[str, np.ndarray]) -> bytes:
    digest = sha256(header)
    for name in (*PARTS, *BASE_PARTS):
        digest.update(f"{name}{arrays[name].shape}".encode() + arrays[name].tobytes())
    return digest.digest()
