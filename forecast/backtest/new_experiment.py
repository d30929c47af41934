"""An experiment file for prices that somebody has: written once, theirs to change."""

import json
import re
from collections.abc import Mapping

import pandas as pd

from features.sources.price_file import PriceFile
from forecast.backtest.walk_forward_rule import WalkForward

RATES_LAG = 1  # sessions: central banks publish a day's rates on the next
KEYS = ("separator", "decimal", "date_format", "sheet", "encoding")


def experiment_name(words: str) -> str:
    """`words` as the name of an experiment: letters, digits, underscores."""
    name = re.sub(r"[^A-Za-z0-9]+", "_", words).strip("_").lower()[:60]
    return name or "experiment"


def experiment_text(small: PriceFile, large: PriceFile | None, *, market: str, exchange: str, data: str | None = None) -> str:
    """The TOML of an experiment that trains on the prices of `small`, with `large` as its large-cap partner; both in one folder.

    data : that folder, where the experiment is written to another.
    """
    columns = {"small": small.columns.close}
    columns |= {f"small_{role}": name for role in ("open", "high", "low") if (name := getattr(small.columns, role)) is not None}
    closes = {name: column for name, column in small.closes.items() if large is None or name != "large"}
    tables = [
        f"# Will a surge of {_one_line(market)} continue, stall or reverse? python -m forecast.train THIS_FILE",
        "# Every key that may stand here, with its default: docs/reference/experiment.md",
        f"name = {_text(experiment_name(market))}" + ("" if data is None else f"\ndata = {_text(data)}"),
        _table("market", {"name": market, "exchange": exchange}),
        _walk_forward(small.days),
        _input("small", small, columns),
        _input("large", large, {"large": large.columns.close}) if large is not None else "",
        _input("closes", small, closes) if closes else "",
        _input("rates", small, small.rates, lag=RATES_LAG) if small.rates else "",
    ]
    return "\n\n".join(part for part in tables if part) + "\n"


def _walk_forward(days: pd.DatetimeIndex) -> str:
    """The table of the walk-forward: with its defaults a history of less than six years would hold next to no forecast."""
    least = WalkForward().min_history
    if len(days) > 2 * least and (days[-1] - days[0]).days > WalkForward.DAYS_BEFORE + 365:
        return _table("walk_forward", {"refit_every": 63}, "sessions; 21 learns sooner and takes longer")
    half = len(days) // 2
    short = {"start": f"{days[half]:%Y-%m-%d}", "refit_every": 63, "min_history": min(least, half)}
    return _table("walk_forward", short, "sessions; the history is short, so the first forecasts stand on half of it")


def _input(label: str, file: PriceFile, columns: Mapping[str, str], *, lag: int = 0) -> str:
    written = {key: value for key in KEYS if (value := getattr(file.dialect, key)) is not None and value != PLAIN.get(key)}
    inline = ", ".join(f"{name} = {_text(column)}" for name, column in columns.items())
    lines = [f"[inputs.{label}]", f"file = {_text(file.path.name)}", f"columns = {{ {inline} }}"]
    if file.date != "Date":
        lines.append(f"date = {_text(file.date)}")
    if lag:
        lines.append(f"lag = {lag}  # sessions after its day on which a value was out")
    return "\n".join([*lines, *(f"{key} = {_text(value)}" for key, value in written.items())])


PLAIN = {"separator": ",", "decimal": ".", "date_format": "%Y-%m-%d"}  # which needs no key


def _table(name: str, values: Mapping[str, object], comment: str = "") -> str:
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items()]
    if comment:
        lines[-1] += f"  # {comment}"
    return "\n".join([f"[{name}]", *lines])


def _text(value: str) -> str:
    """A TOML string; JSON's escapes are TOML's."""
    return json.dumps(value, ensure_ascii=False)


def _one_line(value: str) -> str:
    return " ".join(value.split())
