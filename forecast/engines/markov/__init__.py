"""Markov-switching returns."""
