"""`python -m experiments.odds --data DIR`: do the odds mean what they say? Writes docs/rate_odds.md and docs/rate_odds.png.

DIR holds zq_curve.csv.gz (Date, m0, ..., m12), fred_daily.csv.gz (Date, DFF) and fedwatch_2023_2024.csv.gz (Date, meeting, lo_bp, hi_bp,
prob).
"""

from pathlib import Path
from typing import Annotated

import typer


def odds(
    data: Annotated[Path, typer.Option(help="Folder with zq_curve, fred_daily and fedwatch_2023_2024.")],
    docs: Annotated[Path, typer.Option(help="Folder of rate_odds.md and rate_odds.png.")] = Path("docs"),
) -> None:
    """Measure whether the rate odds mean what they say."""
    from experiments.odds.page import write_page

    typer.echo(f"Page: {write_page(data, docs)}")


if __name__ == "__main__":
    from forecast.cli.app import main

    app = typer.Typer(pretty_exceptions_enable=False, add_completion=False)
    app.command()(odds)
    main(command=app, name="python -m experiments.odds")
