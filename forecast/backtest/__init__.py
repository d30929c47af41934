"""Backtest: experiment and data to walk-forward forecasts and their scores."""
