"""Files of a run on their way to a store."""

import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from forecast.runs.folder import Run
from forecast.runs.manifest import MANIFEST, seal


def lay_out(run: Run, place: Path, names: Iterable[str] | None = None) -> None:
    """Files of the run, by default all, in the new folder `place`, as links where the disk has them.

    Its run.json names no place of this machine.
    """
    if names is None:
        shutil.copytree(run.folder, place, ignore=shutil.ignore_patterns(".*", MANIFEST), copy_function=_link)
    else:
        place.mkdir(parents=True)
        for name in names:
            _link(run.folder / name, place / name)
    seal(place, run.manifest.without_place())


def copy_packages(folders: Iterable[Path], place: Path) -> None:
    """Packages in the new folder `place`, without what is compiled of them."""
    ignore: Callable[..., set[str]] = shutil.ignore_patterns("__pycache__")
    for folder in folders:
        shutil.copytree(folder, place / folder.name, ignore=ignore)


def _link(source: os.PathLike[str] | str, place: os.PathLike[str] | str) -> None:
    """A second name of a file, or a copy where there can be none."""
    try:
        os.link(source, place)
    except OSError:
        shutil.copy2(source, place)
