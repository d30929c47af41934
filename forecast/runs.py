"""Run folders: written whole or not at all, and checked when opened."""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from features.errors import InputError

MANIFEST = "run.json"
RUN_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Run:
    """An opened run folder; `manifest` holds what names the run and the digest of each of its files."""

    folder: Path
    manifest: dict[str, Any]

    def read(self, name: str) -> Any:
        """The JSON file `name` of the run; InputError if it cannot be read."""
        return _read_json(self.folder / name)


@contextmanager
def new_run_folder(folder: Path) -> Iterator[Path]:
    """A scratch folder that becomes `folder` when the block ends well, replacing a run that was there, and vanishes otherwise.

    InputError before anything is computed when `folder` cannot be written, or is something other than a run.
    """
    if folder.exists() and (not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).is_file())):
        raise InputError(f"--output {folder}: exists and is no run of this package; name a new folder")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise InputError(f"--output {folder}: cannot be written ({error.strerror}); name a folder that can") from None
    try:
        yield scratch
        with FileLock(folder.parent / f".{folder.name}.lock"):
            _swap(scratch, folder)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _swap(scratch: Path, folder: Path) -> None:
    scratch.chmod(0o777 & ~_umask())  # mkdtemp keeps others out
    if folder.exists():
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}-old-", dir=folder.parent))
        os.replace(folder, old)
        os.replace(scratch, folder)
        shutil.rmtree(old, ignore_errors=True)
    else:
        os.replace(scratch, folder)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: Path, value: Any) -> None:
    """`value` as JSON at `path`; a number that is not finite becomes null, which JSON can say."""
    path.write_text(json.dumps(_finite(value), indent=1, default=str, allow_nan=False) + "\n", "utf-8")


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and value - value != 0 else value


def seal(folder: Path, manifest: dict[str, Any]) -> None:
    """Writes the manifest, last: a folder without it, or with other files than it names, is not a whole run."""
    digests = {path.name: _digest(path) for path in sorted(folder.iterdir()) if path.name != MANIFEST}
    write_json(folder / MANIFEST, manifest | {"files": digests})


def open_run(run: str, tracking_uri: str | None = None) -> Run:
    """The run in a folder, or of an MLflow run id, with each file checked against the manifest; InputError if it is damaged."""
    folder = locate(run, tracking_uri)
    if not (folder / MANIFEST).is_file():
        raise InputError(f"--run {run}: {folder} holds no {MANIFEST}, so it is no whole run; train again or name another")
    manifest = _read_json(folder / MANIFEST)
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise InputError(f"{folder / MANIFEST}: damaged, it names no files; train again")
    for name, digest in manifest["files"].items():
        path = folder / Path(name).name
        if not path.is_file() or _digest(path) != digest:
            raise InputError(f"--run {run}: {name} is {'changed' if path.is_file() else 'missing'}, the run is damaged; train again")
    return Run(folder, manifest)


def locate(run: str, tracking_uri: str | None = None) -> Path:
    """The folder of a run given by path or by MLflow run id; InputError if there is none."""
    folder = Path(run)
    if folder.is_dir():
        return folder
    if RUN_ID.fullmatch(run):
        from forecast.tracking import download

        return download(run, tracking_uri)
    raise InputError(f"--run {run}: neither a run folder nor an MLflow run id (32 hexadecimal digits); look into runs/")


def _read_json(path: Path) -> Any:
    try:
        return json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read ({error}); train again") from None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
