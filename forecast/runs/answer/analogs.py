"""Analogs of a surge: the past surges nearest to it in their drivers, and what followed each."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from forecast.engines.arrays import Float
from forecast.models import build
from forecast.models.analog_history import GEOMETRY, AnalogHistory
from forecast.models.analogs import Analogs, FittedAnalogs, Neighbourhood
from forecast.models.component import FitError
from forecast.models.forecaster import Forecaster
from forecast.models.own_volatility import barrier_distance, vol_at
from forecast.models.rules import ModelRule
from forecast.runs.answer.plain_values import numbers_or_none, outcome_or_none
from forecast.runs.field_rules import Day, Finite, NotNegative, OutcomeName, Text
from forecast.target.outcome import UNSETTLED, first_barrier_met, future_moves
from forecast.target.sample import Sample

FOLLOWED = (5, 21, 63)  # sessions: a week, a month, a quarter
COUNT = 10
COMPONENT = "analogs"


class Analog(BaseModel):
    """A past surge of the same index, one per episode.

    `distance` is Mahalanobis over the drivers, `weight` the share of its episode in the votes on the main question. `barriers` and
    `outcomes` are by question: the present barrier scaled to this surge's own volatility, and what happened. `followed` has log returns
    by the number of sessions later. None is not known, or not settled.
    """

    model_config = ConfigDict(frozen=True)
    session: Day
    distance: NotNegative
    weight: NotNegative
    log_return: Finite
    z: Finite
    drivers: dict[Text, Finite | None]
    barriers: dict[Text, NotNegative]
    outcomes: dict[Text, OutcomeName | None]
    followed: dict[Text, Finite | None]


def fitted_analogs(sample: Sample, model: ModelRule) -> FittedAnalogs:
    """The component fitted on `sample` with the options of `model`; FitError for too few surges."""
    component = build(COMPONENT, model.options.get(COMPONENT, {}))
    assert isinstance(component, Analogs)
    return component.fit([sample])


def answered_analogs(sample: Sample, model: ModelRule, place: int, trained_to: int, forecaster: Forecaster | None = None) -> list[Analog]:
    """The analogs of the surge number `place`, as the component had them when it was trained up to the row `trained_to`.

    `forecaster` was trained up to there. Without it, for a forecast read from the walk-forward, the component is fitted again, which takes
    milliseconds and gives the same bits. Empty if the model has no such component, or climatology replaced it.
    """
    if COMPONENT not in model.components:
        return []
    at_hand = forecaster.components.get(COMPONENT) if forecaster else None
    try:
        fitted = at_hand if isinstance(at_hand, FittedAnalogs) else fitted_analogs(sample.up_to(trained_to), model)
        return nearest(sample.up_to(int(sample.rows[place])), fitted)
    except FitError:
        return []


def nearest(sample: Sample, fitted: FittedAnalogs, count: int = COUNT) -> list[Analog]:
    """The `count` past surges nearest to the one at the last session of `sample`, nearest first, at most one per episode."""
    near = fitted.neighbourhood(sample, 0)
    chosen = nearest_places(near, count)
    places = near.places[chosen]
    past = AnalogHistory.of(sample, fitted.features)
    votes = [float(near.weight[near.episode == near.episode[i]].sum()) for i in chosen]
    barriers, outcomes = _against_present(sample, places)
    followed = future_moves(sample.close, sample.rows[places], max(FOLLOWED))[:, np.array(FOLLOWED) - 1]
    names, labels = (*GEOMETRY, *fitted.features), [question.label for question in sample.questions]
    drivers = np.where(past.available > 0, past.drivers, np.nan)
    return [
        Analog(
            session=str(sample.surge_sessions[place]),
            distance=float(near.distance[chosen[i]]),
            weight=votes[i],
            log_return=float(sample.surge_return[place]),
            z=float(sample.surge_z[place]),
            drivers=numbers_or_none(names, drivers[place]),
            barriers=dict(zip(labels, barriers[i].tolist(), strict=True)),
            outcomes={label: outcome_or_none(code) for label, code in zip(labels, outcomes[i], strict=True)},
            followed=numbers_or_none([str(ahead) for ahead in FOLLOWED], followed[i]),
        )
        for i, place in enumerate(places)
    ]


def nearest_places(near: Neighbourhood, count: int) -> list[int]:
    """Places in the neighbourhood of the target's surges by distance, one per episode."""
    chosen: dict[int, int] = {}
    for i in np.argsort(near.distance, kind="stable"):
        if near.places[i] >= 0:
            chosen.setdefault(int(near.episode[i]), int(i))
    return list(chosen.values())[:count]


def _against_present(sample: Sample, places: np.ndarray) -> tuple[Float, np.ndarray]:
    """Barriers of past surges (n, q) as far in their own volatility as the last surge's, and their outcomes."""
    vol = vol_at(sample, sample.rows[places])
    barriers, outcomes = [], []
    for q, question in enumerate(sample.questions):
        barrier = barrier_distance(sample, len(sample.rows) - 1, q) * vol
        met = first_barrier_met(future_moves(sample.close, sample.rows[places], question.horizon), barrier, fall=question.is_fall)
        barriers.append(barrier)
        outcomes.append(np.where(sample.outcomes[places, q] == UNSETTLED, UNSETTLED, met))
    return np.stack(barriers, axis=1), np.stack(outcomes, axis=1)
