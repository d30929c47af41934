"""Competing forecasts: other probabilities of the same dates, from files or from runs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from forecast.report.scoring.external_forecasts import ExternalForecasts, QuestionFilter, read_external_forecasts
from forecast.runs.predictions.components import read_components

OF_A_RUN = ("ewma", "garch")  # components that are compared with too


def read_competing_forecasts(
    sources: Sequence[str | Path | pd.DataFrame], reserved: Collection[str], rows: QuestionFilter
) -> dict[str, ExternalForecasts]:
    """By name, none of them `reserved`: a file's is its own, a run's pool has that of its folder, and its EWMA and GJR come with it."""
    forecasts: dict[str, ExternalForecasts] = {}
    for source in sources:
        for one in _read(source, rows):
            renamed = rename(one, {*reserved, *forecasts})
            forecasts[renamed.name] = renamed
    return forecasts


def _read(source: str | Path | pd.DataFrame, rows: QuestionFilter) -> Iterator[ExternalForecasts]:
    yield read_external_forecasts(source, rows)
    if isinstance(source, pd.DataFrame) or not Path(source).is_dir():
        return
    parts = read_components(Path(source))
    for name in OF_A_RUN:
        if (parts["component"] == name).any():
            yield read_external_forecasts(parts[parts["component"] == name], rows, name=name)


def rename(forecasts: ExternalForecasts, reserved: Collection[str]) -> ExternalForecasts:
    """`forecasts` under their own name, with a number if it is reserved."""
    if forecasts.name not in reserved:
        return forecasts
    numbered = (f"{forecasts.name}-{count}" for count in range(2, len(reserved) + 3))
    return replace(forecasts, name=next(name for name in numbered if name not in reserved))
