"""KernelLocator: where numba stores kernels whose source lies in another place each time, such as a model's that a store hands out."""

from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from numba.core.caching import UserProvidedCacheLocator

from forecast.engines.compilation import KERNELS


class KernelLocator(UserProvidedCacheLocator):  # type: ignore[misc]
    """A folder of `NUMBA_CACHE_DIR` that is named by what all kernels are, not by where their source lies.

    What one copy of the package has compiled serves the next, and a changed kernel is never taken for what it was. Numba asks it where
    `NUMBA_CACHE_LOCATOR_CLASSES` names it.
    """

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        """None for a function that is no kernel."""
        return super().from_function(py_func, py_file) if Path(py_file).resolve().parent == KERNELS.resolve() else None

    @classmethod
    def get_suitable_cache_subpath(cls, py_file: str) -> str:
        """Name of the folder."""
        return f"kernels_{_digest(Path(py_file).parent)}"


@cache
def _digest(folder: Path) -> str:
    """SHA-256 of the modules in `folder`."""
    digest = sha256()
    for path in sorted(folder.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()
