"""Drawdowns ahead: the largest fall from the best close on the way, by the components' paths and after past surges."""

from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from forecast.engines.arrays import Float
from forecast.engines.passage.drawdown import largest_falls, weighted_quantiles
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.seeds import session_key
from forecast.models.component import Simulates
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecasts import Forecasts
from forecast.runs.field_rules import Count, Share
from forecast.target.outcome import future_moves
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

RANGE = (0.05, 0.5, 0.95)  # the ends of 90 %, and the median
MOST = 20_000  # paths of a component: a share of one in twenty is then known to 0.15 points


class FallRange(BaseModel):
    """Median and the 90 % range of the largest fall from the best close, shares of it."""

    model_config = ConfigDict(frozen=True)
    low: Share
    median: Share
    high: Share


class Drawdown(BaseModel):
    """The largest fall from the best close within `horizon` sessions of the surge's, that close among them.

    Parameters
    ----------
    horizon : int
        Sessions.
    ahead : FallRange or None
        Of the paths of the components that simulate, each with its weight in the pool; None where no fitted path is at hand.
    past : FallRange or None
        After the surges settled by then, `surges` of them in `episodes` independent episodes; None where there is none.
    """

    model_config = ConfigDict(frozen=True)
    horizon: Annotated[int, Field(ge=1)]
    ahead: FallRange | None
    past: FallRange | None
    surges: Count
    episodes: Count


def drawdowns_ahead(sample: Sample, forecast: Forecasts, model: ForecastModel | None, *, seed: int, paths: int) -> list[Drawdown]:
    """The drawdowns over each horizon of the falls that are asked, for the last surge of `sample`, which ends with its session.

    forecast : of that surge, a batch of one.   model : made it; None for one of the walk-forward, whose paths are not kept.   paths : that
    each component simulates for a forecast, by the same key; more than MOST are not looked at.
    """
    horizons = np.unique(sample.horizons[sample.falls])
    if not len(horizons):
        return []
    falls, weights = _simulated(sample, forecast, model, seed, min(paths, MOST), horizons)
    answers = []
    for place, horizon in enumerate(horizons.tolist()):
        past = sample.rows[sample.rows + horizon < len(sample) - 1]
        after = largest_falls(future_moves(sample.close, past, horizon), np.array([horizon]))[:, 0]
        ahead = _range(falls[:, place], weights[:, place]) if len(falls) else None
        before = _range(after, np.ones(len(after))) if len(after) else None
        episodes = len(np.unique(episode_numbers(past, horizon)))
        answers.append(Drawdown(horizon=horizon, ahead=ahead, past=before, surges=len(past), episodes=episodes))
    return answers


def _simulated(
    sample: Sample, forecast: Forecasts, model: ForecastModel | None, seed: int, paths: int, horizons: np.ndarray
) -> tuple[Float, Float]:
    """Largest falls of every path by horizon, and the weight of each, (n, h) both; of no path where none is at hand."""
    key, falls, weights = session_key(seed, sample.market, sample.sessions[-1]), [], []
    for place, fitted in enumerate(model.forecaster.components.values() if model else ()):
        if not isinstance(fitted, Simulates):
            continue
        try:
            law = fitted.sessions_ahead(sample)
        except Exception:  # climatology took its place in the forecast, and a note of that says why  # noqa: S112
            continue
        moves = simulate_paths(law, int(horizons[-1]), key=key, paths=paths)
        falls.append(largest_falls(moves, horizons))
        share = [forecast.weights[0, sample.falls & (sample.horizons == horizon), place].mean() for horizon in horizons]
        weights.append(np.broadcast_to(np.maximum(share, 1e-12) / paths, falls[-1].shape))
    none = np.empty((0, len(horizons)))
    return (np.concatenate(falls), np.concatenate(weights)) if falls else (none, none)


def _range(falls: Float, weights: Float) -> FallRange:
    low, median, high = weighted_quantiles(falls, weights, np.array(RANGE)).tolist()
    return FallRange(low=low, median=median, high=high)
