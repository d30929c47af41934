"""Forecasts as tables, one row a surge session and question, and the forecast of one surge read back from them."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from forecast.backtest.dataset import Dataset
from forecast.engines.arrays import Float, Int
from forecast.models.ensemble.methods import METHODS
from forecast.models.forecasts import Forecasts
from forecast.models.session_vol import vol_rank
from forecast.runs.answer.answer import RunKey
from forecast.runs.predictions.columns import (
    BASE_COLUMNS,
    BASE_HIGH_COLUMNS,
    BASE_LOW_COLUMNS,
    CLIMATOLOGY_COLUMNS,
    COLUMNS,
    ERROR_COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    SPREAD_COLUMNS,
    UNCALIBRATED_COLUMNS,
)
from forecast.runs.predictions.read import rows_of
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers


def predictions_table(dataset: Dataset, forecasts: Forecasts, origin: RunKey) -> pd.DataFrame:
    """The table of `forecast.runs.predictions.columns.COLUMNS`, in the order of sessions, then questions."""
    columns = predictions_columns(dataset, forecasts, origin)
    outcome = pd.Series(columns["outcome"], dtype="Int64")
    columns |= {"outcome": outcome.mask(outcome == UNSETTLED)}
    rows = len(forecasts) * len(dataset.sample.questions)
    return pd.DataFrame({name: columns[name] for name in COLUMNS}, index=range(rows))


def predictions_columns(dataset: Dataset, forecasts: Forecasts, origin: RunKey) -> dict[str, Any]:
    """The columns of that table, arrays, or a value that is the same in all rows; outcomes as in the sample."""
    place, question = _index(dataset, forecasts)
    sample = dataset.sample
    surge = forecasts.surges[place]
    return _key(dataset, forecasts) | {
        "surge_return": sample.surge_return[surge],
        "surge_z": sample.surge_z[surge],
        "episode": _episodes(sample, forecasts.surges)[place, question],
        **_by_outcome(P_COLUMNS, forecasts.probabilities[place, question]),
        **_by_outcome(BASE_COLUMNS, forecasts.base_rates[place, question]),
        **_by_outcome(LOW_COLUMNS, forecasts.bounds[place, question, 0]),
        **_by_outcome(HIGH_COLUMNS, forecasts.bounds[place, question, 1]),
        "outcome": sample.outcomes[surge, question],
        "known": _settlement(dataset, forecasts.surges)[place, question].astype("datetime64[ns]"),
        "trained_to": sample.sessions[forecasts.trained_to[place]].astype("datetime64[ns]"),
        "source": dataset.panel.source,
        "experiment": origin.experiment,
        "digest": origin.digest,
        "run_id": origin.run_id,
        **_by_outcome(UNCALIBRATED_COLUMNS, forecasts.uncalibrated[place, question]),
        "method": forecasts.method[place],
        **_by_outcome(BASE_LOW_COLUMNS, forecasts.base_bounds[place, question, 0]),
        **_by_outcome(BASE_HIGH_COLUMNS, forecasts.base_bounds[place, question, 1]),
        "base_episodes": forecasts.base_episodes[place, question],
        **_by_outcome(CLIMATOLOGY_COLUMNS, forecasts.climatology[place, question]),
        "vol_rank": vol_rank(sample, surge),
    }


def components_table(dataset: Dataset, forecasts: Forecasts, names: Sequence[str]) -> pd.DataFrame:
    """Key columns of the predictions table, `component`, its pool `weight`, its probabilities, their Monte-Carlo errors and spread."""
    place, question = _index(dataset, forecasts)
    key = pd.DataFrame(_key(dataset, forecasts), index=range(len(place)))
    parts = [
        key.assign(
            component=name,
            weight=forecasts.weights[place, question, k],
            **_by_outcome(P_COLUMNS, forecasts.components[place, k, question]),
            **_by_outcome(ERROR_COLUMNS, forecasts.errors[place, k, question]),
            **_by_outcome(SPREAD_COLUMNS, forecasts.spread[place, k, question]),
        )
        for k, name in enumerate(names)
    ]
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def forecast_of(rows: pd.DataFrame, parts: pd.DataFrame, sample: Sample, components: Sequence[str]) -> Forecasts:
    """The forecast of the last surge of `sample`, from its rows of the two tables.

    ValueError where they do not answer the questions of `sample`, or are of other `components`.
    """
    q, k = len(sample.questions), len(components)
    rows_by_question = [rows_of(rows, question) for question in sample.questions]
    parts_by_question = [rows_of(parts, question) for question in sample.questions]
    lacking = {"weight", *ERROR_COLUMNS, *SPREAD_COLUMNS} - set(parts.columns)
    if lacking or len(rows) != q or any(len(each) != 1 for each in rows_by_question):
        raise ValueError("do not answer the questions of its experiment")
    if len(parts) != q * k or any(tuple(each["component"]) != tuple(components) for each in parts_by_question):
        raise ValueError("are not of the components of its experiment")
    whole, each = pd.concat(rows_by_question), pd.concat(parts_by_question)

    def numbers(columns: Sequence[str]) -> Float:
        return whole[list(columns)].to_numpy("float64")[None]

    def by_component(columns: Sequence[str]) -> Float:
        return each[list(columns)].to_numpy("float64").reshape(q, k, -1).swapaxes(0, 1)[None]

    return Forecasts(
        surges=np.array([len(sample.rows) - 1]),
        trained_to=np.searchsorted(sample.sessions, whole["trained_to"].to_numpy("datetime64[D]")[:1]),
        components=by_component(P_COLUMNS),
        errors=by_component(ERROR_COLUMNS),
        spread=by_component(SPREAD_COLUMNS),
        climatology=numbers(CLIMATOLOGY_COLUMNS),
        base_rates=numbers(BASE_COLUMNS),
        base_bounds=np.stack([numbers(BASE_LOW_COLUMNS), numbers(BASE_HIGH_COLUMNS)], axis=2),
        base_episodes=whole["base_episodes"].to_numpy("int64")[None],
        by_method=np.full((1, len(METHODS), q, 3), np.nan),
        uncalibrated=numbers(UNCALIBRATED_COLUMNS),
        probabilities=numbers(P_COLUMNS),
        bounds=np.stack([numbers(LOW_COLUMNS), numbers(HIGH_COLUMNS)], axis=2),
        method=whole["method"].to_numpy(np.str_)[:1],
        weights=each["weight"].to_numpy("float64").reshape(1, q, k),
    )


def _index(dataset: Dataset, forecasts: Forecasts) -> tuple[Int, Int]:
    """Place of the forecast, and of its question, for each row of a table."""
    place, question = np.divmod(np.arange(len(forecasts) * len(dataset.sample.questions)), len(dataset.sample.questions))
    return place, question


def _key(dataset: Dataset, forecasts: Forecasts) -> dict[str, object]:
    place, question = _index(dataset, forecasts)
    sample = dataset.sample
    return {
        "date": sample.surge_sessions[forecasts.surges[place]].astype("datetime64[ns]"),
        "series": dataset.panel.market,
        "horizon": sample.horizons[question],
        "barrier": sample.barriers[forecasts.surges[place], question],
        "barrier_kind": [sample.questions[q].barrier for q in question],
        "size": [sample.questions[q].size for q in question],
    }


def _by_outcome(columns: tuple[str, ...], values: Float) -> dict[str, Float]:
    return {column: values[:, c] for c, column in enumerate(columns)}


def _episodes(sample: Sample, surges: Int) -> Int:
    """Episode numbers of some surges of the sample, (n, q)."""
    horizons, which = np.unique(sample.horizons, return_inverse=True)
    return np.column_stack([episode_numbers(sample.rows, int(horizon))[surges] for horizon in horizons])[:, which]


def _settlement(dataset: Dataset, surges: Int) -> np.ndarray:
    """Session at which each outcome of some surges is settled, (n, q) datetime64[D]."""
    sample = dataset.sample
    rows, which = np.unique(sample.rows[surges, None] + sample.horizons, return_inverse=True)
    past = sample.sessions[rows[rows < len(sample)]]
    ahead = np.array([dataset.settled_on(row, 0) for row in rows[len(past) :].tolist()], dtype="datetime64[D]")
    return np.concatenate([past, ahead])[which].reshape(len(surges), len(sample.horizons))
