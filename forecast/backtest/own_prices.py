"""An experiment on prices in memory: the one that `forecast init` would write for a file of them."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from features.errors import InputError
from features.files.frame_table import common_word, read_frame
from features.sources.in_memory import NAME, source_in_memory
from features.sources.load import DataSource
from features.sources.price_columns import price_columns, ticker_of
from features.sources.price_file import PriceFile, calendar_fit, fitting_exchange, prices_in
from forecast.backtest.experiment import Experiment, chosen_experiment, stated_tables
from forecast.backtest.experiment_file import put
from forecast.backtest.new_experiment import experiment_name, experiment_text

NAMELESS = "Own prices"  # a market whose prices have no name
ALONE = "give the one of closes alone, as a Series"


def experiment_in_memory(experiment: str | Path | Experiment | None, data: Any, overrides: Sequence[str]) -> tuple[Experiment, DataSource]:
    """The experiment, and `data` as it reads them; InputError, one line, for what is wrong with either.

    One that names no [inputs] is asked of the prices in `data`: market, exchange and inputs are taken from them, unless it says otherwise.
    """
    tables = stated_tables(experiment)
    if tables.get("inputs"):
        chosen = chosen_experiment(experiment, overrides)
        return chosen, source_in_memory(data, chosen.inputs, chosen.companions)
    if isinstance(data, Mapping):
        raise InputError(f"{NAME}: tables by the names of files need an experiment whose [inputs] name these; give one table, or name it")
    for override in overrides:
        put(tables, override)
    exchange = tables.get("market", {}).get("exchange") if isinstance(tables.get("market"), dict) else None
    prices, market = _prices(data)
    exchange, fit = _exchange(prices, exchange)
    below = tomllib.loads(experiment_text(prices, None, market=market, exchange=exchange))
    chosen = chosen_experiment(experiment, overrides, below=below)
    return chosen, source_in_memory(data, chosen.inputs, chosen.companions, notes=(_taken(prices, exchange, fit),))


def _prices(data: Any) -> tuple[PriceFile, str]:
    """What `data` were taken for, under the name that a file of them would have, and the name of the market."""
    table = read_frame(data, NAME.name)
    columns = price_columns(table.columns_of_numbers, NAME.name, remedy=ALONE)
    common = common_word(data)
    market = ticker_of(columns.close if common is None else common)
    market = NAMELESS if not market or market.isdigit() else market  # a number is what pandas calls a column that has no name
    return replace(prices_in(table, NAME, columns), path=Path(f"{experiment_name(market)}.csv")), market


def _exchange(prices: PriceFile, exchange: Any) -> tuple[str, float]:
    """The exchange whose sessions the days are, and how well they agree."""
    if isinstance(exchange, str):
        return exchange, calendar_fit(prices.days, exchange)
    return fitting_exchange(prices.days, NAME.name, remedy="overrides=[\"market.exchange='XETR'\"]")


def _taken(prices: PriceFile, exchange: str, fit: float) -> str:
    """A line on what the columns were taken for."""
    roles = {role: getattr(prices.columns, role) for role in ("close", "open", "high", "low")} | dict(prices.closes)
    taken = [f"{role} from {column}" for role, column in roles.items() if column is not None]
    taken += [f"{series} from {column}, as known a session later" for series, column in prices.rates.items()]
    unused = f"; not used: {', '.join(prices.unused)[:60]}" if prices.unused else ""
    return f"data: {', '.join(taken)}; {100 * fit:.1f} % of days and sessions agree with {exchange}{unused}"
