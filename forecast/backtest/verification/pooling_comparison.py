"""Comparison of the pooling methods: what each has been worth, and what calibration added; part of metrics.json."""

from typing import Any

import numpy as np

from forecast.backtest.verification.backtest_scores import finite_or_none
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.overfitting import LEAST_EPISODES, backtest_overfitting
from forecast.backtest.verification.scores import brier, log_score
from forecast.engines.arrays import Float, Int
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.methods import METHODS
from forecast.models.forecasts import Forecasts
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

UNCALIBRATED, CALIBRATED = "in_force", "calibrated"


def compare_pooling(sample: Sample, tested: Forecasts, final: Ensemble) -> dict[str, Any]:
    """Which method was in force from which session on, and by question label the scores of each over the settled walk-forward; and
    `overfitting`, what a search among them is worth (`method_search`).

    `in_force` is the forecast of the methods in force, `calibrated` that forecast after calibration.
    """
    refits, places = np.unique(tested.trained_to, return_index=True)
    rows, methods = [*refits.tolist(), len(sample) - 1], [*tested.method[places].tolist(), final.method]
    changes = [i for i, method in enumerate(methods) if i == 0 or method != methods[i - 1]]
    rivals = tested.by_method
    return {
        "in_force": {str(sample.sessions[rows[i]]): methods[i] for i in changes},
        "overfitting": method_search(sample, tested.surges, rivals),
        "questions": {question.label: _question(sample, tested, rivals, q) for q, question in enumerate(sample.questions)},
    }


def method_search(sample: Sample, surges: Int, rivals: Float) -> dict[str, Any] | None:
    """What picking the method with the best past log score is worth, over the halvings of the history between episodes.

    rivals : (n, 4, q, 3), forecasts of each method for `surges`. A surge's loss is its log score, the mean of the questions with as many
    barriers as the main one, by which the method is chosen; only surges of which each of these is settled count, so that each method is
    scored on the same. None with too few episodes. `in_force` picks with more care than this, so what it would lose is bounded by it,
    roughly.
    """
    decides = sample.falls == sample.falls[0]
    outcomes, rivals = np.compress(decides, sample.outcomes[surges].astype(np.int64), axis=1), np.compress(decides, rivals, axis=2)
    whole = (outcomes != UNSETTLED).all(axis=1)
    number = episode_numbers(sample.rows[surges[whole]], int(sample.horizons[decides].max()))
    count = len(np.unique(number))
    if count < LEAST_EPISODES:
        return None
    happened = np.broadcast_to(outcomes[whole, None, :, None], (int(whole.sum()), len(METHODS), int(decides.sum()), 1))
    losses = -np.log(np.take_along_axis(rivals[whole], happened, axis=3)[..., 0]).mean(axis=2)
    result = backtest_overfitting(losses, number)
    return {
        "methods": list(METHODS),
        "probability": result.probability,
        "degradation": result.degradation,
        "slope": finite_or_none(result.slope),
        "chosen": {method: float((result.chosen == m).mean()) for m, method in enumerate(METHODS)},
        "sessions": int(whole.sum()),
        "episodes": count,
    }


def _question(sample: Sample, tested: Forecasts, rivals: Float, q: int) -> dict[str, dict[str, float | None]]:
    outcomes = sample.outcomes[tested.surges, q].astype(np.int64)
    settled = outcomes != UNSETTLED
    if not settled.any():
        return {}
    forecasts = {method: rivals[settled, m, q] for m, method in enumerate(METHODS)}
    forecasts |= {UNCALIBRATED: tested.uncalibrated[settled, q], CALIBRATED: tested.probabilities[settled, q]}
    climatology, horizon = tested.climatology[settled, q], sample.questions[q].horizon
    return {name: _scores(p, climatology, outcomes[settled], horizon) for name, p in forecasts.items()}


def _scores(p: Float, climatology: Float, happened: Int, horizon: int) -> dict[str, float | None]:
    loss = brier(p, happened)
    over = skill(loss, brier(climatology, happened), horizon=horizon)
    return {
        "brier": float(loss.mean()),
        "log": float(log_score(p, happened).mean()),
        "brier_skill_vs_climatology": finite_or_none(over.skill),
        "brier_t_vs_climatology": finite_or_none(over.t),
    }
