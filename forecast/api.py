"""The Python door: train an experiment, apply a fitted run to another day or question, score probabilities, load predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from forecast.runs.ask.door import ask, paths, surface

if TYPE_CHECKING:
    import pandas as pd

    from forecast.backtest.dataset import Data, LiveOptions
    from forecast.backtest.experiment import Experiment
    from forecast.backtest.walk_forward import Progress
    from forecast.report.markets.morning_sheet import MorningSheet
    from forecast.report.notebook.run_forecast import RunForecast
    from forecast.report.scoring.score import ScoringResult
    from forecast.report.trained_run import TrainedRun, TrainingInterruptedError
    from forecast.runs.ask.event_forecast import EventForecast
    from forecast.target.surge import SurgeRule

__all__ = [
    "EventForecast",
    "MorningSheet",
    "RunForecast",
    "ScoringResult",
    "TrainedRun",
    "TrainingInterruptedError",
    "ask",
    "load_predictions",
    "many",
    "paths",
    "predict",
    "score",
    "surface",
    "train",
]
RESULTS = {
    "EventForecast": "forecast.runs.ask.event_forecast",
    "MorningSheet": "forecast.report.markets.morning_sheet",
    "RunForecast": "forecast.report.notebook.run_forecast",
    "ScoringResult": "forecast.report.scoring.score",
    "TrainedRun": "forecast.report.trained_run",
    "TrainingInterruptedError": "forecast.report.trained_run",
}


def __getattr__(name: str) -> Any:
    """A class that a function returns, from the module that defines it, on first use: these modules import pandas."""
    if name in RESULTS:
        return getattr(import_module(RESULTS[name]), name)
    raise AttributeError(f"module 'forecast.api' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__


def train(
    experiment: str | Path | Experiment | None = None,
    *,
    data: Data = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    overrides: Sequence[str] = (),
    output: str | Path | None = None,
    tracking_uri: str | None = None,
    track: bool = True,
    history: str | Path | None = None,
    keep_history: bool = True,
    report: bool = True,
    jobs: int | None = None,
    progress: Progress | None = None,
    fresh: LiveOptions | None = None,
) -> TrainedRun:
    """Train an experiment, test it walk-forward, forecast the last surge, and record the run.

    The run is whole in its folder before its report is drawn and before it is logged.

    Refits are kept beside the run. A later training, of the same after an interrupt or of data with another session, fits only those
    whose models would see something else.

    Parameters
    ----------
    experiment
        Path of a TOML file, the name of an experiment that ships, an Experiment, or None for the default one, or, with a table as
        `data`, for the one that `forecast init` would write for a file of it.
    data
        "bundled"; a folder that the experiment's [inputs] are read from; "live" to download what its [live] names first; or
        "live@MOMENT" for what had been downloaded by then, such as "live@2026-11-23". Or prices: a Series of closes, by whose name the
        market goes, or a DataFrame, both with their days as index or in a column. Its columns are told by their names, as those of a file
        are, or by those of the series (`small`, `small_high`, `large`, `vix`), or are those that [inputs] name. Or a mapping of the names
        of files in [inputs] to tables. Default: what the experiment's `data` says, or else the folder of its file; required for an
        experiment that ships and has files of its own.
    cache, stale_ok
        Store of live data, by default SMALLCAP_SURGE_CACHE or the user's cache folder, and whether they may be however old.
    as_of
        Last day whose data are used, a date or YYYY-MM-DD. Default: the last session of the data.
    overrides
        Keys of the experiment to change, such as "outcome.size=0.75".
    output
        Folder of the run; a run that is there is replaced. Default: runs/NAME-DIGEST.
    tracking_uri, track
        MLflow store, by default MLFLOW_TRACKING_URI or sqlite:///mlflow.db, and whether the run is logged to it.
    history, keep_history
        Folder of the history, by default `history` beside the run's folder, and whether the forecast is added to it.
    report
        Whether report.html and its pictures are made.
    jobs
        Number of worker processes, >= 1. Default: all cores.
    progress
        Called with a stage, the steps done and all its steps (0 if they are not counted).
    fresh
        How live data are read, in place of `cache` and `stale_ok`; its clock dates the forecast.

    Returns
    -------
    TrainedRun
        The run's folder, the answer, the metrics, and what went wrong after the run was complete; `to_frame` and `plot` show them.

    Raises
    ------
    InputError
        For a mistake in the experiment, the data or a folder, in one line. No run is written then.
    TrainingInterruptedError
        A KeyboardInterrupt that came when the run was whole on disk; it has the run.
    """
    from forecast.backtest.checkpoints import Checkpoints
    from forecast.backtest.dataset import LiveOptions
    from forecast.backtest.study import Study
    from forecast.backtest.walk_forward import silent
    from forecast.report.training import RunRecipients, train_study
    from forecast.runs import tracking

    progress = progress or silent
    live = replace(fresh or LiveOptions(cache, stale_ok), progress=progress)
    study = Study.prepare(experiment, data=data, as_of=as_of, overrides=overrides, fresh=live)
    folder = Path(output) if output is not None else Path("runs") / study.run_name
    history_folder = (folder.parent / "history" if history is None else Path(history)) if keep_history else None
    store = tracking.tracking_uri(tracking_uri) if track else None
    recipients = RunRecipients(store, history=history_folder, report="all" if report else "none")
    Checkpoints.within(folder.parent).forget_old()
    return train_study(study, folder, recipients, jobs=jobs, progress=progress, clock=live.clock)


def many(
    experiments: Sequence[str | Path | Experiment],
    *,
    data: str | Path | None = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    overrides: Sequence[str] = (),
    output: str | Path = "runs/many",
    tracking_uri: str | None = None,
    track: bool = True,
    history: str | Path | None = None,
    keep_history: bool = True,
    report: Literal["all", "surges", "none"] = "all",
    workers: int | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> MorningSheet:
    """Train many markets on one pool of workers, and make the morning sheet of them.

    Each market is trained as by `train`, to the same bits; its run has no predictions.csv, since the predictions of all stand in one
    partitioned table. One that fails is a line of the sheet. A call that was interrupted continues
    from the finished folds when it is made again, and a market whose run is whole and up to date is not trained again.

    Parameters
    ----------
    experiments
        Files, names of experiments that ship, or Experiments. A file with tables [markets.NAME] is a market for each, and [variants.NAME]
        make a variant of each of them.
    data
        "bundled", "live", "live@MOMENT" or a folder. In a folder, a market is read from the folder of its name if there is one. Default:
        what each experiment says.
    cache, stale_ok, as_of
        As for `train`.
    overrides
        Keys to change in every experiment; several values, as "surge.min_z=1.5,2", make every market come in each, named by it.
    output
        Folder of the sheet and of the runs, each by the name of its experiment.
    tracking_uri, track
        As for `train`. The call is a run of the store too, in which those of the markets are nested.
    history, keep_history
        As for `train`; one history has all markets.
    report
        Which runs have a report.html: "all", those in a surge today, "surges", or "none". `report` makes that of any run later.
    workers
        Number of processes, >= 1. Default: all cores.
    scheduler
        Address of a Dask scheduler whose workers are used in their place, such as "tcp://10.0.0.5:8786"; they see the same folders.
    progress
        Called with a stage, the steps done and all its steps.

    Returns
    -------
    MorningSheet
        A row a market, those in a surge today first.

    Raises
    ------
    InputError
        For a mistake in an experiment or the output folder, before anything is computed, and where workers or scheduler are gone.
    """
    from forecast.backtest.dataset import LiveOptions
    from forecast.backtest.markets.market_list import market_experiments
    from forecast.backtest.markets.workers import worker_pool
    from forecast.backtest.walk_forward import silent
    from forecast.report.markets.many import train_markets
    from forecast.report.training import RunRecipients
    from forecast.runs import tracking

    live, place = LiveOptions(cache, stale_ok, progress or silent), Path(output)
    histories = (place / "history" if history is None else Path(history)).resolve() if keep_history else None
    store = tracking.absolute_address(tracking.tracking_uri(tracking_uri)) if track else None
    return train_markets(
        market_experiments(experiments, overrides),
        place,
        RunRecipients(store, history=histories, report=report, text=False),
        data=data,
        as_of=as_of,
        workers=worker_pool(workers, scheduler),
        live=live,
    )


def predict(
    run: str | Path,
    *,
    data: Data = None,
    cache: str | Path | None = None,
    stale_ok: bool = False,
    as_of: str | date | None = None,
    tracking_uri: str | None = None,
    history: str | Path | None = None,
) -> RunForecast:
    """Forecast the last surge known at the close of `as_of` with a run that is already fitted.

    The fitted models forecast a surge after the run's training, on the data up to it. For an earlier surge the answer is that of the
    walk-forward at the time, because the fitted models have seen what followed.

    Parameters
    ----------
    run
        Run folder, MLflow run id, or address of a registered model, models:/NAME@ALIAS.
    data
        "bundled", a folder, "live", or "kept" for the panel in the run's folder; or a Series, a DataFrame or a mapping of them, as for
        `train`. Default: the place that the run's data came from, or what is kept where that was a table.
    cache, stale_ok
        Of live data, as for `train`.
    as_of
        Last day whose data are used, a date or YYYY-MM-DD. Default: the last session of the data.
    tracking_uri
        MLflow store of a run given by its id. Default: MLFLOW_TRACKING_URI, or sqlite:///mlflow.db.
    history
        Folder that the forecast is added to. Default: none.

    Returns
    -------
    RunForecast
        The answer, and the same forecast as rows of the predictions table; `plot` draws it.

    Raises
    ------
    InputError
        For a run that cannot be read, data that do not fit it, or a history that cannot be written, in one line.
    """
    from forecast.backtest.dataset import LiveOptions
    from forecast.report.notebook.run_forecast import RunForecast
    from forecast.runs.folder import open_run
    from forecast.runs.locate import locate, permanent_name
    from forecast.runs.manifest import SERVED
    from forecast.runs.repredict import repredict

    fitted_run = open_run(locate(run, tracking_uri), SERVED)
    prediction = repredict(fitted_run, data, as_of, LiveOptions(cache, stale_ok))
    if history is not None:
        from forecast.runs.predictions.history import append_forecast

        append_forecast(history, prediction.answer, prediction.table, run=permanent_name(run, fitted_run.folder))
    return RunForecast.of(prediction)


def score(
    forecasts: str | Path | pd.DataFrame,
    prices: str | Path | pd.Series | pd.DataFrame,
    *,
    horizon: int | None = None,
    barrier: str | None = None,
    size: float | None = None,
    rule: SurgeRule | None = None,
    close: str | None = None,
    against: Sequence[str | Path | pd.DataFrame] = (),
    level: float | None = None,
    question: str | None = None,
    progress: Progress | None = None,
) -> ScoringResult:
    """Evaluate anybody's probabilities by the outcomes that `prices` settle, as a run's forecasts are evaluated.

    The outcomes follow from the prices alone; those that the file states are compared with them, and decide nothing.

    Parameters
    ----------
    forecasts
        CSV or Parquet file, table whose dates are a column or its index, or run folder, with columns date, p_reverse, p_stall, p_continue:
        probabilities from 0 to 1 that sum to 1. Optional columns: horizon, barrier_kind, size; `base_` and `climatology_` of each
        outcome, references of its own, else computed from the prices; `low_` and `high_` of each outcome, the bounds of intervals.
    prices
        File of the index, text of any notation, a workbook or Parquet, or a Series of its closes by day, or a table of prices with days.
    horizon, barrier, size
        The question of every row, if `forecasts` has no such columns: sessions (default 21), "surge", "sigma", "fixed" or "fall"
        (default "surge"), and size (default 0.5); p_continue of a fall is 0. If it has the column, only rows with this value are taken.
    rule
        What a surge is. Rows on other days, and rows that are not settled yet, are excluded and counted.
    close
        Column of the closes. Default: Close, or the only column.
    against
        Further probabilities of the same dates, or run folders, to compare with. Rows that one of them lacks are excluded.
    level
        Probability that the intervals from `low_` to `high_` claim, in (0, 1). Default: 0.9.
    question
        Label of the one question to evaluate, such as "surge_0.5_h21". Default: all.
    progress
        Called with a stage, the steps done and all its steps.

    Returns
    -------
    ScoringResult
        The evaluation of each question, what was excluded, and notes; `to_frame` and `plot` show them.

    Raises
    ------
    InputError
        For a file that breaks a rule, in one line with its name, the row's date, the rule and the value.
    """
    from forecast.backtest.walk_forward import silent
    from forecast.report.evaluation.evaluation import LEVEL
    from forecast.report.scoring.external_forecasts import QuestionFilter
    from forecast.report.scoring.score import score_forecasts

    return score_forecasts(
        forecasts,
        prices,
        rows=QuestionFilter(horizon, barrier, size),
        rule=rule,
        close=close,
        against=against,
        level=LEVEL if level is None else level,
        label=question,
        progress=progress or silent,
    )


def load_predictions(run: str | Path) -> pd.DataFrame:
    """Read the predictions of a run or of an exported file, one row a surge session and question.

    Parameters
    ----------
    run
        Run folder, MLflow run id, models:/NAME@ALIAS, or a file: .parquet, .csv, .json, .arrow, .feather or .xlsx.

    Returns
    -------
    pandas.DataFrame
        The columns that the page on predictions lists; outcomes that are not settled are missing.

    Raises
    ------
    InputError
        For a place that holds no predictions, a damaged file, a row that breaks a rule, or another schema version, in one line.
    """
    from forecast.runs.locate import load_predictions as load

    return load(run)
