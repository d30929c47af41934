"""Estimators of regimes and volatility: arrays of returns in, fitted laws out. They know nothing of surges."""
