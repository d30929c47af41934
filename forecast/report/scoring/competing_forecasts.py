"""Rivals: other probabilities of the same dates, from files or from runs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from forecast.report.scoring.external_forecasts import ExternalForecasts, read_external_forecasts
from forecast.runs.predictions.components import read_components

OF_A_RUN = ("ewma", "garch")  # components that are compared with too


def read_competing_forecasts(
    sources: Sequence[str | Path | pd.DataFrame], taken: set[str], *, horizon: int | None, barrier: str | None, size: float | None
) -> dict[str, ExternalForecasts]:
    """By name, each once: a file's is its own, a run's the pool is named as its folder, and its EWMA and GJR come with it.

    taken : names that are not to be had.   horizon, barrier, size : as of `read_given`. InputError, one line.
    """
    found: dict[str, ExternalForecasts] = {}
    for source in sources:
        for one in _read(source, horizon, barrier, size):
            free = renamed(one, {*taken, *found})
            found[free.name] = free
    return found


def _read(source: str | Path | pd.DataFrame, horizon: int | None, barrier: str | None, size: float | None) -> Iterator[ExternalForecasts]:
    asked = {"horizon": horizon, "barrier": barrier, "size": size}
    if isinstance(source, pd.DataFrame) or not Path(source).is_dir():
        yield read_external_forecasts(source, **asked)  # type: ignore[arg-type]
        return
    yield read_external_forecasts(source, **asked)  # type: ignore[arg-type]
    parts = read_components(Path(source))
    for name in OF_A_RUN:
        if (parts["component"] == name).any():
            yield read_external_forecasts(parts[parts["component"] == name], **asked, name=name)  # type: ignore[arg-type]


def renamed(given: ExternalForecasts, taken: Collection[str]) -> ExternalForecasts:
    """`given` under its own name, with a number where that is taken."""
    if given.name not in taken:
        return given
    numbered = (f"{given.name}-{count}" for count in range(2, len(taken) + 3))
    return replace(given, name=next(name for name in numbered if name not in taken))
