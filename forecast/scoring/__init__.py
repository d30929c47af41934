"""Anybody's probabilities, measured as a run's are."""

from forecast.scoring.given import Given, read_given
from forecast.scoring.score import Scored, score

__all__ = ["Given", "Scored", "read_given", "score"]
