"""`forecast evaluate`: what the settled forecasts of a run were worth."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.output_options import manner


class Format(StrEnum):
    """How the evaluation is printed."""

    TABLE = "table"
    JSON = "json"


def evaluate(
    run: Annotated[str, typer.Argument(help="Run folder, or MLflow run id.", show_default=False)],
    question: Annotated[str | None, typer.Option(help="Label of one question to show in full; default, a row each.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    pictures: Annotated[Path | None, typer.Option(help="Folder for reliability-QUESTION.png and monitor.png.")] = None,
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store of a run given by id; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
) -> None:
    """Scores, skill and its error, calibration, slices of a run's settled forecasts.

    Of all questions they are written into the run's folder too, as evaluation.json.
    """
    from forecast.cli.progress import shown_progress
    from forecast.report.evaluation.evaluation import as_json, draw_run_evaluation, evaluate_run, write_evaluation
    from forecast.runs.folder import open_run
    from forecast.runs.locate import locate

    opened = open_run(locate(run, tracking_uri))
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    with shown_progress() as progress:
        reports = evaluate_run(opened, only=question, progress=progress)
        drawn = [] if pictures is None else draw_run_evaluation(opened, reports, pictures, progress)
    content = as_json(opened, reports)
    told = [f"Picture: {path}" for path in drawn]
    if question is None:
        try:
            told.append(f"Evaluation: {write_evaluation(opened.folder, content)}")
        except OSError as error:  # of somebody else's run: what was asked for is still printed
            told.append(f"evaluation.json was not written into {opened.folder}: {error.strerror}")
    if form is Format.JSON:
        import json

        from forecast.runs.folder import finite

        typer.echo(json.dumps(finite(content), indent=1, allow_nan=False))
        return
    from forecast.report.text.console import console
    from forecast.report.text.evaluation_table import show_report, show_search, show_summary

    screen = console()
    if question is None:
        show_summary(screen, reports)
        show_search(screen, content["overfitting"])
    if len(reports) == 1:
        show_report(screen, next(iter(reports.values())))
    for line in () if manner().quiet else told:
        screen.print(line, soft_wrap=True, markup=False)
