"""Answers and records as tables for a person, at most 100 columns wide."""
