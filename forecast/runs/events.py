"""Events: the surges of a market as a table to learn from, features and outcomes, for anybody's classifier."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.backtest.dataset import Dataset
from forecast.engines.arrays import Float, Int
from forecast.models.logistic import geometry_of
from forecast.runs.folder import Run, open_run
from forecast.target.outcome import UNSETTLED
from forecast.target.question import Question
from forecast.target.surge import episode_numbers

GEOMETRY = ("barrier_distance", "surge_size")


@dataclass(frozen=True)
class Events:
    """The surges of one market and what became of them, by one question; n of them settled, in the order of time.

    X : (n, k) by session, what was known at its close: the features that models may learn from, NaN where not known, then
    `barrier_distance`, the log of the barrier in standard deviations of its horizon, and `surge_size`, the surge's z.
    y : (n,) 0 reverse, 1 stall, 2 continue, by session.   spans : (n, 2) places of the sessions at which each begins and is settled, the
    `groups` of `forecast.target.sklearn_splits`.   episodes : (n,) numbers of the independent ones.
    ahead : as X, of the surges not settled yet.
    """

    question: Question
    X: pd.DataFrame
    y: pd.Series
    spans: Int
    episodes: Int
    ahead: pd.DataFrame

    @property
    def weight(self) -> Float:
        """What each case counts for, (n,), so that together they count for their episodes."""
        return np.full(len(self.y), len(np.unique(self.episodes)) / max(len(self.y), 1))


def events(source: Dataset | Run | str | Path, *, question: str | None = None) -> Events:
    """The events of a run (its folder, or opened), by the panel that it keeps, or of an assembled dataset.

    question : label of the question that decides barrier and horizon, `surge_0.5_h21`; default the main one. InputError for another.
    """
    sample = _dataset(source).sample
    labels = [one.label for one in sample.questions]
    if question is not None and question not in labels:
        raise InputError(f"question {question}: the experiment asks {', '.join(labels)}; name one of these")
    q = 0 if question is None else labels.index(question)
    columns = np.column_stack([sample.features_named(sample.chosen), geometry_of(sample)[:, q]])
    index = pd.DatetimeIndex(sample.surge_sessions.astype("datetime64[ns]"), name="date")
    table = pd.DataFrame(columns, index=index, columns=[*sample.chosen, *GEOMETRY])
    settled = sample.outcomes[:, q] != UNSETTLED
    return Events(
        question=sample.questions[q],
        X=table[settled],
        y=pd.Series(sample.outcomes[settled, q].astype(np.int64), index=index[settled], name="outcome"),
        spans=np.column_stack([sample.rows, sample.settled_row()[:, q]])[settled].astype(np.int64),
        episodes=episode_numbers(sample.rows, sample.questions[q].horizon)[settled],
        ahead=table[~settled],
    )


def _dataset(source: Dataset | Run | str | Path) -> Dataset:
    if isinstance(source, Dataset):
        return source
    from forecast.runs.repredict import experiment_of, kept_dataset

    run = source if isinstance(source, Run) else open_run(Path(source))
    return kept_dataset(run, experiment_of(run))
