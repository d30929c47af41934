"""Companions: the samples of further markets, to learn from."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from features.panel.indices import Index
from features.panel.panel import Panel
from features.panel.series import LARGE, TECH
from features.sources.load import DataSource, load_companions
from forecast.backtest.experiment import Experiment
from forecast.target.sample import Sample, price_sample, samples_as_of


def companion_samples(experiment: Experiment, data: str | Path | DataSource, panel: Panel) -> tuple[list[Sample], tuple[str, ...]]:
    """The experiment's companions, or without any the panel's partner indices, up to the panel's last session; and notes.

    A companion's surges are found and asked about as the target's are, each in its own volatility.
    """
    indices, notes = load_companions(data, experiment.companions, exchange=experiment.market.exchange)
    return samples_of(indices if experiment.companions else _partners(panel), experiment, panel), notes


def samples_of(indices: Sequence[Index], experiment: Experiment, panel: Panel) -> list[Sample]:
    """The samples of `indices` up to the last session of `panel`, each asked what the experiment asks."""
    samples = [price_sample(index, experiment.surge, experiment.questions) for index in indices]
    return samples_as_of(samples, panel.sessions[-1].to_numpy().astype("datetime64[D]"))


def _partners(panel: Panel) -> list[Index]:
    """The large-cap and technology indices of the panel, as far as they move: a value that is carried forward is no close."""
    partners = []
    for series in (LARGE, TECH):
        if series not in panel:
            continue
        close = panel[series].dropna()
        close = close[close.diff() != 0]
        if len(close) > 1:
            partners.append(Index(series.name, close, pd.Series(np.nan, index=close.index), pd.DatetimeIndex(close.index)))
    return partners
