"""`forecast score`: what anybody's probabilities were worth."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecast.cli.formats import TABLE_OR_JSON, echo_json
from forecast.cli.parameters import PICTURES, QUESTION


def score(
    file: Annotated[Path, typer.Argument(help="CSV or Parquet: date, p_reverse, p_stall, p_continue; or a run.", show_default=False)],
    prices: Annotated[Path, typer.Option(help="CSV or Parquet of the index: Date, and a column of closes.")],
    close: Annotated[str | None, typer.Option(help="Column of the closes; default Close, or the only one.")] = None,
    horizon: Annotated[int | None, typer.Option(help="Sessions; default 21, or all that FILE has.", min=1, max=252)] = None,
    barrier: Annotated[
        Literal["surge", "sigma", "fixed", "fall"] | None, typer.Option(help="Kind of barrier; default surge, or all.")
    ] = None,
    size: Annotated[float | None, typer.Option(help="Size of the barrier; default 0.5, or all.")] = None,
    min_z: Annotated[float, typer.Option(help="Least surge, in volatilities known before it.", min=0, max=10)] = 1.5,
    min_return: Annotated[float, typer.Option(help="Least surge, log return in five sessions.", min=0, max=1)] = 0.025,
    against: Annotated[list[Path] | None, typer.Option(help="Other probabilities, or a run's folder; repeatable.")] = None,
    level: Annotated[float, typer.Option(help="Of the intervals low_ and high_, if FILE has them.", min=0.5, max=0.99)] = 0.9,
    question: QUESTION = None,
    form: TABLE_OR_JSON = "table",
    pictures: PICTURES = None,
) -> None:
    """The evaluation of anybody's probabilities, by outcomes that the prices settle.

    Optional columns of FILE: horizon, barrier_kind, size (p_continue of a fall is 0); base_ and climatology_ of each outcome (references
    of its own, else they are computed from the prices); low_ and high_ of each outcome. Rows on days that are no surge are left out, and
    counted.
    """
    from forecast import api
    from forecast.cli.progress import shown_progress
    from forecast.report.evaluation.pictures import draw_evaluations
    from forecast.target.surge import SurgeRule

    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    with shown_progress() as progress:
        result = api.score(
            file,
            prices,
            horizon=horizon,
            barrier=barrier,
            size=size,
            rule=SurgeRule(min_z=min_z, min_return=min_return),
            close=close,
            against=against or (),
            level=level,
            question=question,
            progress=progress,
        )
        drawn = [] if pictures is None else draw_evaluations(result.name, result.evaluations, result.monitors, pictures, progress)
    if form == "json":
        echo_json(result.as_json())
        return
    from forecast.report.text.console import console, show_line, show_notes
    from forecast.report.text.evaluation_table import show_evaluations

    screen = console()
    show_evaluations(screen, result.evaluations, summary=question is None)
    show_notes(screen, result.notes)
    for path in drawn:
        show_line(screen, "Picture", path)
