"""A barrier as far in its own volatility: moves and barriers in units of the volatility known at their surge's close.

The one measure by which base rate, analogs and contrasts ask past surges of other times and markets.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.models.session_vol import blended_vol
from forecast.target.outcome import future_moves
from forecast.target.sample import Sample


def vol_at(sample: Sample, rows: Int) -> Float:
    """Volatility of a session in the weeks ahead, as known at the close of each of `rows`, (m,)."""
    return np.asarray(blended_vol(sample)[rows])


def scaled_moves(sample: Sample, rows: Int, longest: int) -> Float:
    """Log moves after each of `rows` in its own volatility, (m, longest); NaN where they lie ahead."""
    return np.asarray(future_moves(sample.close, rows, longest) / vol_at(sample, rows)[:, None])


def moves_of_surges(sample: Sample) -> Float:
    """Those after each surge over the longest horizon asked, (m, h)."""
    return np.asarray(sample.moves_ahead / vol_at(sample, sample.rows)[:, None])


def settled_moves(sample: Sample, longest: int) -> tuple[Int, Float]:
    """Rows of the surges that are settled over the `longest` horizon, (m,), and the moves after them in their own volatility, (m, h)."""
    rows = sample.rows[sample.rows + longest < len(sample) - 1]  # the first ones
    if longest > sample.horizons.max():
        return rows, scaled_moves(sample, rows, longest)
    return rows, sample.moves_ahead[: len(rows), :longest] / vol_at(sample, rows)[:, None]


def barrier_distance(sample: Sample, place: int, question: int) -> float:
    """A surge's barrier in its own volatility."""
    return float(sample.barriers[place, question] / blended_vol(sample)[sample.rows[place]])
