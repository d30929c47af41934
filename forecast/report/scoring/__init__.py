"""Anybody's probabilities, evaluated as a run's are."""

from forecast.report.scoring.score import ScoringResult, score_forecasts

__all__ = ["ScoringResult", "score_forecasts"]
