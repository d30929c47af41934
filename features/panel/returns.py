"""Returns: log prices and log returns of a panel's inputs."""

import numpy as np
import pandas as pd

from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.series import Series
from features.panel.transform import log


@memoise
def log_price(panel: Panel, series: Series) -> pd.Series:
    """Log of `series` (n_sessions,); NaN where it is not known."""
    return log(panel[series])


@memoise
def log_return(panel: Panel, series: Series, window: int = 1) -> pd.Series:
    """Log return of `series` over `window` sessions; NaN in the first of them."""
    values = log_price(panel, series).to_numpy("float64")
    out = np.full(len(values), np.nan)
    out[window:] = values[window:] - values[:-window]
    return pd.Series(out, index=panel.sessions, name=series.name)
