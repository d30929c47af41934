"""Elementwise transforms of a pandas Series that keep its index."""

import numpy as np
import pandas as pd


def log(values: pd.Series) -> pd.Series:
    """Natural logarithm; NaN where a value is NaN or not positive."""
    array = values.to_numpy("float64")
    return pd.Series(np.log(np.where(array > 0, array, np.nan)), index=values.index, name=values.name)


def clip(values: pd.Series, lower: float, upper: float = np.inf) -> pd.Series:
    """`values` limited to `lower` and `upper`; NaN stays NaN."""
    return pd.Series(np.clip(values.to_numpy("float64"), lower, upper), index=values.index, name=values.name)
