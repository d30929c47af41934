"""Scores of the backtest: settled walk-forward forecasts against climatology, the base rate and EWMA; the content of metrics.json."""

from typing import Any

import numpy as np

from forecast.backtest.forecaster_names import BASE_RATE, CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.scores import SCORES
from forecast.engines.arrays import Float, Int
from forecast.models.forecasts import Forecasts
from forecast.target.outcome import OUTCOMES, UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

REFERENCES = (CLIMATOLOGY, BASE_RATE, "ewma")


def evaluate(sample: Sample, backtest: Forecasts, names: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Scores of the settled forecasts of a walk-forward, the content of metrics.json.

    Parameters
    ----------
    sample : Sample
        The target market.
    backtest : Forecasts
        Its walk-forward.
    names : tuple of str
        The components, in the order of the forecasts.

    Returns
    -------
    dict of str to dict
        By question label: `sessions`, `episodes`, `frequency` of the outcomes, and `models`, for the pool, the base rate and each component
        its mean scores and its skill over each reference, with Diebold and Mariano's t. EWMA is left out where it is no component.
    """
    return {question.label: _question(sample, backtest, names, q) for q, question in enumerate(sample.questions)}


def _question(sample: Sample, backtest: Forecasts, names: tuple[str, ...], q: int) -> dict[str, Any]:
    outcomes = sample.outcomes[backtest.surges, q].astype(np.int64)
    settled = outcomes != UNSETTLED
    happened = outcomes[settled]
    forecasts = {POOL: backtest.probabilities[settled, q]} | {name: backtest.components[settled, k, q] for k, name in enumerate(names)}
    forecasts[BASE_RATE] = backtest.base_rates[settled, q]
    forecasts.setdefault(CLIMATOLOGY, backtest.climatology[settled, q])
    numbers = episode_numbers(sample.rows[backtest.surges[settled]], sample.questions[q].horizon)
    counts = np.bincount(happened, minlength=len(OUTCOMES))
    return {
        "sessions": int(settled.sum()),
        "episodes": len(np.unique(numbers)),
        "frequency": dict(zip(OUTCOMES, (counts / max(counts.sum(), 1)).tolist(), strict=True)),
        "models": _scored(forecasts, happened, horizon=sample.questions[q].horizon),
    }


def _scored(forecasts: dict[str, Float], happened: Int, *, horizon: int) -> dict[str, dict[str, float | None]]:
    """Mean score, and skill and t over each reference, by model and score."""
    if not len(happened):
        return {}
    losses = {name: {score: rule(p, happened) for score, rule in SCORES.items()} for name, p in forecasts.items()}
    table: dict[str, dict[str, float | None]] = {}
    for name, by_score in losses.items():
        row: dict[str, float | None] = {}
        for score, loss in by_score.items():
            row[score] = float(loss.mean())
            for reference in REFERENCES:
                if reference in losses and reference != name:
                    over = skill(loss, losses[reference][score], horizon=horizon)
                    row[f"{score}_skill_vs_{reference}"] = finite_or_none(over.skill)
                    row[f"{score}_t_vs_{reference}"] = finite_or_none(over.t)
        table[name] = row
    return table


def finite_or_none(value: float) -> float | None:
    """The number, or None, as JSON has no NaN."""
    return float(value) if np.isfinite(value) else None
