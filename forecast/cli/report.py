"""`forecast report`: one page with everything a run has to say."""

from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.parameters import RUN, STORE_OF_RUN


def report(
    run: RUN,
    output: Annotated[
        Path | None,
        typer.Option(help="HTML file; default report.html in the run's folder, NAME.html here of a run id.", show_default=False),
    ] = None,
    pictures: Annotated[
        Path | None, typer.Option(help="Folder for each picture as PNG and SVG; default, beside a report in the run's folder.")
    ] = None,
    tracking_uri: STORE_OF_RUN = None,
) -> None:
    """The report of a run as one HTML file that needs no network: answer, history, paths, drivers, analogs, record.

    It is made from the run's own files alone; training makes it too.
    """
    from forecast.cli.progress import DRAWING, REPORT_STAGE, shown_progress
    from forecast.cli.remaining_time import Plan
    from forecast.report.html.page import build
    from forecast.runs.folder import PICTURES, REPORT, open_run
    from forecast.runs.locate import locate

    folder = open_run(locate(run, tracking_uri))
    if output is None and Path(run).is_dir():
        output, pictures = Path(run) / REPORT, pictures or Path(run) / PICTURES
    plan = Plan(DRAWING if pictures is not None else {REPORT_STAGE: DRAWING[REPORT_STAGE]})
    with shown_progress(plan) as progress:
        progress(REPORT_STAGE, 0, 0)
        page = build(folder)
        lines = [f"Report: {page.write(output or Path(f'{folder.manifest.name}.html'))}"]
        if pictures is not None:
            progress("drawing the pictures", 0, 0)
            lines.append(f"Pictures: {len(page.write_pictures(pictures))} files in {pictures}")
    for line in lines:
        typer.echo(line)
    for line in page.failed:
        typer.echo(f"not in it: {line}", err=True)
