"""Metrics: the walk-forward forecasts that are settled, scored against climatology and EWMA; the content of metrics.json."""

from typing import Any

import numpy as np

from forecast.backtest.backtest import Forecasts
from forecast.backtest.verification.scores import SCORES, skill
from forecast.engines.arrays import Float, Int
from forecast.target.outcome import OUTCOMES, UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

POOL = "pool"
CLIMATOLOGY = "climatology"
REFERENCES = (CLIMATOLOGY, "ewma")


def evaluate(sample: Sample, backtest: Forecasts, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Scores by question label: sessions, episodes, outcome frequencies, and for the pool and each component its mean scores
    and its skill over each reference, with t. A reference that is not among the components is left out."""
    return {question.label: _question(sample, backtest, names, q) for q, question in enumerate(sample.questions)}


def _question(sample: Sample, backtest: Forecasts, names: tuple[str, ...], q: int) -> dict[str, Any]:
    outcomes = sample.outcomes[backtest.surges, q].astype(np.int64)
    settled = outcomes != UNSETTLED
    happened = outcomes[settled]
    given = {POOL: backtest.probabilities[settled, q]} | {name: backtest.components[settled, k, q] for k, name in enumerate(names)}
    given.setdefault(CLIMATOLOGY, backtest.climatology[settled, q])
    numbers = episode_numbers(sample.rows[backtest.surges[settled]], sample.questions[q].horizon)
    counts = np.bincount(happened, minlength=len(OUTCOMES))
    return {
        "sessions": int(settled.sum()),
        "episodes": len(np.unique(numbers)),
        "frequency": dict(zip(OUTCOMES, (counts / max(counts.sum(), 1)).tolist(), strict=True)),
        "models": _scored(given, happened, lags=sample.questions[q].horizon - 1),
    }


def _scored(given: dict[str, Float], happened: Int, *, lags: int) -> dict[str, dict[str, float | None]]:
    """Mean score, and skill and t over each reference, by model and score."""
    if not len(happened):
        return {}
    losses = {name: {score: rule(p, happened) for score, rule in SCORES.items()} for name, p in given.items()}
    table: dict[str, dict[str, float | None]] = {}
    for name, by_score in losses.items():
        row: dict[str, float | None] = {}
        for score, loss in by_score.items():
            row[score] = float(loss.mean())
            for reference in REFERENCES:
                if reference in losses and reference != name:
                    found = skill(loss, losses[reference][score], lags=lags)
                    row[f"{score}_skill_vs_{reference}"] = _or_none(found.skill)
                    row[f"{score}_t_vs_{reference}"] = _or_none(found.t)
        table[name] = row
    return table


def _or_none(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
