"""Estimators of regimes and volatility, and first passage of their paths. They know nothing of surges."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from forecast.engines.garch.garch import Garch
    from forecast.engines.garch.msgarch import MSGarch
    from forecast.engines.markov.markov_switching import MarkovSwitching
    from forecast.engines.passage.first_passage import first_passage
    from forecast.engines.switching.fit_summary import FitSummary

__all__ = ["FitSummary", "Garch", "MSGarch", "MarkovSwitching", "first_passage"]

_MODULES = {
    "FitSummary": "switching.fit_summary",
    "Garch": "garch.garch",
    "MSGarch": "garch.msgarch",
    "MarkovSwitching": "markov.markov_switching",
    "first_passage": "passage.first_passage",
}


def __getattr__(name: str) -> Any:
    """The names of `__all__` on first use: scikit-learn comes with the estimators, and a forecast of a fitted run need not wait for it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
