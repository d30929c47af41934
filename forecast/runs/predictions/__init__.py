"""The table of predictions: its columns, its files, the history of forecasts, and signals for backtesting libraries."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.runs.predictions.columns import COLUMNS, SCHEMA_VERSION
    from forecast.runs.predictions.formats import read_predictions, write_predictions
    from forecast.runs.predictions.history import append_forecast, load_history
    from forecast.runs.predictions.signals import positions, qlib_signal

__all__ = [
    "COLUMNS",
    "SCHEMA_VERSION",
    "append_forecast",
    "load_history",
    "positions",
    "qlib_signal",
    "read_predictions",
    "write_predictions",
]

_MODULES = {
    "COLUMNS": "columns",
    "SCHEMA_VERSION": "columns",
    "append_forecast": "history",
    "load_history": "history",
    "positions": "signals",
    "qlib_signal": "signals",
    "read_predictions": "formats",
    "write_predictions": "formats",
}


def __getattr__(name: str) -> Any:
    """The names of `__all__` on first use: the modules that read columns need not wait for pyarrow and openpyxl."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
