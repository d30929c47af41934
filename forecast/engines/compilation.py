"""Kernels: functions that numba compiles when they are first called; what it has in its cache, and when it compiles what it lacks."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, cached_property, update_wrapper
from hashlib import sha256
from pathlib import Path
from typing import Any

KERNELS = Path(__file__).with_name("kernels")
CALLEES = re.compile(r"^from forecast\.engines\.kernels\.(\w+) import", re.MULTILINE)
PATIENCE = 120.0  # seconds that one kernel may take to compile in another process; the longest takes four


class Kernel:
    """A function of numbers and arrays with numba's options; it is called, and looked at, as numba's own.

    One whose name begins with _ is called by kernels alone, and has no door to Python, which takes as long to compile as many a kernel.
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
        inner = self.function.__name__.startswith("_")
        dispatcher = njit(no_cfunc_wrapper=True, no_cpython_wrapper=inner, **self.options)(self.function)
        if inner and hasattr(dispatcher, "compile"):
            dispatcher.__class__ = _without_door(dispatcher.__class__)
        if self.options.get("cache") and hasattr(dispatcher, "compile"):  # numba may be told to compile nothing
            dispatcher.compile = _alone(dispatcher.compile)
            dispatcher._cache._cache_file._source_stamp = sources_digest(Path(self.function.__code__.co_filename))
        return dispatcher

    def __call__(self, *arguments: Any) -> Any:
        return self.dispatcher(*arguments)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.dispatcher, name)


def njit(**options: Any) -> Callable[[Callable[..., Any]], Kernel]:
    """As numba's decorator of this name, whose options it takes."""
    return lambda function: Kernel(function, options)


@cache
def _without_door(kind: Any) -> Any:
    """The class `kind` of numba's dispatchers without calls from Python, which would end the process: no kernel of it takes them."""

    def refuse(self: Any, *_: Any, **__: Any) -> None:
        raise TypeError(f"{self.__name__} is called by kernels alone; to call it from Python, give it a name without _")

    return type(kind.__name__, (kind,), {"__call__": refuse})


@cache
def sources_digest(module: Path) -> str:
    """SHA-256 of a module and of all kernels that it imports, by whatever way: their code is in what it compiles to.

    By itself numba looks at the module alone, and goes on with what a kernel of another module was when its caller was compiled.
    """
    sources: dict[Path, bytes] = {}
    left = [module]
    while left:
        path = left.pop()
        if path not in sources:
            sources[path] = path.read_bytes()
            left += [KERNELS / f"{name}.py" for name in CALLEES.findall(sources[path].decode("utf-8"))]
    return sha256(b"".join(sorted(sha256(source).digest() for source in sources.values()))).hexdigest()


def _alone(compile_kernel: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`compile_kernel` in one process at a time: what the others wait for they then load, where each would compile it."""

    def compile_alone(signature: Any) -> Any:
        with _turn():
            return compile_kernel(signature)

    return compile_alone


@contextmanager
def _turn() -> Iterator[None]:
    """This process's turn to compile; its own at once where nobody can tell whose it is, or the other takes longer than PATIENCE."""
    lock = _lock(os.getpid())
    try:
        lock.acquire(timeout=PATIENCE)
    except (OSError, TimeoutError):  # a folder that is closed to us
        yield
        return
    try:
        yield
    finally:
        lock.release()


@cache
def _lock(_process: int) -> Any:
    """The lock of this process, one for kernels that are compiled within another's turn; a forked process may not use its parent's."""
    from filelock import FileLock

    folder = cache_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
    return FileLock(folder / ".compiling.lock")


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
