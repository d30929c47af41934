"""Anybody's probabilities, measured as a run's are."""

from forecast.report.scoring.external_forecasts import ExternalForecasts, read_external_forecasts
from forecast.report.scoring.score import ScoringResult, score

__all__ = ["ExternalForecasts", "ScoringResult", "read_external_forecasts", "score"]
