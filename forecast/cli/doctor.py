"""`forecast doctor`: what is installed, what data are found, what would be skipped."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.evaluate import Format
from forecast.cli.exit_codes import ExitCode


def doctor(
    experiment: Annotated[
        Path | None, typer.Argument(help="Experiment file (TOML); without one, the bundled data.", show_default=False)
    ] = None,
    data: Annotated[str | None, typer.Option(help="'bundled', or the folder that the experiment's inputs are read from.")] = None,
    overrides: Annotated[list[str] | None, typer.Option("--set", help="Override a key: outcome.size=0.75. May be repeated.")] = None,
    output: Annotated[Path, typer.Option(help="Folder that runs go to.")] = Path("runs"),
    tracking_uri: Annotated[
        str | None, typer.Option(help="MLflow store; default MLFLOW_TRACKING_URI, or else sqlite:///mlflow.db.")
    ] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
) -> None:
    """Say what is installed, what data are found and what would be off without the rest; nothing is computed or written.

    ExitCode code 0 if a training can run, 2 if something indispensable is missing.
    """
    from forecast.cli.diagnosis.diagnose import diagnose

    found = diagnose(experiment, data=data, overrides=overrides or (), tracking_uri=tracking_uri, output=output)
    if form is Format.JSON:
        import json
        from dataclasses import asdict

        typer.echo(json.dumps({"ready": found.ready, "findings": [asdict(item) for item in found.findings]}, indent=1))
    else:
        from forecast.cli.diagnosis.table import show_diagnosis
        from forecast.cli.output_options import manner
        from forecast.report.text.console import console

        show_diagnosis(console(), found, only_faults=manner().quiet)
    if not found.ready:
        raise typer.Exit(ExitCode.MISTAKE)
