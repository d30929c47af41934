"""Probabilities that miss 0 or 1 by a rounding of their arithmetic."""

import pandas as pd

BITS = 1e-6  # single precision has seven digits, and a sum of several loses some


def to_unit_interval(values: pd.Series) -> pd.Series:
    """`values` with those that miss 0 or 1 by BITS or less taken as 0 or 1; all others, and NaN, as they are."""
    return values.mask((values < 0) & (values >= -BITS), 0.0).mask((values > 1) & (values <= 1 + BITS), 1.0)
