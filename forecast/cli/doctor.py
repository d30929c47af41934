"""`forecast doctor`: whether a training can run, what would be off in it, and what would switch that on."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.exit_codes import ExitCode
from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.output_options import output_options
from forecast.cli.parameters import DATA_FOLDER, EXPERIMENT, OVERRIDES, STORE


def doctor(
    experiment: EXPERIMENT = None,
    data: DATA_FOLDER = None,
    overrides: OVERRIDES = None,
    output: Annotated[Path, typer.Option(help="Folder that runs go to.")] = Path("runs"),
    tracking_uri: STORE = None,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Say whether a training can run, what would be off in it and what would switch that on; nothing is computed or written.

    With --verbose, every check is shown, those of the installed packages too.
    Exit code 0 if a training can run, 2 if something indispensable is missing.
    """
    from forecast.cli.diagnosis.diagnose import diagnose

    diagnosis = diagnose(experiment, data=data, overrides=overrides or (), tracking_uri=tracking_uri, output=output)
    if form == "json":
        echo_json({"ready": diagnosis.ready, "answer": diagnosis.answer, "findings": [check.as_json() for check in diagnosis.checks]})
    else:
        from forecast.cli.diagnosis.table import show_diagnosis
        from forecast.report.text.console import console

        options = output_options()
        show_diagnosis(console(), diagnosis, quiet=options.quiet, verbose=options.verbose)
    if not diagnosis.ready:
        raise typer.Exit(ExitCode.MISTAKE)
