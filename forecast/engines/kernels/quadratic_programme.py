"""Nearest coherent table: a quadratic programme by the dual active set method of Goldfarb and Idnani (1983, Math. Programming 27).

The table is (n, 3) with a weight (n,) each row. A constraint is a triple (outcome, above, below): x[above, outcome] >=
x[below, outcome], or the floor where below is -1. Rows sum to 1, so a normal is taken within that plane: the
inner product of two unit vectors of one row is (1 if the same outcome) - 1/3, over the row's weight.
"""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.compilation import njit

_FLAT = 1e-10  # of the squared length left of a normal, at most 4/3: below it depends on the active ones


@njit(cache=True, nogil=True)
def slack(x: Float, floor: float, outcome: int, above: int, below: int) -> float:
    """Slack of the constraint; negative where it is violated."""
    return x[above, outcome] - (floor if below < 0 else x[below, outcome])


@njit(cache=True, nogil=True)
def inner_product(weight: Float, one: Int, other: Int) -> float:
    """Inner product of the normals of two constraints."""
    shared = 0.0
    for a, sign_a in ((one[1], 1.0), (one[2], -1.0)):
        for b, sign_b in ((other[1], 1.0), (other[2], -1.0)):
            if a == b and a >= 0:
                shared += sign_a * sign_b / weight[a]
    return shared * ((1.0 if one[0] == other[0] else 0.0) - 1.0 / 3.0)


@njit(cache=True, nogil=True)
def _move(x: Float, weight: Float, constraint: Int, step: float) -> None:
    """Move the table along the constraint's normal."""
    for place, sign in ((constraint[1], 1.0), (constraint[2], -1.0)):
        if place >= 0:
            for outcome in range(3):
                x[place, outcome] += sign * step * ((1.0 if outcome == constraint[0] else 0.0) - 1.0 / 3.0) / weight[place]


@njit(cache=True, nogil=True)
def _worst(x: Float, floor: float, constraints: Int) -> tuple[int, float]:
    """The most violated constraint, and its slack."""
    place, least = -1, np.inf
    for c in range(len(constraints)):
        held = slack(x, floor, constraints[c, 0], constraints[c, 1], constraints[c, 2])
        if held < least:
            place, least = c, held
    return place, least


@njit(cache=True, nogil=True)
def _forward(lower: Float, count: int, right: Float) -> None:
    """Solve L y = right in place, L the leading (count, count)."""
    for i in range(count):
        for j in range(i):
            right[i] -= lower[i, j] * right[j]
        right[i] /= lower[i, i]


@njit(cache=True, nogil=True)
def _backward(lower: Float, count: int, right: Float) -> None:
    """Solve L' y = right in place."""
    for i in range(count - 1, -1, -1):
        for j in range(i + 1, count):
            right[i] -= lower[j, i] * right[j]
        right[i] /= lower[i, i]


@njit(cache=True, nogil=True)
def _factor(lower: Float, gram: Float, first: int, count: int) -> None:
    """Rows `first` and on of the Cholesky factor of the leading (count, count) of `gram`."""
    for i in range(first, count):
        for j in range(i + 1):
            left = gram[i, j]
            for m in range(j):
                left -= lower[i, m] * lower[j, m]
            lower[i, j] = np.sqrt(left) if i == j else left / lower[j, j]


@njit(cache=True, nogil=True)
def _drop(place: int, count: int, active: Int, pressure: Float, gram: Float) -> None:
    """Remove the active constraint at `place`, with its pressure and products."""
    for i in range(place, count - 1):
        active[i], pressure[i] = active[i + 1], pressure[i + 1]
    for i in range(count - 1):
        for j in range(count - 1):
            gram[i, j] = gram[i + (i >= place), j + (j >= place)]


@njit(cache=True, nogil=True)
def nearest_table(table: Float, weight: Float, floor: float, constraints: Int, tolerance: float, most: int) -> tuple[Float, bool]:
    """The table nearest to `table` (n, 3) in weighted squares that meets the constraints (m, 3) to `tolerance`, and whether there is one.

    `floor` bounds every probability from below; `most` is the number of steps, one for each constraint added or dropped.
    """
    x = table.copy()
    room = 2 * table.shape[0] + 1  # normals lie in a space of two dimensions a row
    active, pressure = np.empty(room, dtype=np.int64), np.zeros(room)
    gram, lower, along = np.empty((room, room)), np.empty((room, room)), np.empty(room)
    count, steps = int(np.int64(0)), 0  # typed: a number that is written out would have kernels of its own
    while steps < most:
        new, held = _worst(x, floor, constraints)
        if held >= -tolerance:
            return x, True
        force = 0.0
        while steps < most:
            steps += 1
            whole = inner_product(weight, constraints[new], constraints[new])
            for i in range(count):
                gram[count, i] = inner_product(weight, constraints[active[i]], constraints[new])
                gram[i, count] = gram[count, i]
                along[i] = gram[count, i]
            gram[count, count] = whole
            _forward(lower, count, along)
            left = whole
            for i in range(count):
                left -= along[i] * along[i]
            _backward(lower, count, along)
            whole_step = -slack(x, floor, constraints[new, 0], constraints[new, 1], constraints[new, 2]) / left if left > _FLAT else np.inf
            step, leaving = whole_step, int(np.int64(-1))
            for i in range(count):
                if along[i] > 0.0 and pressure[i] < step * along[i]:
                    step, leaving = pressure[i] / along[i], i
            if np.isinf(step):
                return x, False
            if left > _FLAT:
                _move(x, weight, constraints[new], step)
                for i in range(count):
                    _move(x, weight, constraints[active[i]], -step * along[i])
            force += step
            for i in range(count):
                pressure[i] -= step * along[i]
            if leaving < 0:
                active[count], pressure[count] = new, force
                _factor(lower, gram, count, count + 1)
                count += 1
                break
            _drop(leaving, count, active, pressure, gram)
            count -= 1
            _factor(lower, gram, leaving, count)
    return x, False


@njit(cache=True, nogil=True)
def coherence_constraints(level: Int, horizon: Int) -> Int:
    """The constraints (m, 3) of questions of distinct (level, horizon): levels (n,) are the ranks of their barriers.

    Of one barrier, reverse and continue over the longer horizon; a stall of the higher barrier over no longer a horizon; floors.
    """
    n = len(level)
    constraints = np.empty((2 * n * n + 3 * n, 3), dtype=np.int64)
    m = 0
    for i in range(n):
        for j in range(n):
            if level[i] == level[j] and horizon[i] > horizon[j]:
                for outcome in (0, 2):
                    constraints[m, 0], constraints[m, 1], constraints[m, 2] = outcome, i, j
                    m += 1
            elif level[i] > level[j] and horizon[i] <= horizon[j]:
                constraints[m, 0], constraints[m, 1], constraints[m, 2] = 1, i, j
                m += 1
        for outcome in range(3):
            constraints[m, 0], constraints[m, 1], constraints[m, 2] = outcome, i, -1
            m += 1
    return constraints[:m]
