"""What may follow a surge: probabilities that it continues, stalls or reverses.

`forecast.api` has train, predict, score and load_predictions; `forecast.engines` has Garch, MSGarch, MarkovSwitching and first_passage.
"""

from importlib import import_module
from typing import Any

__all__ = ["api", "engines"]


def __getattr__(name: str) -> Any:
    """A door on first use, so that importing the package waits for nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    return import_module(f"forecast.{name}")


def __dir__() -> list[str]:
    return [*__all__, *(name for name in globals() if name.startswith("__") and name.endswith("__"))]
