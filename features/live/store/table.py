"""Tables of the store: their order, digests, and comparison to the bit."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd


def in_order(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """`frame` with its key first, its rows by key, rows without any value left out, numbers as float64."""
    values = [name for name in frame.columns if name not in key]
    numbers = {name: "float64" for name in values if frame[name].dtype.kind in "iufb"}
    table = frame[[*key, *values]].astype(numbers)
    if values:
        table = table[table[values].notna().any(axis=1)]
    return table.sort_values(list(key), kind="stable", ignore_index=True)


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 over names and cells in their order: equal tables have one digest, whoever wrote them and with which versions."""
    hashed = hashlib.sha256()
    for name in frame.columns:
        cells = frame[name]
        hashed.update(f"{len(cells)} {name}\n".encode())
        if cells.dtype.kind == "M":
            hashed.update(cells.to_numpy("datetime64[ns]").view("int64").tobytes())
        elif cells.dtype.kind == "f":
            hashed.update(np.where(np.isnan(values := cells.to_numpy("float64")), np.nan, values).tobytes())
        else:
            hashed.update(
                "\n".join("" if gone else f"{len(str(cell))} {cell}" for cell, gone in zip(cells, cells.isna(), strict=True)).encode()
            )
    return hashed.hexdigest()


def by_key(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """`frame` indexed by its key."""
    return frame.set_index(list(key))


def differing(before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    """(n,) whether any cell of a row differs, to the bit, between two tables of the same rows, columns and kinds; NaN equals NaN."""
    differs = np.zeros(len(after), dtype=bool)
    for name in after.columns:
        one, other = before[name], after[name]
        if one.dtype.kind == "f":  # 0 and -0 are equal, and other bits
            alike = one.to_numpy("float64").view("int64") == other.to_numpy("float64").view("int64")
        else:
            alike = np.asarray((one == other).fillna(False), dtype=bool)
        differs |= ~(alike | (one.isna() & other.isna()).to_numpy())
    return differs


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    """The kind of each column in their order: days, numbers or text."""
    return {str(name): frame[name].dtype.kind for name in frame.columns}
