"""From fed funds futures to the distribution of the target rate, on one day (`odds`) or over years (`odds_history`)."""

from features.rates.decision_day import DecisionDay
from features.rates.distribution import Distribution, distributions
from features.rates.fedwatch import Move, Odds, odds
from features.rates.history import odds_history, odds_measures
from features.rates.strip import StripRule

__all__ = ["DecisionDay", "Distribution", "Move", "Odds", "StripRule", "distributions", "odds", "odds_history", "odds_measures"]
