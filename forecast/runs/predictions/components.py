"""The components' table of a run, read and checked."""

from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.stamps import YEARS
from forecast.runs.field_rules import LONGEST_TEXT, ROUNDING
from forecast.runs.manifest import COMPONENTS
from forecast.runs.predictions.read import ERROR_COLUMNS, KEY, P_COLUMNS, SPREAD_COLUMNS
from forecast.target.question import FALL

ASKED = (*KEY, "component", *P_COLUMNS)


def read_components(folder: Path) -> pd.DataFrame:
    """Key columns, `component`, its `weight`, probabilities, errors and spread, as far as they are there; a row a forecast.

    InputError, one line, for a file that cannot be read, lacks a column of ASKED, or holds what is no probability.
    """
    from features.files.arrow import read_parquet

    path = folder / COMPONENTS
    try:
        table = read_parquet(path).replace_schema_metadata(None).to_pandas()
        lacking = next((name for name in ASKED if name not in table.columns), None)
        if lacking:
            raise ValueError(f"no column {lacking!r}")
        numbers = [name for name in (*P_COLUMNS, "weight", *ERROR_COLUMNS, *SPREAD_COLUMNS) if name in table.columns]
        typed = {name: table[name].astype("float64") for name in numbers}
        named = {name: table[name].astype("str") for name in ("series", "barrier_kind", "component")}
        table = table.assign(**typed, **named, date=pd.to_datetime(table["date"]).astype("datetime64[ns]"))
        _refuse_no_key(table)
        _refuse_no_probabilities(table)
    except (OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise InputError(f"{path}: cannot be read ({(str(error).splitlines() or ['damaged'])[0]}); train again") from None
    return table


def _refuse_no_key(table: pd.DataFrame) -> None:
    """ValueError where a row is of no day or question, or its text has no end."""
    days = table["date"]
    if not ((days == days.dt.normalize()) & days.dt.year.between(*YEARS)).all():
        raise ValueError(f"date is not all days of the years {YEARS[0]} to {YEARS[1]}")
    horizon, size = (pd.to_numeric(table[name]).to_numpy("float64") for name in ("horizon", "size"))
    if not ((horizon >= 1).all() and (size > 0).all() and np.isfinite(horizon).all() and np.isfinite(size).all()):
        raise ValueError("horizon is not all at least 1, or size not all above 0")
    for name in ("series", "barrier_kind", "component"):
        if len(table) and table[name].str.len().max() > LONGEST_TEXT:
            raise ValueError(f"{name} is longer than {LONGEST_TEXT}")


def _refuse_no_probabilities(table: pd.DataFrame) -> None:
    values = table[list(P_COLUMNS)].to_numpy("float64")
    possible = np.column_stack([np.ones((len(table), 2), dtype=bool), table["barrier_kind"] != FALL])
    bad = ~(((values > 0) == possible).all(axis=1) & (values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) < ROUNDING))
    if bad.any():
        row = int(bad.argmax())
        raise ValueError(f"{', '.join(P_COLUMNS)} of row {row + 1} are {values[row].tolist()}, no probabilities that sum to 1")
    for name in ("weight", *ERROR_COLUMNS):
        if name in table.columns and not (np.isfinite(table[name]) & (table[name] >= 0)).all():
            raise ValueError(f"{name} is not all finite and at least 0")
    for name in SPREAD_COLUMNS:
        if name in table.columns and not (table[name].isna() | (np.isfinite(table[name]) & (table[name] >= 0))).all():
            raise ValueError(f"{name} is not all finite and at least 0, or missing")
