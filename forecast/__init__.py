"""What may follow a surge: probabilities that it continues, stalls or reverses. The names handed on are those of `forecast.api`."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.api import RunForecast, ScoringResult, TrainedRun, load_predictions, predict, score, train

__all__ = ["RunForecast", "ScoringResult", "TrainedRun", "load_predictions", "predict", "score", "train"]


def __getattr__(name: str) -> Any:
    """A name of `forecast.api` on first use, so that importing the package does not wait for it."""
    if name not in __all__:
        raise AttributeError(f"module 'forecast' has no attribute {name!r}")
    from forecast import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
