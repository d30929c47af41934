"""The surges of a market as features and outcomes, for any classifier."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.backtest.dataset import Dataset
from forecast.engines.arrays import Float, Int
from forecast.models.logistic import geometry_of
from forecast.runs.folder import Run, open_run
from forecast.target.question import Question
from forecast.target.surge import episode_numbers

GEOMETRY = ("barrier_distance", "surge_size")


@dataclass(frozen=True)
class Events:
    """The surges of one market, by one question; n of them are settled, in the order of time.

    Parameters
    ----------
    question : Question
        Decides the barrier and the horizon.
    X : DataFrame
        (n, k) by session: the features that models may learn from as known at its close, NaN where not known; `barrier_distance`, the log
        of the barrier in standard deviations of its horizon; and `surge_size`, the surge's z.
    y : Series
        (n,) by session: 0 reverse, 1 stall, 2 continue.
    spans : array
        (n, 2) places of the sessions at which each begins and is settled, the `groups` of `forecast.target.sklearn_splits`.
    episodes : array
        (n,) numbers of the episodes.
    ahead : DataFrame
        As X, for the surges that are not settled yet.
    """

    question: Question
    X: pd.DataFrame
    y: pd.Series
    spans: Int
    episodes: Int
    ahead: pd.DataFrame

    @property
    def weight(self) -> Float:
        """Weights (n,) of the cases that sum to the number of episodes."""
        return np.full(len(self.y), len(np.unique(self.episodes)) / max(len(self.y), 1))


def events(source: Dataset | Run | str | Path, *, question: str | None = None) -> Events:
    """The surges and outcomes of a run or a dataset.

    Parameters
    ----------
    source : Dataset, Run, str or Path
        An assembled dataset, or a run or its folder, of which the panel that it keeps is used.
    question : str, optional
        Label of a question, such as `surge_0.5_h21`; by default the main one.

    Returns
    -------
    Events

    Raises
    ------
    InputError
        If the experiment does not ask the question, or the run is damaged.
    """
    sample = _dataset(source).sample
    labels = [one.label for one in sample.questions]
    if question is not None and question not in labels:
        raise InputError(f"question {question}: the experiment asks {', '.join(labels)}; name one of these")
    q = 0 if question is None else labels.index(question)
    columns = np.column_stack([sample.features_named(sample.chosen), geometry_of(sample)[:, q]])
    index = pd.DatetimeIndex(sample.surge_sessions.astype("datetime64[ns]"), name="date")
    table = pd.DataFrame(columns, index=index, columns=[*sample.chosen, *GEOMETRY])
    settled = sample.settled[:, q]
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
    from forecast.runs.repredict import experiment_of, stored_dataset

    run = source if isinstance(source, Run) else open_run(Path(source))
    return stored_dataset(run, experiment_of(run))
