"""Tables as the store keeps them: days and further keys, numbers, text; compared and told apart to the bit."""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd


def in_order(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """`frame` with its key first, its rows by key, rows without any value left out, numbers as float64."""
    values = [name for name in frame.columns if name not in key]
    numbers = {name: "float64" for name in values if frame[name].dtype.kind in "iufb"}
    found = frame[[*key, *values]].astype(numbers)
    if values:
        found = found[found[values].notna().any(axis=1)]
    return found.sort_values(list(key), kind="stable", ignore_index=True)


def digest(frame: pd.DataFrame) -> str:
    """SHA-256 over names and cells in their order: equal tables have one digest, whoever wrote them and with which versions."""
    found = hashlib.sha256()
    for name in frame.columns:
        cells = frame[name]
        found.update(f"{len(cells)} {name}\n".encode())
        if cells.dtype.kind == "M":
            found.update(cells.to_numpy("datetime64[ns]").view("int64").tobytes())
        elif cells.dtype.kind == "f":
            found.update(np.where(np.isnan(values := cells.to_numpy("float64")), np.nan, values).tobytes())
        else:
            found.update(
                "\n".join("" if gone else f"{len(str(cell))} {cell}" for cell, gone in zip(cells, cells.isna(), strict=True)).encode()
            )
    return found.hexdigest()


def by_key(frame: pd.DataFrame, key: Sequence[str]) -> pd.DataFrame:
    """`frame` indexed by its key."""
    return frame.set_index(list(key))


def differing(before: pd.DataFrame, after: pd.DataFrame) -> np.ndarray:
    """(n,) whether any cell of a row differs, to the bit, between two tables of the same rows, columns and kinds; unknowns are alike."""
    found = np.zeros(len(after), dtype=bool)
    for name in after.columns:
        one, other = before[name], after[name]
        if one.dtype.kind == "f":  # 0 and -0 are equal, and other bits
            alike = one.to_numpy("float64").view("int64") == other.to_numpy("float64").view("int64")
        else:
            alike = np.asarray((one == other).fillna(False), dtype=bool)
        found |= ~(alike | (one.isna() & other.isna()).to_numpy())
    return found


def kinds(frame: pd.DataFrame) -> dict[str, str]:
    """The columns in their order, and of what kind each is: days, numbers or text."""
    return {str(name): frame[name].dtype.kind for name in frame.columns}
