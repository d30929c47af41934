"""Verification: scores and tests of forecasts, arrays in and numbers out; and what the backtest writes of them."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.backtest_scores import REFERENCES, evaluate

if TYPE_CHECKING:
    from forecast.backtest.verification.bootstrap import EpisodeBootstrap, SkillInterval, effective_sample_size
    from forecast.backtest.verification.calibration_monitor import CalibrationMonitor, monitor_calibration
    from forecast.backtest.verification.comparison import DieboldMariano, GiacominiWhite, Skill, diebold_mariano, giacomini_white, skill
    from forecast.backtest.verification.confidence_set import ModelConfidenceSet, model_confidence_set
    from forecast.backtest.verification.corp import CorpDecomposition, corp_decomposition, recalibrate
    from forecast.backtest.verification.cost_loss import economic_value, gain_over_habit
    from forecast.backtest.verification.discrimination import Sharpness, auc, sharpness
    from forecast.backtest.verification.murphy import elementary_scores, murphy_diagram
    from forecast.backtest.verification.overfitting import BacktestOverfitting, backtest_overfitting
    from forecast.backtest.verification.reliability import ReliabilityDiagram, calibrated_events, reliability_diagram
    from forecast.backtest.verification.scores import NeweyWestMean, brier, log_score, newey_west_mean, rps, skill_score

__all__ = [
    "BASE_RATE",
    "CLIMATOLOGY",
    "POOL",
    "REFERENCES",
    "BacktestOverfitting",
    "CalibrationMonitor",
    "CorpDecomposition",
    "DieboldMariano",
    "EpisodeBootstrap",
    "GiacominiWhite",
    "ModelConfidenceSet",
    "NeweyWestMean",
    "ReliabilityDiagram",
    "Sharpness",
    "Skill",
    "SkillInterval",
    "auc",
    "backtest_overfitting",
    "brier",
    "calibrated_events",
    "corp_decomposition",
    "diebold_mariano",
    "economic_value",
    "effective_sample_size",
    "elementary_scores",
    "evaluate",
    "gain_over_habit",
    "giacomini_white",
    "log_score",
    "model_confidence_set",
    "monitor_calibration",
    "murphy_diagram",
    "newey_west_mean",
    "recalibrate",
    "reliability_diagram",
    "rps",
    "sharpness",
    "skill",
    "skill_score",
]

_MODULES = {
    "bootstrap": ("EpisodeBootstrap", "SkillInterval", "effective_sample_size"),
    "calibration_monitor": ("CalibrationMonitor", "monitor_calibration"),
    "comparison": ("DieboldMariano", "GiacominiWhite", "Skill", "diebold_mariano", "giacomini_white", "skill"),
    "confidence_set": ("ModelConfidenceSet", "model_confidence_set"),
    "corp": ("CorpDecomposition", "corp_decomposition", "recalibrate"),
    "discrimination": ("Sharpness", "auc", "sharpness"),
    "cost_loss": ("economic_value", "gain_over_habit"),
    "murphy": ("elementary_scores", "murphy_diagram"),
    "overfitting": ("BacktestOverfitting", "backtest_overfitting"),
    "reliability": ("ReliabilityDiagram", "calibrated_events", "reliability_diagram"),
    "scores": ("NeweyWestMean", "brier", "log_score", "newey_west_mean", "rps", "skill_score"),
}


def __getattr__(name: str) -> Any:
    """The names of `__all__` on first use: scipy's statistics come with some, and an answer need not wait for them."""
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
