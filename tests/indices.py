"""Simulated indices of which prices alone are known: closes, and highs and lows of a path within each session."""

import numpy as np
import pandas as pd

from features.panel.indices import Index
from features.panel.volatility import session_ranges
from forecast.target.question import Question
from forecast.target.sample import Sample, price_sample
from forecast.target.surge import SurgeRule

FIRST = "2000-01-03"
RULE = SurgeRule(min_z=1.0, min_return=0.01)
QUESTIONS = (Question(horizon=21, barrier="surge", size=1.0), Question(horizon=10, barrier="sigma", size=1.0))
STEPS = 50  # of the path within a session


def simulated_index(
    seed: int, *, name: str = "Index", sessions: int = 2000, first: str = FIRST, overnight: float = 0.0, steps: int = STEPS
) -> Index:
    """An index whose volatility, 1 % a session in the mean, moves slowly; the share `overnight` of its variance falls between sessions."""
    rng = np.random.default_rng(seed)
    vol = 0.01 * np.exp(0.4 * np.sin(np.arange(sessions) / 80 + seed))
    gaps = vol * overnight**0.5 * rng.standard_normal(sessions)
    paths = np.cumsum((vol * ((1 - overnight) / steps) ** 0.5)[:, None] * rng.standard_normal((sessions, steps)), axis=1)
    days = pd.bdate_range(first, periods=sessions, unit="ns")
    close = pd.Series(1000 * np.exp(np.cumsum(gaps + paths[:, -1])), index=days)
    high, low = (pd.Series(np.exp(reach), index=days) for reach in (np.maximum(paths.max(axis=1), 0), np.minimum(paths.min(axis=1), 0)))
    return Index(name, close, session_ranges(high, low), days)


def simulated_sample(seed: int, **options: object) -> Sample:
    """The sample of `simulated_index`."""
    return price_sample(simulated_index(seed, **options), RULE, QUESTIONS)  # type: ignore[arg-type]
