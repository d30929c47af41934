"""`forecast odds`: what fed funds futures say of the meetings ahead."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from forecast.cli.formats import TABLE_JSON_OR_CSV, echo_csv


def odds(
    date: Annotated[str, typer.Option("--date", "--as-of", help="Day of the prices, YYYY-MM-DD.")],
    prices: Annotated[
        Path, typer.Option(help="CSV or Parquet: Date,m0,m1,... or month,price of fed funds futures, or published odds as CME saves them.")
    ],
    more: Annotated[
        list[Path] | None, typer.Argument(help="More files of published odds; the last has the last word.", show_default=False)
    ] = None,
    rule: Annotated[
        Literal["cme", "pyfedwatch", "least_squares"] | None, typer.Option(help="How months anchor the rates; default pyfedwatch.")
    ] = None,
    decision_day: Annotated[
        Literal["before", "after"] | None,
        typer.Option(help="Whether a decision's own day has the old rate (before; default from 2003 on) or the new one (after)."),
    ] = None,
    target: Annotated[str | None, typer.Option("--range", help="Target in force, LOWER-UPPER in percent; default, the calendar's.")] = None,
    form: TABLE_JSON_OR_CSV = "table",
    picture: Annotated[
        Path | None, typer.Option(help="PNG or SVG to draw; default odds-DATE.png here, and none with --format json or csv.")
    ] = None,
) -> None:
    """Odds of a rate cut at each meeting ahead, from fed funds futures."""
    from features.rates.decision_day import DecisionDay
    from features.rates.strip import StripRule
    from forecast.report.plots.odds import draw
    from forecast.report.plots.style import check_picture
    from forecast.runs.answer.rate_odds import odds_frame, odds_json, read_odds

    if picture is not None:
        check_picture(picture)
    rate_odds = read_odds(
        date,
        prices,
        *(more or ()),
        rule=None if rule is None else StripRule(rule),
        target=target,
        decision_day=None if decision_day is None else DecisionDay(decision_day),
    )
    if form == "json":
        typer.echo(odds_json(rate_odds))
    elif form == "csv":
        echo_csv(odds_frame(rate_odds), date_format="%Y-%m-%d", float_format="%.10g")
    else:
        from forecast.report.text.console import console
        from forecast.report.text.odds_table import show_odds

        show_odds(console(), rate_odds)
        picture = picture or Path(f"odds-{rate_odds.on:%Y-%m-%d}.png")
    if picture is not None:
        typer.echo(f"Picture: {draw(rate_odds, picture)}", err=form != "table")
