"""Anybody's probabilities, measured as a run's are."""

from forecast.report.scoring.external_forecasts import Given, read_given
from forecast.report.scoring.score import Scored, score

__all__ = ["Given", "Scored", "read_given", "score"]
