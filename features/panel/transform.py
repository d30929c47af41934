"""Elementwise transforms that keep a pandas Series a Series, for the type checker's sake too."""

import numpy as np
import pandas as pd


def log(values: pd.Series) -> pd.Series:
    """Natural logarithm, same index; NaN stays NaN, and what is not positive becomes NaN."""
    given = values.to_numpy("float64")
    return pd.Series(np.log(np.where(given > 0, given, np.nan)), index=values.index, name=values.name)


def clip(values: pd.Series, lower: float, upper: float = np.inf) -> pd.Series:
    """`values` held within `lower` and `upper`, same index; NaN stays NaN."""
    return pd.Series(np.clip(values.to_numpy("float64"), lower, upper), index=values.index, name=values.name)
