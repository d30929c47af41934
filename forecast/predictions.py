"""The predictions table: its schema, its files, and the one way to read them."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from features.errors import InputError
from forecast.locate import locate
from forecast.outcome import OUTCOMES
from forecast.runs import open_run

if TYPE_CHECKING:
    import pyarrow

SCHEMA_VERSION = 2
FILE = "predictions.parquet"
P_COLUMNS = tuple(f"p_{outcome}" for outcome in OUTCOMES)
BASE_COLUMNS = tuple(f"base_{outcome}" for outcome in OUTCOMES)
UNCALIBRATED_COLUMNS = tuple(f"uncalibrated_{outcome}" for outcome in OUTCOMES)
LOW_COLUMNS = tuple(f"low_{outcome}" for outcome in OUTCOMES)
HIGH_COLUMNS = tuple(f"high_{outcome}" for outcome in OUTCOMES)
ERROR_COLUMNS = tuple(f"error_{outcome}" for outcome in OUTCOMES)  # of the components' table
SPREAD_COLUMNS = tuple(f"spread_{outcome}" for outcome in OUTCOMES)  # of the components' table
KEY = ("date", "series", "horizon", "barrier_kind", "size")

COLUMNS: dict[str, str] = {
    "date": "date",  # session of the surge, at whose close the forecast is made
    "series": "string",  # the index, saying so where it stands in for another
    "horizon": "int",  # sessions
    "barrier": "float",  # log move
    "surge_return": "float",  # log return over the surge's window
    "surge_z": "float",  # in volatilities known before the surge
    "episode": "int",
    **dict.fromkeys((*P_COLUMNS, *BASE_COLUMNS), "float"),  # the forecast; climatology known that day
    "outcome": "int",  # 0 reverse, 1 stall, 2 continue; missing while the horizon runs
    "known": "date",  # session at whose close the outcome is settled; may lie ahead
    "trained_to": "date",  # last session the models were fitted on
    "source": "string",  # bundled, files, ...
    "experiment": "string",
    "digest": "string",
    "run_id": "string",
    "barrier_kind": "string",  # surge, sigma or fixed
    "size": "float",
    **dict.fromkeys(UNCALIBRATED_COLUMNS, "float"),  # the components combined, before calibration
    "method": "string",  # by which they were: one of forecast.pooling.rivals.METHODS
    **dict.fromkeys((*LOW_COLUMNS, *HIGH_COLUMNS), "float"),  # interval of each probability, of the experiment's level
    "vol_rank": "float",  # share of the sessions so far whose volatility, known at the close, was lower; 0 to 1
}


def schema() -> "pyarrow.Schema":
    """The Arrow schema of the table, with its version in the metadata."""
    import pyarrow as pa

    types = {"date": pa.timestamp("ns"), "string": pa.string(), "int": pa.int64(), "float": pa.float64()}
    fields = [pa.field(name, types[kind], nullable=name == "outcome") for name, kind in COLUMNS.items()]
    return pa.schema(fields, metadata={"smallcap_surge.schema_version": str(SCHEMA_VERSION)})


def check(table: pd.DataFrame, where: str) -> pd.DataFrame:
    """`table` itself when it is a predictions table; InputError names what is wrong and where."""
    lacking = [name for name in COLUMNS if name not in table.columns]
    if lacking:
        raise InputError(f"{where}: no column {lacking[0]!r}; a predictions table has {', '.join(COLUMNS)}")
    for columns in (P_COLUMNS, BASE_COLUMNS, UNCALIBRATED_COLUMNS):
        values = table[list(columns)].to_numpy("float64")
        bad = ~(np.isfinite(values).all(axis=1) & (values >= 0).all(axis=1) & (np.abs(values.sum(axis=1) - 1) < 1e-9))
        if bad.any():
            row = int(bad.argmax())
            raise InputError(f"{where}: {', '.join(columns)} of row {row + 1} are {values[row].tolist()}, no probabilities that sum to 1")
    low, given, high = (table[list(columns)].to_numpy("float64") for columns in (LOW_COLUMNS, P_COLUMNS, HIGH_COLUMNS))
    outside = ~((low >= 0) & (low <= given) & (given <= high) & (high <= 1)).all(axis=1)
    if outside.any():
        row = int(outside.argmax())
        raise InputError(f"{where}: the intervals of row {row + 1} do not hold its probabilities; train again")
    twice = table.duplicated(list(KEY))
    if twice.any():
        first = table[twice].iloc[0]
        raise InputError(f"{where}: {first['series']} on {first['date']:%Y-%m-%d} stands twice for one question; keep one row a question")
    return table


def write(table: pd.DataFrame, folder: Path) -> None:
    """The table as Parquet and CSV in `folder`."""
    import pyarrow as pa
    import pyarrow.parquet

    checked = check(table, FILE)[list(COLUMNS)]
    pyarrow.parquet.write_table(pa.Table.from_pandas(checked, schema=schema(), preserve_index=False), folder / FILE)
    checked.to_csv(folder / "predictions.csv", index=False, date_format="%Y-%m-%d")


def load_predictions(run: str | Path) -> pd.DataFrame:
    """The predictions of a run folder, a predictions.parquet, or an MLflow run id, one row a surge session and question.

    InputError, one line, for a place that holds none, a damaged file, or another schema version.
    """
    import pyarrow.parquet

    path = _located(run)
    try:
        found = pyarrow.parquet.read_table(path)
    except (OSError, ValueError) as error:
        raise InputError(f"{path}: cannot be read as Parquet ({str(error).splitlines()[0]}); train again") from None
    version = (found.schema.metadata or {}).get(b"smallcap_surge.schema_version", b"none").decode()
    if version != str(SCHEMA_VERSION):
        raise InputError(f"{path}: schema version {version}, this package reads {SCHEMA_VERSION}; train again with it")
    table = found.to_pandas()
    return check(table.assign(outcome=table["outcome"].astype("Int64")), str(path))


def _located(run: str | Path) -> Path:
    path = Path(run)
    return path if path.is_file() else open_run(locate(run), (FILE,)).folder / FILE
