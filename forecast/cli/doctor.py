"""`forecast doctor`: what is installed, what data are there, what would be skipped."""

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
    """Say what is installed, what data are found and what would be off without the rest; nothing is computed or written.

    Exit code 0 if a training can run, 2 if something indispensable is missing.
    """
    from forecast.cli.diagnosis.diagnose import diagnose

    diagnosis = diagnose(experiment, data=data, overrides=overrides or (), tracking_uri=tracking_uri, output=output)
    if form == "json":
        echo_json({"ready": diagnosis.ready, "findings": [check.as_json() for check in diagnosis.checks]})
    else:
        from forecast.cli.diagnosis.table import show_diagnosis
        from forecast.report.text.console import console

        show_diagnosis(console(), diagnosis, only_faults=output_options().quiet)
    if not diagnosis.ready:
        raise typer.Exit(ExitCode.MISTAKE)
