"""Kernels: functions that numba compiles when they are first called; what it has in its cache, and when it compiles what it lacks."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property, update_wrapper
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).with_name("kernels")


class Kernel:
    """A function of numbers and arrays with numba's options; it is called, and looked at, as numba's own.

    Numba is imported with the first call: it takes as long as all that reads a fitted run, and most of what reads one calls no kernel.
    """

    def __init__(self, function: Callable[..., Any], options: dict[str, Any]) -> None:
        self.function, self.options = function, options
        update_wrapper(self, function)

    @cached_property
    def dispatcher(self) -> Any:
        """What numba makes of it. The kernels that it calls take theirs in its module first: numba looks for them there."""
        from numba import njit

        names = self.function.__globals__
        for name in self.function.__code__.co_names:
            callee = names.get(name)
            if isinstance(callee, Kernel):
                names[name] = callee.dispatcher
        return njit(**self.options)(self.function)

    def __call__(self, *arguments: Any) -> Any:
        return self.dispatcher(*arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dispatcher, name)


def njit(**options: Any) -> Callable[[Callable[..., Any]], Kernel]:
    """As numba's decorator of this name, whose options it takes."""
    return lambda function: Kernel(function, options)


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
