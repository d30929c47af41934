"""`forecast many`: many markets on one pool of workers, and their morning sheet."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from forecast.cli.exit_codes import ExitCode
from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.output_options import output_options
from forecast.cli.signals import CommandInterruptedError
from forecast.cli.training_options import TrainingOptions, with_training_options

if TYPE_CHECKING:
    from forecast.api import MorningSheet


@with_training_options
def many(
    options: TrainingOptions,
    experiments: Annotated[
        list[str],
        typer.Argument(help="Experiment files (TOML), which may have a table for each of several markets, or names of those that ship."),
    ],
    data: Annotated[
        str | None, typer.Option(help="'bundled', 'live', or a folder, in which a market may have one of its own name.")
    ] = None,
    output: Annotated[Path, typer.Option(help="Folder of the sheet and the runs.")] = Path("runs/many"),
    report: Annotated[Literal["all", "surges", "none"], typer.Option(help="Whose report.html is drawn.")] = "all",
    workers: Annotated[int | None, typer.Option(min=1, help="Worker processes; default, all cores.")] = None,
    scheduler: Annotated[str | None, typer.Option(help="Dask scheduler whose workers are used, tcp://HOST:PORT.")] = None,
    exit_code: Annotated[
        bool, typer.Option("--exit-code", help="End with 10 if a market is in a surge, 11 if one failed or is stale, 12 if both.")
    ] = False,
    form: TABLE_OR_JSON = "table",
) -> None:
    """Train many markets at once, and print the morning sheet: those in a surge today first. `--set KEY=A,B` makes a sweep."""
    from forecast import api
    from forecast.cli.progress import markets_plan, shown_progress

    try:
        with shown_progress(markets_plan(workers or os.cpu_count() or 1)) as progress:
            sheet = api.many(
                experiments,
                data=data,
                output=output,
                report=report,
                workers=workers,
                scheduler=scheduler,
                progress=progress,
                **options.keywords(),
            )
    except KeyboardInterrupt:
        raise CommandInterruptedError("what is finished stays; the same command goes on from there") from None
    _show(sheet, output, form)
    code = _exit_code(sheet) if exit_code else ExitCode.DONE
    if len(sheet.failures) == len(sheet.markets):
        code = ExitCode.MISTAKE
    if code:
        raise typer.Exit(code)


def _show(sheet: "MorningSheet", output: Path, form: str) -> None:
    if form == "json":
        from pydantic import TypeAdapter

        echo_json(TypeAdapter(type(sheet)).dump_python(sheet, mode="json"))
        return
    from forecast.report.text.console import console, show_line
    from forecast.report.text.morning_sheet_table import show_sheet

    screen = console()
    show_sheet(screen, sheet, quiet=output_options().quiet)
    show_line(screen, "Page", output / "index.html")


def _exit_code(sheet: "MorningSheet") -> ExitCode:
    """What a daily job is told."""
    stale = bool(sheet.failures or sheet.stale or sheet.is_old)
    if sheet.surges:
        return ExitCode.SURGE_AND_STALE if stale else ExitCode.SURGE
    return ExitCode.STALE if stale else ExitCode.DONE
