"""Path table: probabilities of barriers and horizons by simulated paths of any origin."""

from typing import Any

import numpy as np
import pandas as pd

from forecast.engines.arrays import as_floats
from forecast.engines.passage.weighted_paths import passages

COLUMNS = ("p_continue", "p_stall", "p_reverse", "p_fall", "p_rise")


def path_table(paths: Any, barriers: Any, horizons: Any, weights: Any = None) -> pd.DataFrame:
    """A row a barrier and horizon, as `forecast.api.surface` says; ValueError for what is no path, barrier, horizon or weight."""
    levels, sessions = (np.atleast_1d(np.asarray(each)) for each in (barriers, horizons))
    moves = as_floats(paths, "paths")
    met = passages(moves, np.repeat(levels, len(sessions)), np.tile(sessions, len(levels)))
    share = np.full(len(moves), 1 / max(len(moves), 1)) if weights is None else as_floats(weights, "weights")
    if share.shape != (len(moves),) or not ((share >= 0).all() and share.sum() > 0):
        raise ValueError(f"weights must be one a path, {len(moves)}, at least 0 and not all 0, got shape {share.shape}")
    share = share / share.sum()
    reverse, rise_first, fall, rise = (share @ each for each in met)
    index = {"barrier": np.repeat(levels, len(sessions)), "horizon": np.tile(sessions, len(levels))}
    return pd.DataFrame(index | dict(zip(COLUMNS, (rise_first, 1 - reverse - rise_first, reverse, fall, rise), strict=True)))
