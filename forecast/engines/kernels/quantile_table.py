"""Size of a symmetric innovation by a table of its quantiles, one look for one draw of 32 bits.

The table is laid out as floating-point numbers are: the chance v = P(|z| > size) falls into an octave, and each octave has as many
cells, so that the farthest tail that a draw can reach is as fine as the middle.
"""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.compilation import njit

_CELL_BITS = 6
CELLS = 1 << _CELL_BITS  # of an octave: linear between them, a size is off by less than 5e-5 of itself
OCTAVES = 33  # from 2^-33, half of the least draw, to 1
_REST = 52 - _CELL_BITS  # bits of a double's mantissa below a cell's
_FIRST = 1022 << _CELL_BITS  # cell of 0.5, the least draw
_WITHIN = (1 << _REST) - 1
_REST_UNIT = 2.0**-_REST


def node_chances() -> Float:
    """P(|z| > size) at every node of a table, rising to 1, (OCTAVES * CELLS + 1,)."""
    octave, cell = np.divmod(np.arange(OCTAVES * CELLS + 1), CELLS)
    return np.asarray(np.ldexp(1.0 + cell / CELLS, octave - OCTAVES))


@njit(cache=True, nogil=True)
def size_at(tables: Float, row: int, half: np.uint64) -> float:
    """The size that a draw, an integer below 2^32, stands for: draw + 1/2 is spread evenly over (0, 2^32).

    Each row of `tables` (m, nodes) has the sizes of a law at `node_chances`; exponent and mantissa of draw + 1/2 as a double are octave
    and cell.
    """
    word = np.float64(np.float64(half) + 0.5).view(np.int64)
    cell = (word >> _REST) - _FIRST
    below = tables[row, cell]
    return below + (tables[row, cell + 1] - below) * (np.float64(word & _WITHIN) * _REST_UNIT)
