"""Checkpoints: finished refits are stored until their run is whole, so that a rerun goes on where an earlier one was ended."""

import io
import json
import platform
import secrets
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, fields
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import features
import forecast
from features.files.atomic import claim, claims_in, is_held, remove_abandoned, replacement
from forecast.backtest.experiment import Experiment
from forecast.engines.probabilities import Prediction
from forecast.models.surge_base_rate import BaseRates
from forecast.target.sample import Sample
from forecast.target.splits import Fold

SUFFIX = ".folds"
SHOWN = 10  # digits of the identity in the name of the folder, as in that of a run
OLD = 7 * 86400.0  # seconds: a run that was given up a week ago is not taken up again
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
    """Finished folds in a folder, a file each. Any number of runs and workers of the same identity may share it."""

    folder: Path
    identity: str
    code: str

    def read(self, fold: Fold, shape: tuple[int, ...]) -> StoredFold:
        """The fold if it was stored; a file that is damaged, foreign, short or unreadable is none. shape : of its probabilities."""
        path = self._path(fold)
        try:
            if not path.exists():
                return StoredFold(None)
            if not path.is_file() or path.stat().st_size > 8 * (len(PARTS) + 2) * int(np.prod(shape)) + ROOM:
                return StoredFold(None, "no file of a fold")
            return StoredFold(self._parsed(path.read_bytes(), fold, shape))
        except Exception as error:
            return StoredFold(None, " ".join(str(error).split())[:200] or type(error).__name__)

    def write(self, fold: Fold, prediction: FoldPrediction) -> str | None:
        """Stores the fold, whole or not at all; why it could not be stored, or None. A fold that is not stored costs only time."""
        if code_digest() != self.code:
            return "the package's files were changed while it trained"
        try:
            self.folder.mkdir(exist_ok=True)
            with replacement(self._path(fold)) as scratch:
                scratch.write_bytes(self._content(fold, prediction))
        except OSError as error:
            return error.strerror or type(error).__name__
        return None

    def discard(self) -> None:
        """The run is whole: takes the folder away, unless another run of the same is using it."""
        if not any(is_held(lock) for lock in claims_in(self.folder)):
            shutil.rmtree(self.folder, ignore_errors=True)

    def _path(self, fold: Fold) -> Path:
        return self.folder / f"{fold.trained_to:06d}.npz"

    def _header(self, fold: Fold) -> dict[str, Any]:
        return {"identity": self.identity, "trained_to": fold.trained_to, "test": fold.test.tolist()}

    def _content(self, fold: Fold, prediction: FoldPrediction) -> bytes:
        parts = zip((*PARTS, *BASE_PARTS), (*prediction.prediction.parts, *prediction.base), strict=True)
        arrays = {name: np.ascontiguousarray(part, dtype=np.float64) for name, part in parts}
        header = json.dumps(self._header(fold) | {"notes": list(prediction.notes)}).encode()
        numbers: dict[str, Any] = arrays | {"header": _bytes(header), "checksum": _bytes(_checksum(header, arrays))}
        content = io.BytesIO()
        np.savez(content, **numbers)
        return content.getvalue()

    def _parsed(self, content: bytes, fold: Fold, shape: tuple[int, ...]) -> FoldPrediction:
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
        fields = json.loads(header)
        if {name: fields[name] for name in self._header(fold)} != self._header(fold):
            raise ValueError("of another run")
        prediction, base = Prediction(*(arrays[name] for name in PARTS)), BaseRates(*(arrays[name] for name in BASE_PARTS))
        return FoldPrediction(prediction, base, tuple(fields["notes"]))


@contextmanager
def open_checkpoints(place: Path, name: str, identity: str) -> Iterator[Checkpoints]:
    """The finished folds of the run `name` in `place`, to go on from; they stay when the block ends, until `discard`.

    Folders of other runs that nobody has touched for a week are taken away. Where the folder cannot be made, `write` says so.
    """
    store = checkpoints_of(place, name, identity)
    _forget_old(place, store.folder)
    try:
        with ExitStack() as using:
            with suppress(OSError):
                store.folder.mkdir(exist_ok=True)
                remove_abandoned(store.folder)
                using.enter_context(claim(store.folder / f".{secrets.token_hex(8)}"))
            yield store
    finally:
        with suppress(OSError):  # it is not empty: something was finished
            store.folder.rmdir()


def checkpoints_of(place: Path, name: str, identity: str) -> Checkpoints:
    """The finished folds of the run `name` in `place`, for a worker of it; the folder is made with the first of them."""
    return Checkpoints(place / f".{name}-{identity[:SHOWN]}{SUFFIX}", identity, code_digest())


def _forget_old(place: Path, ours: Path) -> None:
    """A time that lies ahead counts as one that is past: the clock was set back."""
    for folder in place.glob(f".*{SUFFIX}"):
        with suppress(OSError):
            if folder != ours and abs(time.time() - folder.stat().st_mtime) > OLD and not any(map(is_held, claims_in(folder))):
                shutil.rmtree(folder, ignore_errors=True)


def _bytes(text: bytes) -> np.ndarray:
    return np.frombuffer(text, dtype=np.uint8)


def _checksum(header: bytes, arrays: dict[str, np.ndarray]) -> bytes:
    digest = sha256(header)
    for name in (*PARTS, *BASE_PARTS):
        digest.update(f"{name}{arrays[name].shape}".encode() + arrays[name].tobytes())
    return digest.digest()


LIBRARIES = ("arch", "llvmlite", "numba", "numpy", "pandas", "scikit-learn", "scipy", "smallcap-surge", "statsmodels")
CODE = (".csv", ".py")  # what of our own files decides: the sources, and the facts that they read


def identity(samples: Sequence[Sample], experiment: Experiment, study: str) -> str:
    """SHA-256 over the digest of the study, the samples themselves, the experiment, our code, the libraries and the machine.

    study : `Study.digest`. The kind of processor is in it, because compiled code may add up in another order on another one.
    """
    facts: dict[str, Any] = {"study": study, "experiment": experiment.digest, "code": code_digest(), "machine": _machine()}
    facts |= {"samples": [sample_digest(sample) for sample in samples], "libraries": {name: version(name) for name in LIBRARIES}}
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


@lru_cache
def code_digest() -> str:
    """SHA-256 over our own files as this process found them at first: later edits are not in what it runs."""
    digest = sha256()
    for wing in (features, forecast):
        root = Path(wing.__path__[0])
        for file in sorted(path for path in root.rglob("*") if path.suffix in CODE):
            digest.update(f"{wing.__name__}/{file.relative_to(root).as_posix()}\0".encode() + sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _machine() -> list[str]:
    import llvmlite.binding
    import numba

    chosen = (numba.config.CPU_NAME, numba.config.CPU_FEATURES, numba.config.DISABLE_JIT)  # by NUMBA_... in the environment
    return [platform.python_version(), platform.system(), platform.machine(), llvmlite.binding.get_host_cpu_name(), *map(str, chosen)]


def sample_digest(sample: Sample) -> str:
    """SHA-256 over every field of `sample`."""
    digest = sha256()
    for field in fields(sample):
        value = getattr(sample, field.name)
        text = f"{value.dtype.str}{value.shape}" if isinstance(value, np.ndarray) else repr(value)
        digest.update(f"{field.name}={text}\0".encode())
        if isinstance(value, np.ndarray):
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()
