"""Evaluation of settled forecasts: scores, skill, calibration, coverage, subgroups."""
