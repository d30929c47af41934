"""Anybody's probabilities, evaluated as a run's are."""
