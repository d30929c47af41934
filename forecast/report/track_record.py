"""The track record of a history: its forecasts, the closes since, and the page that shows both."""

from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.atomic import atomic_write
from features.panel.series import SMALL
from forecast.backtest.dataset import Data, LiveOptions
from forecast.report.html.track_record import track_record_page
from forecast.runs.folder import open_run
from forecast.runs.locate import locate
from forecast.runs.manifest import SERVED
from forecast.runs.predictions.history_outcomes import IndexCloses, with_aftermath
from forecast.runs.predictions.latest import latest_run
from forecast.runs.repredict import experiment_of, panel_of


def write_track_record(
    history: pd.DataFrame,
    folder: Path,
    page: Path,
    *,
    data: Data = None,
    fresh: LiveOptions | None = None,
    tracking_uri: str | None = None,
) -> tuple[str, ...]:
    """Write the page of a history, and give the lines on what it lacks.

    Parameters
    ----------
    history : DataFrame
        The forecasts, as `load_history` gives them.
    folder : Path
        Of the history; it says which run gave the last forecast of each series.
    page : Path
        HTML file, replaced whole or not at all.
    data, fresh
        Where the closes since are, and how live ones are read, as for `repredict`; by default where each run's data came from.
    tracking_uri : str, optional
        MLflow store of runs that the history names by their id.

    Returns
    -------
    tuple of str
        Also on the page.

    Raises
    ------
    InputError
        Where `data` are named and cannot be read, or the page cannot be written.
    """
    closes, notes = {}, []
    for series in dict.fromkeys(history["series"].astype(str)):
        try:
            closes[series] = _closes(folder, series, data, fresh, tracking_uri)
        except InputError as error:
            if data is not None:
                raise
            notes.append(
                f"No closes of {series} since ({error}); outcomes are those that the forecasts themselves know. Name them by --data."
            )
    text = track_record_page(with_aftermath(history, closes), [*notes, *_ends(closes.items())])
    with atomic_write(page) as scratch:
        scratch.write_text(text, "utf-8")
    return tuple(notes)


def _ends(closes: Iterable[tuple[str, IndexCloses]]) -> list[str]:
    return [f"Closes of {series} are known up to {index.close.index[-1]:%Y-%m-%d}." for series, index in closes]


def _closes(folder: Path, series: str, data: Data, fresh: LiveOptions | None, tracking_uri: str | None) -> IndexCloses:
    """Closes of `series` by the run that gave its last forecast; InputError where that is not there, or its data are not."""
    address = latest_run(folder, series)
    if address is None:
        raise InputError(f"{folder}: nothing says which run gave its forecasts")
    run = open_run(locate(address, tracking_uri), SERVED)
    panel, _ = panel_of(run, experiment_of(run), data, None, fresh)
    return IndexCloses(panel[SMALL].dropna(), panel.exchange)
