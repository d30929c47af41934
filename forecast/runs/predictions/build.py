"""The predictions and component tables of a run, one row a surge session and question."""

import numpy as np
import pandas as pd

from forecast.backtest.backtest import Forecasts
from forecast.backtest.dataset import Dataset
from forecast.engines.arrays import Float, Int
from forecast.models.session_vol import vol_rank
from forecast.runs.answer.answer import RunKey
from forecast.runs.predictions.read import (
    BASE_COLUMNS,
    COLUMNS,
    ERROR_COLUMNS,
    HIGH_COLUMNS,
    LOW_COLUMNS,
    P_COLUMNS,
    SPREAD_COLUMNS,
    UNCALIBRATED_COLUMNS,
)
from forecast.target.outcome import UNSETTLED
from forecast.target.surge import episode_numbers


def predictions_table(dataset: Dataset, backtest: Forecasts, origin: RunKey) -> pd.DataFrame:
    """The table of `forecast.runs.predictions.read.COLUMNS`, in the order of sessions, then questions."""
    surge, question = _index(dataset, backtest)
    sample = dataset.sample
    at = backtest.surges[surge]
    outcome = pd.Series(sample.outcomes[at, question], dtype="Int64")
    columns = _key(dataset, backtest) | {
        "surge_return": sample.surge_return[at],
        "surge_z": sample.surge_z[at],
        "episode": _episodes(dataset)[at, question],
        **_by_outcome(P_COLUMNS, backtest.probabilities[surge, question]),
        **_by_outcome(BASE_COLUMNS, backtest.climatology[surge, question]),
        **_by_outcome(LOW_COLUMNS, backtest.bounds[surge, question, 0]),
        **_by_outcome(HIGH_COLUMNS, backtest.bounds[surge, question, 1]),
        "outcome": outcome.mask(outcome == UNSETTLED),
        "known": _known(dataset)[at, question].astype("datetime64[ns]"),
        "trained_to": sample.sessions[backtest.trained_to[surge]].astype("datetime64[ns]"),
        "source": dataset.panel.source,
        "experiment": origin.experiment,
        "digest": origin.digest,
        "run_id": origin.run_id,
        **_by_outcome(UNCALIBRATED_COLUMNS, backtest.uncalibrated[surge, question]),
        "method": backtest.method[surge],
        "vol_rank": vol_rank(sample)[at],
    }
    return pd.DataFrame(columns, index=range(len(surge)))[list(COLUMNS)]


def components_table(dataset: Dataset, backtest: Forecasts, names: tuple[str, ...]) -> pd.DataFrame:
    """Key columns of the predictions table, `component`, its pool `weight`, its probabilities, their Monte-Carlo errors and spread."""
    surge, question = _index(dataset, backtest)
    key = pd.DataFrame(_key(dataset, backtest), index=range(len(surge)))
    parts = [
        key.assign(
            component=name,
            weight=backtest.weights[surge, question, k],
            **_by_outcome(P_COLUMNS, backtest.components[surge, k, question]),
            **_by_outcome(ERROR_COLUMNS, backtest.errors[surge, k, question]),
            **_by_outcome(SPREAD_COLUMNS, backtest.spread[surge, k, question]),
        )
        for k, name in enumerate(names)
    ]
    return pd.concat(parts).sort_index(kind="stable").reset_index(drop=True)


def _index(dataset: Dataset, backtest: Forecasts) -> tuple[Int, Int]:
    """Place of the surge in the backtest and of its question, for each row of a table."""
    surge, question = np.divmod(np.arange(len(backtest.surges) * len(dataset.sample.questions)), len(dataset.sample.questions))
    return surge, question


def _key(dataset: Dataset, backtest: Forecasts) -> dict[str, object]:
    surge, question = _index(dataset, backtest)
    sample = dataset.sample
    asked = sample.questions
    return {
        "date": sample.surge_sessions[backtest.surges[surge]].astype("datetime64[ns]"),
        "series": dataset.panel.label,
        "horizon": sample.horizons[question],
        "barrier": sample.barriers[backtest.surges[surge], question],
        "barrier_kind": [asked[q].barrier for q in question],
        "size": [asked[q].size for q in question],
    }


def _by_outcome(columns: tuple[str, ...], values: Float) -> dict[str, Float]:
    return {column: values[:, c] for c, column in enumerate(columns)}


def _episodes(dataset: Dataset) -> Int:
    """Episode numbers of all surges of the sample, (m, q)."""
    sample = dataset.sample
    return np.column_stack([episode_numbers(sample.rows, question.horizon) for question in sample.questions])


def _known(dataset: Dataset) -> np.ndarray:
    """Session at which each outcome of the sample is settled, (m, q) datetime64[D]."""
    sample = dataset.sample
    settled = sample.settled_row()
    known = sample.sessions[np.minimum(settled, len(sample) - 1)]
    for m, q in np.argwhere(settled >= len(sample)):
        known[m, q] = np.datetime64(dataset.settled_on(int(sample.rows[m]), int(sample.horizons[q])), "D")
    return known
