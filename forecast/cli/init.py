"""`forecast init`: look at a file of prices, say what it was taken for, write an experiment beside it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from features.errors import InputError

if TYPE_CHECKING:
    from features.sources.price_file import PriceFile


def init(
    file: Annotated[
        Path, typer.Argument(help="Daily prices of an index or a fund: text of any notation, .xlsx or Parquet.", show_default=False)
    ],
    large: Annotated[Path | None, typer.Option(help="The same of its large-cap partner, for what sets the two apart.")] = None,
    exchange: Annotated[str | None, typer.Option(help="Whose sessions its days are, such as XETR; default, the one that fits.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the market; default, that of the file.")] = None,
    close: Annotated[str | None, typer.Option(help="Column of the closes, or the ticker in its name.")] = None,
    separator: Annotated[str | None, typer.Option(help="Between fields: ',' ';' '|' or 'tab'; default, by looking.")] = None,
    decimal: Annotated[Literal[".", ","] | None, typer.Option(help="Decimal mark; default, by looking.")] = None,
    date_format: Annotated[str | None, typer.Option(help="Of the days, such as %d/%m/%Y; default, by looking.")] = None,
    sheet: Annotated[str | None, typer.Option(help="Of a workbook; default, its first.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the text, such as cp1252; default, by looking.")] = None,
    output: Annotated[Path | None, typer.Option(help="The experiment file; default NAME.toml beside FILE.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an experiment file that is there.")] = False,
) -> None:
    """Look at a file of prices, say what it was taken for, and write an experiment beside it that trains as it stands."""
    from features.files.atomic import write_text
    from features.files.dialect import dialect_of
    from features.sources.price_file import look_at
    from forecast.backtest.new_experiment import experiment_name, experiment_text

    stated = dialect_of(
        separator="\t" if separator == "tab" else separator, decimal=decimal, date_format=date_format, sheet=sheet, encoding=encoding
    )
    small = look_at(file, stated, close)
    partner = None if large is None else look_at(large)
    if large is not None and large.resolve().parent != file.resolve().parent:
        raise InputError(f"--large {large}: must stand in the folder of {file.name}, where the experiment looks for both; copy it there")
    market = name or file.name.split(".")[0]
    place = output or file.with_name(f"{experiment_name(market)}.toml")
    if place.exists() and not force:
        raise InputError(f"{place}: is there already; give another --output, or --force to replace it")
    chosen, fit = _exchange(small, exchange)
    for looked in [small] if partner is None else [small, partner]:
        typer.echo("\n".join(_described(looked)))
    typer.echo(f"  {'exchange':<18}{chosen}: {100 * fit:.1f} % of days and sessions agree with its calendar")
    folder = file.resolve().parent
    elsewhere = None if place.resolve().parent == folder else str(folder)
    write_text(place, experiment_text(small, partner, market=market, exchange=chosen, data=elsewhere))
    typer.echo(f"\nWritten: {place}\nTrain it: python -m forecast.train {place}")


def _exchange(small: "PriceFile", exchange: str | None) -> tuple[str, float]:
    """The exchange whose sessions the days are, and how well they agree; InputError where none fits."""
    from features.sources.price_file import calendar_fit, fitting_exchange

    if exchange is not None:
        return exchange, calendar_fit(small.days, exchange)
    return fitting_exchange(small.days, small.path.name, remedy="--exchange")


def _described(file: "PriceFile") -> list[str]:
    """What the file was taken for, a line each."""
    from features.files.as_written import WORKBOOKS
    from features.files.dialect import NAMES

    notation = file.dialect
    lines = [f"{file.path.name}: {len(file.days):,} closes from {file.days[0]:%Y-%m-%d} to {file.days[-1]:%Y-%m-%d}"]
    if file.path.suffix.lower() in WORKBOOKS:
        lines.append(f"  {'read from':<18}{'its first sheet' if notation.sheet is None else f'sheet {notation.sheet}'}")
    elif notation.separator is not None:
        mark = "decimal comma" if notation.decimal == "," else "decimal point"
        lines.append(f"  {'written with':<18}{NAMES[notation.separator]} between fields, {mark}, days as {notation.date_format}")
    roles = (("day", file.date), *((role, getattr(file.columns, role)) for role in ("close", "open", "high", "low")))
    lines += [f"  {role:<18}{column}" for role, column in roles if column is not None]
    lines += [f"  {series:<18}{column}" for series, column in file.closes.items()]
    lines += [f"  {series:<18}{column}, as known a session later" for series, column in file.rates.items()]
    if file.unused:
        lines.append(f"  {'not used':<18}{', '.join(file.unused)[:78]}")
    return [*lines, *(f"  {'note':<18}{note}" for note in file.notes)]
