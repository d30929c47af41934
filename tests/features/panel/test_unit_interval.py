"""Probabilities that miss 0 or 1 by the last bits."""

import numpy as np
import pandas as pd

from features.panel.unit_interval import to_unit_interval


def test_only_what_misses_by_the_last_bits_is_changed() -> None:
    values = pd.Series([1 - 0.9 - 0.1, 1.0000000000000002, np.float32(1) + np.float32(1e-7), 0.0, 1.0, 0.3, -0.01, 1.01, np.nan])
    expected = [0.0, 1.0, 1.0, 0.0, 1.0, 0.3, -0.01, 1.01, np.nan]
    np.testing.assert_array_equal(to_unit_interval(values), expected)
