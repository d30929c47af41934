"""Paths of the components of a fitted run after its last surge."""

from collections.abc import Sequence

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.seeds import session_key
from forecast.models.component import Simulates
from forecast.models.forecaster import Forecaster
from forecast.runs.answer.answer import QuestionAnswer
from forecast.runs.ask.surface import Grid, Surface
from forecast.target.sample import Sample

PATHS = 8192  # in all: a probability between those of the grid is known to half a point


def run_surface(sample: Sample, forecaster: Forecaster, answers: Sequence[QuestionAnswer], *, seed: int) -> Surface | None:
    """The surface of the forecast `answers` of the sample's last surge, its last session; None where no component simulates paths."""
    moves = run_paths(sample, forecaster, answers, seed=seed)
    return Surface.of(Grid.of(answers), moves) if len(moves) else None


def run_paths(sample: Sample, forecaster: Forecaster, answers: Sequence[QuestionAnswer], *, seed: int, paths: int = PATHS) -> Float:
    """Equally likely paths of the components that simulate, (n, h), h the longest horizon asked, by the key of the forecast.

    Of each component as many as it has weight in the pool; antithetic pairs stay together.
    """
    fitted = {name: each for name, each in forecaster.components.items() if isinstance(each, Simulates)}
    weights = np.array([np.mean([answer.weights[name] for answer in answers]) for name in fitted])
    shares = weights / weights.sum() if weights.sum() > 0 else np.full(len(fitted), 1 / max(len(fitted), 1))
    key, horizon = session_key(seed, sample.market, sample.sessions[-1]), int(sample.horizons.max())
    parts = [np.empty((0, horizon))]
    for each, share in zip(fitted.values(), shares, strict=True):
        if count := 2 * round(share * paths / 2):
            parts.append(simulate_paths(each.sessions_ahead(sample), horizon, key=key, paths=count))
    return np.concatenate(parts)
