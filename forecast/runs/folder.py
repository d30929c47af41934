"""Run folders: written whole or not at all, and checked against run.json when opened."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pandas as pd
from pydantic import ValidationError

from features.errors import InputError, validation_line
from features.files.atomic import file_lock, fsync_file, fsync_folder, half_made, remove_abandoned, scratch_folder
from forecast.runs.manifest import FEATURES, FILES, MANIFEST, PANEL, TABLE_AS_TEXT, Manifest, file_digest

if TYPE_CHECKING:
    from features.catalogue import FeatureMatrix
    from features.panel.panel import Panel

# Made from the files of a run later; they may stand beside them, and a run is whole without them:
EVALUATION = "evaluation.json"
REPORT = "report.html"
PICTURES = "pictures"
MAX_FILE = 512 * 2**20  # bytes of one file; the largest of forty years and thirty questions has seven million
DRAWN = (".png", ".svg")  # endings in the folder of pictures


@dataclass(frozen=True)
class Run:
    """An opened run folder.

    Parameters
    ----------
    folder : Path
    manifest : Manifest
        The content of run.json.
    """

    folder: Path
    manifest: Manifest

    def panel(self) -> "Panel":
        """The panel that the run was trained on."""
        from features.sources import panel_file

        return panel_file.load(self.folder / PANEL)

    def features(self, panel: "Panel") -> "FeatureMatrix":
        """The features of `panel`: from the run's file as far as it is the run's own panel, and computed otherwise."""
        from features.catalogue import extend, feature_matrix
        from features.sources import panel_file

        ended = pd.Timestamp(self.manifest.as_of)
        own = panel if panel.sessions[-1] == ended else panel.as_of(ended)
        if panel.sessions[-1] < ended or own.digest != self.manifest.panel_digest:
            return feature_matrix(panel)
        stored = panel_file.load_features(self.folder / FEATURES, own)
        if stored is None:
            return feature_matrix(panel)
        return stored if own is panel else extend(stored, panel)

    def read(self, name: str) -> Any:
        """Content of the JSON file `name` of the run; InputError if it cannot be read."""
        return _read_json(self.folder / name)


@dataclass
class NewRun:
    """A run that is being written.

    Parameters
    ----------
    scratch : Path
        A hidden folder for the files of the run, which nobody else looks into.
    folder : Path
        The place of the run.
    name : Path
        The place as the user wrote it, for messages.
    """

    scratch: Path
    folder: Path
    name: Path

    def publish(self) -> None:
        """Put what stands in `scratch` at the place of the run, at once and whole; `scratch` stays, and may be published again.

        A file is a second name of that in `scratch`, or a copy where a disk has no such names. InputError if it cannot be done; a run
        that was there is then still there.
        """
        with file_lock(_lock(self.folder)), _scratch_beside(self.folder, self.name) as copy:
            _refuse_other_files(self.folder, self.name)
            _link_files(self.scratch, copy, self.name)
            _swap(copy, self.folder)

    @property
    def is_published(self) -> bool:
        """Whether the run at the place is this one."""
        ours, there = self.scratch / MANIFEST, self.folder / MANIFEST
        return ours.is_file() and there.is_file() and ours.read_bytes() == there.read_bytes()


@contextmanager
def new_run_folder(folder: Path) -> Iterator[NewRun]:
    """A run that takes the place `folder`, and that of a run there, when it is published: at the end of the block, unless it was before.

    Nothing is published if the block fails before. InputError before anything is computed if `folder` cannot be written, or holds
    anything that is no part of a run.
    """
    name, folder = folder, folder.resolve()
    if folder == Path.cwd() or folder in Path.cwd().parents:
        raise InputError(f"--output {name}: is the working directory, or holds it; name a new folder")
    with _scratch_beside(folder, name) as scratch:
        with file_lock(_lock(folder)):
            _restore(folder)
            remove_abandoned(folder)
            _refuse_other_files(folder, name)
        new = NewRun(scratch, folder, name)
        yield new
        if not new.is_published:
            new.publish()


@contextmanager
def _scratch_beside(folder: Path, name: Path) -> Iterator[Path]:
    """A hidden folder beside `folder`; InputError where there can be none."""
    with ExitStack() as stack:
        try:
            scratch = stack.enter_context(scratch_folder(folder))
        except OSError as error:
            raise InputError(f"--output {name}: cannot be written ({error.strerror}); name a folder that can") from None
        yield scratch


def _link_files(source: Path, copy: Path, name: Path) -> None:
    """Give each file below `source` its name below `copy` too, its content on the disk first."""
    try:
        for file in sorted(source.rglob("*")):
            place = copy / file.relative_to(source)
            if file.is_dir():
                place.mkdir()
                continue
            fsync_file(file)
            try:
                os.link(file, place)
            except OSError:  # no links on this file system
                shutil.copy2(file, place)
                fsync_file(place)
    except OSError as error:
        raise InputError(f"--output {name}: the run cannot be written ({error.strerror}); make room, or name another folder") from None


@contextmanager
def run_snapshot(folder: Path) -> Iterator[Run]:
    """The whole run in `folder` as it is now, in a folder of its own: a training that replaces it meanwhile changes nothing in it."""
    run = open_run(folder)
    with TemporaryDirectory(prefix="forecast-run-") as place:
        copy = Path(place) / run.folder.name
        try:
            shutil.copytree(run.folder, copy, ignore=shutil.ignore_patterns(".*"))
            whole = open_run(copy)
        except (OSError, InputError):
            raise InputError(f"{folder}: was replaced while it was read, or there is no room for a copy in {place}; try again") from None
        try:
            yield whole
        except InputError as error:
            raise InputError(str(error).replace(str(whole.folder), str(run.folder))) from error


def _lock(folder: Path) -> Path:
    return folder.parent / f".{folder.name}.lock"


def check_outside_run(path: Path, option: str) -> None:
    """InputError if `path` is a file of a run, which would be damaged by replacing it."""
    if path.name in (MANIFEST, *FILES) and (path.parent / MANIFEST).is_file():
        raise InputError(f"{option} {path}: is part of a run, which would be damaged; name another file")


def _aside(folder: Path) -> Path:
    """Place of a run for the moment in which its successor replaces it."""
    return folder.parent / f".{folder.name}.replaced"


def _refuse_other_files(folder: Path, name: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise InputError(f"--output {name}: is a file; name a new folder")
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    others = sorted(set(names) - {MANIFEST, EVALUATION, REPORT, *FILES} - _pictures(folder) - half_made(folder))
    if others or (names and MANIFEST not in names):
        raise InputError(f"--output {name}: exists and is no run, it holds {(others or names)[0]}; name a new folder")


def _pictures(folder: Path) -> set[str]:
    """The name of the folder of pictures, if it exists and holds pictures only."""
    inside = folder / PICTURES
    return {PICTURES} if inside.is_dir() and all(path.suffix in DRAWN and path.is_file() for path in inside.iterdir()) else set()


def _restore(folder: Path) -> None:
    """Put back a run whose replacement ended between two renames."""
    aside = _aside(folder)
    if aside.is_dir() and not folder.exists():
        aside.rename(folder)
    shutil.rmtree(aside, ignore_errors=True)


def _swap(scratch: Path, folder: Path) -> None:
    try:
        scratch.chmod(0o777 & ~_umask())  # the scratch folder was closed to others
        if folder.exists():
            folder.rename(_aside(folder))
        scratch.rename(folder)
    except OSError as error:
        raise InputError(f"{folder}: cannot be replaced ({error.strerror}); name a folder that can") from None
    finally:
        _restore(folder)  # the run before, if this one did not come into its place
    with suppress(OSError):
        fsync_folder(folder.parent)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def open_run(folder: Path, files: Sequence[str] = FILES) -> Run:
    """Open a run folder and check its files against run.json.

    Parameters
    ----------
    folder : Path
    files : sequence of str
        The files to check; by default all files of a run.

    Returns
    -------
    Run

    Raises
    ------
    InputError
        If a file is missing, changed, too large or a link.
    """
    folder = folder.resolve()
    try:
        return _verified(folder, files)
    except InputError:
        if not _lock(folder).exists():
            raise
    with file_lock(_lock(folder)):  # another process may have replaced the run just now: try again under its lock
        _restore(folder)
        return _verified(folder, files)


def _verified(folder: Path, files: Sequence[str]) -> Run:
    path = folder / MANIFEST
    _refuse_links(folder)
    if not path.is_file():
        raise InputError(f"{folder}: holds no {MANIFEST}, so it is no whole run; train again or name another")
    try:
        manifest = Manifest.model_validate(_read_json(path))
    except ValidationError as error:
        raise InputError(f"{path}: damaged, {validation_line(error, Manifest, remedy='train again')}") from None
    for name in files:
        file = folder / name
        if name == TABLE_AS_TEXT and name not in manifest.files and not file.exists():
            continue
        if file.is_file() and file.stat().st_size > MAX_FILE:
            raise InputError(f"{folder}: {name} is larger than {MAX_FILE >> 20} MiB, which no run's is; train again")
        if not file.is_file() or file_digest(file) != manifest.files.get(name):
            raise InputError(f"{folder}: {name} is {'changed' if file.is_file() else 'missing'}, the run is damaged; train again")
    return Run(folder, manifest)


def _refuse_links(folder: Path) -> None:
    """InputError for a link among the run's files, which may lead to a file of the reader that is then read, sent or overwritten."""
    for place in (folder, folder / PICTURES):
        links = sorted(path.name for path in place.iterdir() if path.is_symlink()) if place.is_dir() else []
        if links:
            raise InputError(f"{place}: {links[0]} is a link, and a run holds its own files; put the file itself in its place")


def _read_json(path: Path) -> Any:
    from features.files.bounded import read_json

    try:
        return read_json(path)
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{path}: cannot be read ({error}); train again") from None
