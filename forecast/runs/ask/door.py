"""Asking a fitted run in Python: any question, its simulated paths, and the surface of anybody's paths; `forecast.api` hands them on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from forecast.backtest.dataset import Data
    from forecast.runs.ask.ask import AnsweredRun
    from forecast.runs.ask.event_forecast import EventForecast

__all__ = ["ask", "paths", "surface"]


def ask(
    run: str | Path,
    *,
    fall: str | float | None = None,
    rise: str | float | None = None,
    barrier: str | float | None = None,
    level: float | None = None,
    within: int | None = None,
    by: str | None = None,
    data: Data = None,
    as_of: str | date | None = None,
    tracking_uri: str | None = None,
) -> EventForecast:
    """Ask a fitted run any question about the sessions after its last surge; nothing is refitted.

    The reply agrees with the questions that the run was trained on: where it asks one of them it is that forecast, and elsewhere the
    simulated paths of the components are weighted so that they agree with all of them.

    Parameters
    ----------
    run
        Run folder, MLflow run id, or address of a registered model, models:/NAME@ALIAS.
    fall, rise
        Does a close fall, or rise, so far: "5%" or 0.05 of the surge's close.
    barrier
        Which comes first, a rise or a fall of so much, a log move: "5%" or 0.05.
    level
        Does the index close at this level or beyond: below the surge's close a fall to it, above it a rise. One of the four is given.
    within, by
        Sessions from the surge, or the last day that counts, YYYY-MM-DD; one of them, no later than the longest horizon trained on.
    data, as_of
        For another day than that of the training, as for `predict`.
    tracking_uri
        MLflow store of a run given by its id. Default: MLFLOW_TRACKING_URI, or sqlite:///mlflow.db.

    Returns
    -------
    EventForecast
        The probability with its interval, the base rate with its own, and how far the run's skill near this question has been shown.

    Raises
    ------
    InputError
        For a question that is none, or a run that cannot answer, in one line.
    """
    from forecast.runs.ask.event import event_of

    answered = _answered_run(run, data, as_of, tracking_uri)
    event = event_of(
        answered.surge, answered.exchange, answered.longest, fall=fall, rise=rise, barrier=barrier, level=level, within=within, by=by
    )
    return answered.ask(event)


def paths(
    run: str | Path,
    *,
    output: str | Path | None = None,
    data: Data = None,
    as_of: str | date | None = None,
    tracking_uri: str | None = None,
) -> pd.DataFrame:
    """Simulated paths of a fitted run after its last surge, with weights under which they agree with its forecast.

    Parameters
    ----------
    run, data, as_of, tracking_uri
        As for `ask`.
    output
        Parquet file that they are written to. Default: none.

    Returns
    -------
    pandas.DataFrame
        A row a path: `weight`, which sum to 1, and the cumulative log moves after each session, columns "1", "2" and so on.

    Raises
    ------
    InputError
        As `ask`, and for a file that cannot be written.
    """
    from features.files.atomic import atomic_write

    frame = _answered_run(run, data, as_of, tracking_uri).surface.frame()
    if output is not None:
        with atomic_write(Path(output)) as scratch:
            frame.to_parquet(scratch, index=False)
    return frame


def surface(paths: Any, barriers: Any, horizons: Any, *, weights: Any = None) -> pd.DataFrame:
    """Probabilities of every barrier over every horizon by anybody's simulated paths.

    Parameters
    ----------
    paths
        Cumulative log moves of n paths after each of h sessions, (n, h).
    barriers
        Log moves > 0.
    horizons
        Sessions, 1 to h.
    weights
        Of the paths, (n,), >= 0. Default: equal.

    Returns
    -------
    pandas.DataFrame
        A row a barrier and horizon: `p_continue` (the upper barrier is met first), `p_stall`, `p_reverse` (the lower one), and `p_fall` and
        `p_rise`, the lower and the upper one at all, whatever came first.

    Raises
    ------
    ValueError
        For paths of another shape, a barrier or horizon out of its range, or weights that are none.
    """
    from forecast.runs.ask.path_table import path_table

    return path_table(paths, barriers, horizons, weights)


def _answered_run(run: str | Path, data: Data, as_of: str | date | None, tracking_uri: str | None) -> AnsweredRun:
    from forecast.runs.ask.ask import AnsweredRun
    from forecast.runs.folder import open_run
    from forecast.runs.locate import locate
    from forecast.runs.manifest import SERVED

    return AnsweredRun.of(open_run(locate(run, tracking_uri), SERVED), data, as_of)
