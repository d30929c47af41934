"""Compilation of kernels: whether it is to be foreseen, and as it happens; numba compiles what its cache of compiled kernels lacks."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).with_name("kernels")


def cache_folder() -> Path:
    """Where numba stores compiled kernels: NUMBA_CACHE_DIR, else beside their source; if that is closed, in the user's cache folder."""
    variable = os.environ.get("NUMBA_CACHE_DIR")
    return Path(variable) if variable else KERNELS / "__pycache__"


def uncompiled_share() -> float:
    """The share of the modules of kernels that have nothing compiled in the cache since they were last changed, 0 to 1."""
    modules = [path for path in KERNELS.glob("*.py") if "@njit" in path.read_text("utf-8")]
    newest: dict[str, float] = {}
    for index in cache_folder().rglob("*.nbi"):
        module = index.name.partition(".")[0]
        newest[module] = max(newest.get(module, 0.0), index.stat().st_mtime)
    return sum(newest.get(path.stem, 0.0) < path.stat().st_mtime for path in modules) / max(1, len(modules))


@contextmanager
def compilation_noted(note: Callable[[], None]) -> Iterator[None]:
    """Calls `note` once, when a kernel is first compiled in the block by this process; never where all come from the cache."""
    from numba.core.event import Listener, install_listener

    class _First(Listener):  # type: ignore[misc]
        began = False

        def on_start(self, _event: Any) -> None:
            if not self.began:
                self.began = True
                note()

        def on_end(self, _event: Any) -> None:
            pass

    with install_listener("numba:compile", _First()):
        yield
