"""`forecast train`: train, test walk-forward, forecast, record."""

import json
import os
import shutil
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.evaluate import Format
from forecast.cli.exit_codes import ExitCode
from forecast.cli.output_options import manner
from forecast.cli.signals import CommandInterruptedError

if TYPE_CHECKING:
    from forecast.api import TrainedRun


def train(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', the folder of the experiment's inputs, 'live' or 'live@MOMENT'.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Store of live data; default SMALLCAP_SURGE_CACHE, or the user's cache.")] = None,
    stale_ok: Annotated[bool, typer.Option("--stale-ok", help="Forecast however old the live data are.")] = False,
    as_of: Annotated[str | None, typer.Option(help="Last day known, YYYY-MM-DD.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: outcome.size=0.75. May be repeated.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the run; default runs/<name>-<digest>.")] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
    no_tracking: Annotated[bool, typer.Option("--no-tracking", help="Keep the run on disk only.")] = False,
    history: Annotated[Path | None, typer.Option(help="Folder the forecast is added to; default 'history' beside the run.")] = None,
    no_history: Annotated[bool, typer.Option("--no-history", help="Add the forecast to no history.")] = False,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave report.html and its pictures out.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
) -> None:
    """Train on what is known, test walk-forward, forecast the last surge, record the run."""
    from forecast.api import train as run
    from forecast.cli.progress import shown_progress, training_plan
    from forecast.runs.tracking.stores import hide_password

    try:
        with shown_progress(training_plan(jobs or os.cpu_count() or 1)) as progress:
            trained = run(
                experiment,
                data=data,
                cache=cache,
                stale_ok=stale_ok,
                as_of=as_of,
                overrides=overrides or (),
                output=output,
                tracking_uri=tracking_uri,
                track=not no_tracking,
                history=history,
                keep_history=not no_history,
                report=not no_report,
                jobs=jobs,
                progress=progress,
            )
    except KeyboardInterrupt:
        raise CommandInterruptedError("no run was written") from None
    if form is Format.JSON:
        typer.echo(_as_json(trained))
    else:
        _show(trained)
    if trained.history_error:
        typer.echo(
            f"error: {trained.history_error}; the run is whole in {trained.folder}, add its forecast later with: "
            f"python -m forecast predict --run {quote(str(trained.folder))} --data kept --history FOLDER",
            err=True,
        )
    if trained.tracking_error:
        typer.echo(
            f"error: {trained.tracking_error}; the run is whole in {trained.folder}, log it later with: "
            f"python -m forecast log {quote(str(trained.folder))} --tracking-uri {quote(hide_password(str(trained.tracking_uri)))}",
            err=True,
        )
    if trained.history_error or trained.tracking_error:
        raise typer.Exit(ExitCode.MISTAKE)


def _as_json(trained: "TrainedRun") -> str:
    """Where the run is and, as `predict --format json` has it, its answer: null where no surge could be forecast."""
    from forecast.runs.folder import finite
    from forecast.runs.tracking.stores import hide_password

    told = {
        "folder": str(trained.folder),
        "run_id": trained.run_id,
        "tracking_uri": None if trained.tracking_uri is None else hide_password(trained.tracking_uri),
        "unlogged": trained.tracking_error,
        "history": None if trained.given is None else str(trained.given),
        "report": None if trained.report is None else str(trained.report),
        "unreported": trained.report_error,
        "notes": list(trained.notes),
        "promoted": trained.metrics["promotion"]["promoted"],
        "warnings": trained.metrics["warnings"],
        "answer": None if trained.answer is None else trained.answer.model_dump(mode="json"),
    }
    return json.dumps(finite(told), indent=1, allow_nan=False)


def _show(trained: "TrainedRun") -> None:
    """The answer and where the run is; unless quiet, what is known of the forecaster besides."""
    from forecast.backtest.promotion import sentence
    from forecast.backtest.verification.calibration_monitor import standing
    from forecast.report.text.answer_table import show_answer, show_skill
    from forecast.report.text.console import console, show_notes

    screen, scores = console(), trained.metrics["questions"]
    if trained.answer:
        show_answer(screen, trained.answer, scores)
    else:
        show_notes(screen, trained.notes)
        screen.print("No surge in this history that could be forecast: none was found, or all came before walk_forward.start.")
        label = next(iter(scores))
        show_skill(screen, label, scores[label])
    if not manner().quiet:
        show_notes(screen, [standing(trained.metrics["monitor"]), sentence(trained.metrics["promotion"])])
        show_notes(screen, _warned(trained.metrics["warnings"]))
    screen.print(f"Run: {trained.folder}", soft_wrap=True, markup=False)
    if trained.given and not manner().quiet:
        screen.print(f"History: {trained.given}", soft_wrap=True, markup=False)
    if trained.report and not manner().quiet:
        screen.print(f"Report: {trained.report}", soft_wrap=True, markup=False)
    if trained.report_error:
        show_notes(screen, [f"{trained.report_error}; make it with: python -m forecast report {quote(str(trained.folder))}"])
    if trained.tracking_uri and not trained.tracking_error and not manner().quiet:
        screen.print(f"MLflow: run {trained.run_id}; look at it {_look(trained.tracking_uri)}", soft_wrap=True, markup=False)


def _warned(warnings: list[str]) -> list[str]:
    """The first of the warnings and how many there are; with --verbose, all of them."""
    if not warnings or manner().verbose:
        return warnings
    return [f"{len(warnings)} warnings in metrics.json, the first: {warnings[0]}"]


def _look(store: str) -> str:
    """Where the pages of the store are: those of a server are its own."""
    from forecast.runs.tracking.stores import hide_password

    if store.partition("://")[0] in ("http", "https"):
        return f"at {hide_password(store)}"
    return f"with: {_mlflow()} ui --backend-store-uri {quote(hide_password(store))}"


def _mlflow() -> str:
    """The `mlflow` beside this Python, as short as it can be typed here."""
    beside = Path(sys.executable).with_name("mlflow")
    return "mlflow" if shutil.which("mlflow") == str(beside) else quote(os.path.relpath(beside))
