"""The truth test: a simulated market whose conditional probabilities are known, and how near the forecaster comes to them."""
