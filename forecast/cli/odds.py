"""`forecast odds`: what fed funds futures say of the meetings ahead."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from forecast.cli.predict import Format


class RuleName(StrEnum):
    """Which months' prices are believed where there is one too many; the names of features.rates.strip.Rule."""

    CME = "cme"
    PYFEDWATCH = "pyfedwatch"
    LEAST_SQUARES = "least_squares"


def odds(
    date: Annotated[str, typer.Option("--date", "--as-of", help="Day of the prices, YYYY-MM-DD.")],
    prices: Annotated[
        Path, typer.Option(help="CSV or Parquet: Date,m0,m1,... or month,price of fed funds futures, or a published FedWatch history.")
    ],
    rule: Annotated[RuleName | None, typer.Option(help="How months anchor the rates; default pyfedwatch.")] = None,
    target: Annotated[str | None, typer.Option("--range", help="Target in force, LOWER-UPPER in percent; default, the calendar's.")] = None,
    form: Annotated[Format, typer.Option("--format", help="What to print.")] = Format.TABLE,
    picture: Annotated[
        Path | None, typer.Option(help="PNG or SVG to draw; default odds-DATE.png here, and none with --format json or csv.")
    ] = None,
) -> None:
    """Odds of a rate cut at each meeting ahead, from fed funds futures."""
    from features.rates.strip import StripRule
    from forecast.report.plots.odds import draw
    from forecast.report.plots.style import check_picture
    from forecast.runs.answer.rate_odds import as_json, by_range, read_odds

    if picture is not None:
        check_picture(picture)
    found = read_odds(date, prices, rule=None if rule is None else StripRule(rule.value), target=target)
    if form is Format.JSON:
        typer.echo(as_json(found))
    elif form is Format.CSV:
        typer.echo(by_range(found).to_csv(index=False, date_format="%Y-%m-%d", float_format="%.10g"), nl=False)
    else:
        from forecast.report.text.console import console
        from forecast.report.text.odds_table import show_odds

        show_odds(console(), found)
        picture = picture or Path(f"odds-{found.on:%Y-%m-%d}.png")
    if picture is not None:
        typer.echo(f"Picture: {draw(found, picture)}", err=form is not Format.TABLE)
