"""Maximum likelihood: climbs from several starts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from forecast.engines.arrays import Flags, Float
from forecast.engines.switching.descent import Descent
from forecast.engines.switching.likelihood import WALL, Likelihood, inverse_hessian, negative_mean

SHORT = 12  # steps after which a climb below the warm one, or behind other starts, is abandoned
PATIENCE = 10.0  # times the gain of its last SHORT steps that a climb may trail the best and go on
TWINS = 2.0  # sum of squared differences of two climbs' contributions under which they count as bound for the same top: twice one point
NEARLY = 1e-5  # slope of the log-likelihood a session, in any coordinate, under which a stalled climb counts as done
FEW, HOPE = 2, 20.0  # steps, and times the gain that the next promises, after which a climb that stays below another law is given up
INSIDE = 4.0  # coordinate of a share of one in 55, whose slope is 80 times that of one at the edge of what counts as held
APART = 0.3  # of coordinates, whose unit is a factor of e or odds of e
MISSED = 1e-6  # log-likelihood by which a law may be below one that it contains: rounding


@dataclass(frozen=True)
class WarmStart:
    """Coordinates to start from, and an optimiser's `curvature` there."""

    x: Float
    curvature: Float | None = None


@dataclass(frozen=True)
class Optimum:
    """The end of a climb; `curvature` is the optimiser's inverse of minus the mean Hessian, to start again from.

    `missed` is the log-likelihood by which a law that this one contains is higher, 0 where none is; `hopeless` a climb that was given up.
    """

    x: Float
    value: float
    converged: bool
    n_iter: int
    curvature: Float | None
    missed: float = 0.0
    hopeless: bool = False


def climb(
    likelihood: Likelihood,
    x: Float,
    *,
    iterations: int,
    tolerance: float,
    curvature: Float | None = None,
    free: Flags | None = None,
    above: float = np.inf,
    beside: Optimum | None = None,
) -> Optimum:
    """BFGS from `x` in the coordinates that are `free` (size,), all by default; the others stay.

    The first guess of the inverse Hessian is `curvature`, by default by differences at `x`. Given up, as hopeless, where after a few steps
    the top that it promises is below `above` by far. Ends early where it is seen to be bound for the top `beside`.
    """
    objective, hopeless = negative_mean(likelihood), False
    moving = np.ones(len(x), dtype=bool) if free is None else free
    value, slope = objective(x)
    begin = inverse_hessian(objective, x, slope, moving) if curvature is None else curvature
    descent = Descent(x, moving, likelihood.coordinates.logits, begin, iterations=iterations, tolerance=tolerance)
    descent.advance(value, slope)
    bend = None if beside is None else _bend(beside)
    while not hopeless and (descent.under_way or descent.let_go()):
        if beside is not None and bend is not None and _joins(descent, beside, bend, likelihood.scored):
            break
        descent.advance(*objective(descent.trial))
        if above < np.inf and descent.steps >= FEW:
            hopeless = likelihood.scored * (HOPE * descent.promise - descent.value) + 1.0 < above
    flat = descent.steepest < NEARLY and descent.value < WALL / 10
    return Optimum(descent.x, -descent.value * likelihood.scored, flat, descent.steps, descent.curvature, hopeless=hopeless)


def _bend(top: Optimum) -> Float | None:
    """Minus the mean Hessian at a top (size, size), as the climb learned it; None where it did not."""
    try:
        return None if top.curvature is None or not top.converged else np.asarray(np.linalg.inv(top.curvature), dtype=np.float64)
    except np.linalg.LinAlgError:
        return None


def _joins(descent: Descent, top: Optimum, bend: Float, scored: int) -> bool:
    """Whether a climb stands on the slope to a top: as far below it as the top's parabola is, and so close that it counts as its twin."""
    away, below = descent.x - top.x, top.value + scored * descent.value
    parabola = scored * float(away @ bend @ away) / 2
    return 0.5 * parabola <= below <= 2.0 * parabola <= TWINS


def moved_inside(likelihood: Likelihood, start: WarmStart) -> WarmStart:
    """The start with what leaves its bound moved INSIDE, without its curvature: at a bound the slope has a sign, but next to no size."""
    leaving = likelihood.coordinates.at_bound(start.x)
    if leaving.any():
        leaving &= negative_mean(likelihood)(start.x)[1] * np.sign(start.x) > 0
    return WarmStart(np.where(leaving, INSIDE * np.sign(start.x), start.x)) if leaving.any() else start


def maximise(
    likelihood: Likelihood,
    starts: Sequence[Float],
    *,
    iterations: int,
    tolerance: float,
    warm: WarmStart | None = None,
    finish: int | None = None,
) -> Optimum:
    """The highest end of the climbs from `starts` (coordinates).

    With `finish`, at most that many go beyond their first SHORT steps, as a race. With `warm`, its climb goes to the top, and the others
    only where their first SHORT steps lead higher.
    """

    def up(x: Float, steps: int, curvature: Float | None = None) -> Optimum:
        return climb(likelihood, x, iterations=steps, tolerance=tolerance, curvature=curvature)

    if warm is None and (finish is None or len(starts) <= finish):
        return max((up(x, iterations) for x in starts), key=lambda end: end.value)
    if warm is None:
        return _race(likelihood, [up(x, min(SHORT, iterations)) for x in starts], finish or 1, iterations, tolerance, up)
    top = up(warm.x, iterations, warm.curvature)
    shorts = (climb(likelihood, x, iterations=SHORT, tolerance=tolerance, beside=top) for x in starts)
    higher = [short for short in shorts if short.value > top.value]
    ends = [replace(end, n_iter=end.n_iter + short.n_iter) for short in higher for end in [up(short.x, iterations)]]
    return max([top, *ends], key=lambda end: end.value)


def above_nested(likelihood: Likelihood, top: Optimum, nested: Sequence[Float], *, iterations: int, tolerance: float) -> Optimum:
    """`top`, or a higher climb from the coordinates of a law that this one contains, where that law is higher.

    A law of fewer regimes stands on a saddle, where two regimes are alike: another climb begins with its coordinates moved APART. Where the
    climbs end below the law too, the end is not converged and says by how much it `missed`.
    """
    slope = negative_mean(likelihood)
    heights = [-slope(x)[0] * likelihood.scored for x in nested]
    best = top
    for x, height in zip(nested, heights, strict=True):
        if height > best.value:
            for start in (x, x + APART * (-1.0) ** np.arange(len(x))):
                end = climb(likelihood, start, iterations=iterations, tolerance=tolerance)
                best = max([best, replace(end, n_iter=best.n_iter + end.n_iter)], key=lambda end: end.value)
    missed = max(heights, default=-np.inf) - best.value
    return replace(best, converged=False, missed=missed) if missed > MISSED else best


def _race(
    likelihood: Likelihood,
    shorts: Sequence[Optimum],
    finish: int,
    iterations: int,
    tolerance: float,
    up: Callable[..., Optimum],
) -> Optimum:
    """The highest end of the best `finish` of climbs that have taken their first SHORT steps, and go on by as many.

    Out of the race is a climb that goes the same way as a better one, or trails the best by more than PATIENCE times its last gain.
    """
    steps, race = min(SHORT, iterations), [(end, np.inf) for end in _apart(likelihood, shorts)[:finish]]
    while steps < iterations and any(end.n_iter >= steps for end, _ in race):
        room, top, onward = min(SHORT, iterations - steps), race[0][0].value, []
        for end, gain in race:
            if end.value + PATIENCE * max(gain, 0.0) < top:
                continue
            more = up(end.x, room, end.curvature) if end.n_iter >= steps else None
            further = end if more is None else replace(more, n_iter=end.n_iter + more.n_iter)
            onward.append((further, further.value - end.value))
        steps += room
        race = [(end, gain) for best in _apart(likelihood, [end for end, _ in onward]) for end, gain in onward if end is best]
    best = race[0][0]
    if steps >= iterations or np.abs(negative_mean(likelihood)(best.x)[1]).max(initial=0.0) <= tolerance:
        return best
    last = up(best.x, iterations - steps)  # from a fresh curvature, past a stall
    return replace(last, n_iter=best.n_iter + last.n_iter)


def _apart(likelihood: Likelihood, climbs: Sequence[Optimum]) -> list[Optimum]:
    """Best first, one of those that go the same way.

    Close to a top, the squared differences of the sessions' contributions of two points sum to twice the log-likelihood between them, by
    the information equality; between two tops they sum to much more, whatever the order of the regimes (Vuong 1989).
    """
    apart: list[tuple[Optimum, Float]] = []
    for end in sorted(climbs, key=lambda one: -one.value):
        contributions = likelihood.contributions(likelihood.coordinates.natural(end.x)[0])
        if not any(((contributions - other) ** 2).sum() < TWINS for _, other in apart):
            apart.append((end, contributions))
    return [end for end, _ in apart]
