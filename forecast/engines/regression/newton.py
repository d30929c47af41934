"""Newton's method for many small convex problems at once."""

from collections.abc import Callable

import numpy as np

from forecast.engines.arrays import Flags, Float

Loss = Callable[[Float], tuple[Float, Float, Float]]  # parameters (g, p) -> values (g,), gradients (g, p), Hessians (g, p, p)

STEPS = 60  # a convex loss with a prior takes about six
HALVINGS = 40
CLOSE = 1e-8  # predicted fall of the loss below which a step is the last; the error left after it is about its square
ENOUGH = 1e-4  # share of the predicted fall that a step has to bring (Armijo)


def minimise(loss: Loss, start: Float, constraints: Float) -> tuple[Float, Flags]:
    """The minimum of each of g convex losses, (g, p), and whether it was reached, (g,); where it was not, `start` is returned.

    A loss has a positive definite Hessian and is infinite outside its domain, in which `start` (g, p) lies. `constraints` (m, p) are linear
    forms of the parameters that keep their value at the start: ones for weights that sum to one, (0, p) for free parameters.
    """
    here, converged = start.copy(), np.zeros(len(start), dtype=bool)
    value, slope, curve = loss(here)
    for _ in range(STEPS):
        step = _step(slope, curve, constraints)
        fall = -(slope * step).sum(axis=1)
        sound = np.isfinite(fall) & np.isfinite(value)
        last = sound & ~converged & (fall <= CLOSE)
        here, converged = np.where(last[:, None], here + step, here), converged | last
        going = sound & ~converged
        if not going.any():
            break
        here, (value, slope, curve), moved = _descend(loss, here, (value, slope, curve), np.where(going[:, None], step, 0.0), fall, going)
        if not (going & moved).any():
            break
    return np.where(converged[:, None], here, start), converged


def _step(slope: Float, curve: Float, constraints: Float) -> Float:
    """Newton's step of each problem, (g, p), along which the constraints keep their value; NaN where the system is singular."""
    g, p = slope.shape
    m = len(constraints)
    system, aim = np.zeros((g, p + m, p + m)), np.zeros((g, p + m))
    system[:, :p, :p], system[:, :p, p:], system[:, p:, :p] = curve, constraints.T, constraints
    aim[:, :p] = -slope
    try:
        return np.asarray(np.linalg.solve(system, aim[..., None])[:, :p, 0])
    except np.linalg.LinAlgError:
        return np.full((g, p), np.nan)


def _descend(
    loss: Loss, here: Float, now: tuple[Float, Float, Float], step: Float, fall: Float, going: Flags
) -> tuple[Float, tuple[Float, Float, Float], Flags]:
    """The point after halving each step until the loss falls enough, its loss, and whether each problem moved."""
    length = np.ones(len(here))
    for _ in range(HALVINGS):
        there = here + length[:, None] * step
        then = loss(there)
        short = going & ~(then[0] <= now[0] - ENOUGH * length * fall + 1e-14 * np.abs(now[0]))
        if not short.any():
            break
        length[short] /= 2
    else:
        length[short] = 0.0
        there = here + length[:, None] * step
        then = loss(there)
    return there, then, length > 0
