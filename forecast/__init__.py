"""What may follow a surge: probabilities that it continues, stalls or reverses."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.runs.locate import load_predictions

__all__ = ["load_predictions"]


def __getattr__(name: str) -> Any:
    """`load_predictions` on first use, so that importing the package does not wait for pandas."""
    if name != "load_predictions":
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    from forecast.runs.locate import load_predictions

    return load_predictions
