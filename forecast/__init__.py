"""What may follow a surge: probabilities that it continues, stalls or reverses.

`from forecast.api import train, predict, score, load_predictions`; the estimators are in `forecast.engines`.
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
    return sorted({*globals(), *__all__})
