"""Evaluation: what the forecasts that are settled were worth, and how sure that is."""

from forecast.backtest.verification.backtest_scores import CLIMATOLOGY, POOL, REFERENCES, evaluate

__all__ = ["CLIMATOLOGY", "POOL", "REFERENCES", "evaluate"]
