"""`forecast train`: train, test walk-forward, forecast, record."""

import os
import shutil
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated

import typer

from forecast.cli.exit_codes import ExitCode
from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.output_options import output_options
from forecast.cli.parameters import EXPERIMENT, FULL
from forecast.cli.signals import CommandInterruptedError
from forecast.cli.training_options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from forecast.api import TrainedRun


@with_training_options
def train(
    options: TrainingOptions,
    experiment: EXPERIMENT = None,
    data: Annotated[str | None, typer.Option(help="'bundled', the folder of the experiment's inputs, 'live' or 'live@MOMENT'.")] = None,
    output: Annotated[Path | None, typer.Option(help="Folder of the run; default runs/<name>-<digest>.")] = None,
    no_report: Annotated[bool, typer.Option("--no-report", help="Leave report.html and its pictures out.")] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
    full: FULL = False,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Train on what is known, test walk-forward, forecast the last surge, record the run."""
    from forecast import api
    from forecast.cli.progress import REPORT_STAGE, STORE_STAGES, shown_progress, training_plan
    from forecast.engines.compilation import uncompiled_share

    try:
        without = (*((REPORT_STAGE,) if no_report else ()), *(STORE_STAGES if options.no_tracking else ()))
        default = experiment is None and not options.overrides
        plan = training_plan(jobs or os.cpu_count() or 1, default=default, kernels=uncompiled_share(), without=without)
        with shown_progress(plan) as progress:
            run = api.train(
                experiment,
                data=data,
                output=output,
                report=not no_report,
                jobs=jobs,
                progress=progress,
                **options.keywords(),
            )
    except api.TrainingInterruptedError as interruption:
        raise CommandInterruptedError(_left(interruption.run)) from None
    except KeyboardInterrupt:
        raise CommandInterruptedError("no run was written") from None
    if form == "json":
        echo_json(_as_json(run))
    else:
        _show(run, full=full)
    whole = f"the run is whole in {run.folder}"
    errors = []
    if run.history_error:
        remedy = f"python -m forecast predict --run {_quoted(run.folder)} --data kept --history FOLDER"
        errors.append(f"error: {run.history_error}; {whole}, add its forecast later with: {remedy}")
    if run.tracking_error:
        errors.append(f"error: {run.tracking_error}; {whole}, log it later with: {_log_command(run)}")
    for line in errors:
        typer.echo(line, err=True)
    if errors:
        raise typer.Exit(ExitCode.MISTAKE)


def _left(run: "TrainedRun") -> str:
    """What an interrupted training leaves of a run that is whole, and how it goes on."""
    whole = f"the run is whole in {run.folder}"
    return f"{whole}, and was not logged whole; log it later with: {_log_command(run)}" if run.tracking_error else whole


def _log_command(run: "TrainedRun") -> str:
    return f"python -m forecast log {_quoted(run.folder)} --tracking-uri {_quoted(_store(run))}"


def _as_json(run: "TrainedRun") -> dict[str, object]:
    """Where the run is, and its answer as `predict --format json` prints it: null if no surge could be forecast."""
    return {
        "folder": str(run.folder),
        "run_id": run.run_id,
        "tracking_uri": _store(run),
        "unlogged": run.tracking_error,
        "history": None if run.history_file is None else str(run.history_file),
        "report": None if run.report is None else str(run.report),
        "unreported": run.report_error,
        "notes": list(run.notes),
        "promoted": run.metrics["promotion"]["promoted"],
        "warnings": run.metrics["warnings"],
        "answer": None if run.answer is None else run.answer.model_dump(mode="json"),
    }


def _show(run: "TrainedRun", *, full: bool) -> None:
    """The answer and the folder of the run; unless quiet, notes on the monitor, the promotion and warnings, and the other files too."""
    from forecast.backtest.promotion import sentence
    from forecast.backtest.verification.calibration_monitor import monitor_summary
    from forecast.report.sentences import NO_SURGE, distinct_warnings
    from forecast.report.text.answer_table import show_answer, show_skill
    from forecast.report.text.console import console, show_first_notes, show_line, show_notes

    screen, scores, quiet = console(), run.metrics["questions"], output_options().quiet
    further = [] if quiet else [monitor_summary(run.metrics["monitor"]), sentence(run.metrics["promotion"])]
    further += [] if quiet else distinct_warnings(run.metrics["warnings"])
    if run.answer:
        show_answer(screen, run.answer, scores, notes=further, full=full)
    else:
        screen.print(NO_SURGE)
        label = next(iter(scores))
        show_skill(screen, label, scores[label])
        show_first_notes(screen, [*run.notes, *further], full=full)
    show_line(screen, "Run", run.folder)
    if run.history_file and not quiet:
        show_line(screen, "History", run.history_file)
    if run.report and not quiet:
        show_line(screen, "Report", run.report)
    if run.report_error:
        show_notes(screen, [f"{run.report_error}; make it with: python -m forecast report {_quoted(run.folder)}"])
    if run.tracking_uri and not run.tracking_error and not quiet:
        show_line(screen, "MLflow", f"run {run.run_id}; look at it {_address(run.tracking_uri)}")


def _store(run: "TrainedRun") -> str | None:
    """The store, without a password."""
    from forecast.runs.tracking.stores import hide_password

    return None if run.tracking_uri is None else hide_password(run.tracking_uri)


def _address(store: str) -> str:
    """How to see the pages of the store: those of a server are its own."""
    from forecast.runs.tracking.stores import hide_password

    if store.partition("://")[0] in ("http", "https"):
        return f"at {hide_password(store)}"
    return f"with: {_mlflow()} ui --backend-store-uri {quote(hide_password(store))}"


def _mlflow() -> str:
    """The `mlflow` beside this Python, as short as it can be typed here."""
    beside = Path(sys.executable).with_name("mlflow")
    return "mlflow" if shutil.which("mlflow") == str(beside) else quote(os.path.relpath(beside))


def _quoted(value: object) -> str:
    return quote(str(value))
