"""Elementwise transforms that keep a pandas Series a Series, for the type checker's sake too."""

import numpy as np
import pandas as pd


def log(values: pd.Series) -> pd.Series:
    """Natural logarithm, same index; NaN stays NaN, and what is not positive becomes NaN."""
    positive = values.where(values > 0)
    return pd.Series(np.log(positive.to_numpy("float64")), index=values.index, name=values.name)
