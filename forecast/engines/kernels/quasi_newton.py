"""BFGS's inverse Hessian: learned from a step, and the way down that it gives. Source: Nocedal and Wright (2006), algorithm 6.1."""

import numpy as np

from forecast.engines.arrays import Flags, Float
from forecast.engines.compilation import njit


@njit(cache=True, nogil=True, error_model="numpy")
def learn(curvature: Float, step: Float, rise: Float) -> None:
    """Update the inverse Hessian (p, p) by a step (p,) and by how the slope rose along it (p,); not where it did not rise."""
    p, along, size = len(step), 0.0, 0.0
    turned = np.zeros(p)
    for j in range(p):
        for i in range(p):
            turned[j] += curvature[j, i] * rise[i]
        along += step[j] * rise[j]
        size += turned[j] * rise[j]
    if along > 0.0:
        for j in range(p):
            for i in range(p):
                curvature[j, i] += ((1.0 + size / along) * step[j] * step[i] - turned[j] * step[i] - step[j] * turned[i]) / along


@njit(cache=True, nogil=True, error_model="numpy")
def way_down(curvature: Float, slope: Float, x: Float, way: Float) -> tuple[float, float, float, float]:
    """The inverse Hessian (p, p) times minus the slope (p,), into `way` (p,); the slope along it, and the greatest slope, step and x."""
    p, descent, steepest, widest, farthest = len(slope), 0.0, 0.0, 0.0, 0.0
    for j in range(p):
        way[j] = 0.0
        for i in range(p):
            way[j] -= curvature[j, i] * slope[i]
        descent += way[j] * slope[j]
        steepest, widest, farthest = max(steepest, abs(slope[j])), max(widest, abs(way[j])), max(farthest, abs(x[j]))
    return descent, steepest, widest, farthest


@njit(cache=True, nogil=True, error_model="numpy")
def farthest_leaving(x: Float, slope: Float, logits: Flags, least: Float, bound: float) -> int:
    """The logit that is farthest on its way down to a bound, of those beyond their `least` (p,) and inside it; -1 where there is none."""
    found, distance = -1, 0.0
    for j in range(len(x)):
        out = abs(x[j])
        if logits[j] and least[j] < out < bound and out > distance and slope[j] * x[j] < 0.0:
            found, distance = j, out
    return found
