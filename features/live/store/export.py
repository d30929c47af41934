"""The tables of one moment as a folder to train from, without the store and without a network."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.atomic import fsync_file, fsync_folder, scratch_folder
from features.files.cells import escape_formulas
from features.live.store.snapshot import Snapshot


@dataclass(frozen=True)
class ExportedFile:
    """A file of the folder, its number of rows, and its vintage."""

    file: str
    rows: int
    vintage: str


def export(snapshot: Snapshot, folder: Path) -> list[ExportedFile]:
    """Write every table of `snapshot` into `folder`, whole or not at all, numbers to the last bit.

    InputError where the folder is not empty or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(f"{folder}: is there already, and an export takes the place of nothing; name a new folder")
    try:
        with scratch_folder(folder.resolve()) as scratch:
            files = [_write(snapshot, file, scratch) for file in snapshot.records if snapshot.has(file)]
            fsync_folder(scratch)
            if folder.exists():
                folder.rmdir()
            shutil.copymode(scratch.parent, scratch)
            scratch.rename(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written ({error.strerror or error}); name a folder that can") from None
    return files


def _write(snapshot: Snapshot, file: str, folder: Path) -> ExportedFile:
    path = folder / file
    if not path.resolve().is_relative_to(folder.resolve()):
        raise InputError(f"{file}: leaves the folder; name a file inside it in the experiment")
    path.parent.mkdir(parents=True, exist_ok=True)
    frame = snapshot.whole(file)
    write(frame, path)
    fsync_file(path)
    return ExportedFile(file, len(frame), snapshot.records[file].vintage or "")


def write(frame: pd.DataFrame, path: Path) -> None:
    """Write a table by the ending of `path`: Parquet, CSV or CSV.gz."""
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
        return
    packed = {"method": "gzip", "mtime": 0} if path.suffix == ".gz" else None
    escape_formulas(frame).to_csv(path, index=False, date_format="%Y-%m-%d", compression=packed)
