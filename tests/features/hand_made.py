"""Panels small enough to work out by hand."""

import numpy as np
import pandas as pd

from features.catalogue import catalogue
from features.panel.panel import Panel
from features.panel.releases import Releases
from features.panel.series import Every

SESSIONS = pd.bdate_range("2010-01-01", periods=600, unit="ns", name="date")


def panel(released: dict[str, Releases] | None = None, **columns: np.ndarray | float) -> Panel:
    """A panel of 600 sessions: daily `columns`, and inputs with a record of releases."""
    records = released or {}
    frame = pd.DataFrame(columns, index=SESSIONS)
    for name, releases in records.items():
        frame[name] = releases.onto(SESSIONS)
    return Panel(frame, "Hand made", "XNYS", "test", "test", released=records)


def monthly(values: list[float] | np.ndarray, *, days: int = 35) -> Releases:
    """Monthly values, the last stamped 2012-03-01, each known `days` days after its stamp."""
    stamps = pd.date_range(end="2012-03-01", periods=len(values), freq="MS", unit="ns")
    return Releases(pd.Series(np.asarray(values, dtype="float64"), index=stamps), stamps + pd.Timedelta(days=days), Every.MONTH.max_age)


def weekly(values: list[float] | np.ndarray) -> Releases:
    """Weekly values, the last stamped Saturday 2012-04-14, each known five days later."""
    stamps = pd.date_range(end="2012-04-14", periods=len(values), freq="W-SAT", unit="ns")
    return Releases(pd.Series(np.asarray(values, dtype="float64"), index=stamps), stamps + pd.Timedelta(days=5), Every.WEEK.max_age)


def last(name: str, on: Panel) -> float:
    """The feature's value on the last session, 2012-04-19."""
    return float(catalogue()[name](on).iloc[-1])
