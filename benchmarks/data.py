"""Returns to measure on: those that ship in arch, and, where their folders are named, published and real series."""

import os
from pathlib import Path

import numpy as np
import pandas as pd


def nasdaq() -> np.ndarray:
    """Log returns of the Nasdaq Composite, 1999 to 2018, in percent, (5030,)."""
    from arch.data import nasdaq as source

    return np.asarray(100 * np.log(source.load()["Adj Close"]).diff().dropna())


def sp500() -> np.ndarray:
    """Simple returns of the S&P 500, 1999 to 2018, in percent, (5030,)."""
    from arch.data import sp500 as source

    return np.asarray(100 * source.load()["Adj Close"].pct_change().dropna())


def published(name: str) -> np.ndarray:
    """`dem2gbp` or `smi`, in percent, from FORECAST_ORACLES_DIR."""
    return pd.read_csv(folder("FORECAST_ORACLES_DIR") / f"{name}.csv").iloc[:, -1].to_numpy("float64")


def russell() -> pd.Series:
    """Daily log returns of the Russell 2000 by date, from FORECAST_DATA_DIR."""
    table = pd.read_csv(folder("FORECAST_DATA_DIR") / "rut_daily.csv.gz", parse_dates=["Date"], index_col="Date")
    return np.log(table["Close"]).diff().dropna()


def folder(variable: str) -> Path:
    """The folder that an environment variable names; LookupError if it names none."""
    if variable not in os.environ:
        raise LookupError(f"set {variable} to the folder of these series")
    return Path(os.environ[variable])
