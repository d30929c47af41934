"""`forecast score`: what anybody's probabilities were worth."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.evaluate import Format


class Barrier(StrEnum):
    """Kinds of barriers; the names of forecast.target.question.BarrierKind."""

    SURGE = "surge"
    SIGMA = "sigma"
    FIXED = "fixed"


def score(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: date, p_reverse, p_stall, p_continue; or a run.", show_default=False)],
    prices: Annotated[Path, typer.Option(help="CSV or Parquet of the index: Date, and a column of closes.")],
    close: Annotated[str | None, typer.Option(help="Column of the closes; default Close, or the only one.")] = None,
    horizon: Annotated[int | None, typer.Option(help="Sessions; default 21, or all that FILE has.", min=1, max=252)] = None,
    barrier: Annotated[Barrier | None, typer.Option(help="Kind of barrier; default surge, or all.")] = None,
    size: Annotated[float | None, typer.Option(help="Size of the barrier; default 0.5, or all.")] = None,
    min_z: Annotated[float, typer.Option(help="Least surge, in volatilities known before it.", min=0, max=10)] = 1.5,
    min_return: Annotated[float, typer.Option(help="Least surge, log return in five sessions.", min=0, max=1)] = 0.025,
    against: Annotated[list[Path] | None, typer.Option(help="Other probabilities, or a run's folder; repeatable.")] = None,
    level: Annotated[float, typer.Option(help="Of the intervals low_ and high_, if FILE has them.", min=0.5, max=0.99)] = 0.9,
    question: Annotated[str | None, typer.Option(help="Label of one question to show in full; default, a row each.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    pictures: Annotated[Path | None, typer.Option(help="Folder for reliability-QUESTION.png and monitor.png.")] = None,
) -> None:
    """The evaluation of anybody's probabilities, by outcomes that the prices settle.

    Optional columns of FILE: horizon, barrier_kind, size; base_reverse, base_stall, base_continue (a climatology of its own, else one
    is computed from the prices); low_ and high_ of each outcome. Rows on days that are no surge are left out, and counted.
    """
    from forecast.cli.progress import shown_progress
    from forecast.report.evaluation.evaluation import draw_evaluation
    from forecast.report.scoring import score as scored
    from forecast.target.surge import SurgeRule

    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    with shown_progress() as progress:
        found = scored(
            file,
            prices,
            horizon=horizon,
            barrier=None if barrier is None else barrier.value,
            size=size,
            rule=SurgeRule(min_z=min_z, min_return=min_return),
            close=close,
            against=against or (),
            level=level,
            only=question,
            progress=progress,
        )
        drawn = [] if pictures is None else draw_evaluation(found.given, found.reports, found.monitors, pictures, progress)
    if form is Format.JSON:
        import json

        from forecast.runs.folder import finite

        typer.echo(json.dumps(finite(found.as_json()), indent=1, allow_nan=False))
        return
    from forecast.report.text.console import console, show_notes
    from forecast.report.text.evaluation_table import show_report, show_summary

    screen = console()
    if question is None:
        show_summary(screen, found.reports)
    if len(found.reports) == 1:
        show_report(screen, next(iter(found.reports.values())))
    show_notes(screen, found.notes)
    for path in drawn:
        screen.print(f"Picture: {path}", soft_wrap=True, markup=False)
