"""First passage of a Gaussian regime chain without simulation: the mass within the barriers, session by session."""

from functools import lru_cache

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.exit_probabilities import exit_probabilities, survival_probabilities
from forecast.engines.kernels.quadrature import legendre_nodes
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.first_passage import validate_falls, validate_grid

NODES_PER_VOL = 3.5  # nodes for each smallest vol between the decision and a barrier
SPARE_NODES = 16
WHOLE_NODES = 16  # counts are rounded up to as many, so that few have to be worked out
MAX_NODES = 2000
_REACH = 9.0  # standard deviations; beyond them lies less than 1e-18
_SAFE = 4.5  # standard deviations of the wildest regime: to rise as high and then to fall to the barrier is less likely than 1e-10


def exact_passage(law: MarkovPathLaw, barriers: Float, horizons: Int, falls: Flags | None = None) -> Float:
    """P(reverse), P(stall), P(continue) for each barrier (log move > 0) and horizon (sessions), (q, 3), rows summing to 1.

    Gauss-Legendre sums on NODES_PER_VOL * barrier / (smallest vol) + SPARE_NODES nodes over (-barrier, barrier) keep the error below
    1e-9 up to 252 sessions. ValueError where that would be more than MAX_NODES; `first_passage` simulates instead.
    falls : (q,) flags, which have no upper barrier; what is above the barrier then has nodes as dense as high as it matters, and the error
    is below 1e-6.
    """
    moves, sessions = validate_grid(barriers, horizons)
    flags = validate_falls(falls, len(moves))
    out = np.zeros((len(moves), 3))
    if flags.any():
        steps, level = np.unique(moves[flags], return_inverse=True)
        stays = _survival(law, steps, int(sessions[flags].max()))[level, sessions[flags] - 1]
        out[flags, :2] = np.column_stack([1 - stays, stays])
    for barrier in np.unique(moves[~flags]):
        rows = np.flatnonzero(~flags & (moves == barrier))
        left = np.cumsum(_exits(law, float(barrier), int(sessions[rows].max())), axis=1)[:, sessions[rows] - 1]
        out[rows] = np.stack([left[0], np.maximum(1 - left.sum(axis=0), 0.0), left[1]], axis=1)
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def node_count(law: MarkovPathLaw, width: float) -> int:
    """Quadrature nodes on (-width, width)."""
    least = int(np.ceil(NODES_PER_VOL * width / law.vols.min())) + SPARE_NODES
    return -(-least // WHOLE_NODES) * WHOLE_NODES


def fall_node_count(law: MarkovPathLaw, sessions: int) -> int:
    """Quadrature nodes for falls within so many sessions, of any size."""
    return node_count(law, _safe_height(law, sessions) / 2)


@lru_cache(maxsize=128)  # finding the nodes takes as long as using them; 128 counts of up to MAX_NODES are a few megabytes
def _nodes(count: int) -> tuple[Float, Float]:
    """`legendre_nodes` of a count, which nobody may write to."""
    nodes, weights = legendre_nodes(count)
    nodes.setflags(write=False)
    weights.setflags(write=False)
    return nodes, weights


def _safe_height(law: MarkovPathLaw, sessions: int) -> float:
    """Height above a barrier from which no path falls to it, a log move."""
    return sessions * float(np.abs(law.means).max()) + _SAFE * float(law.vols.max()) * sessions**0.5


def _survival(law: MarkovPathLaw, steps: Float, sessions: int) -> Float:
    """Probability that no close falls by each of `steps` (b,) within each number of sessions, (b, sessions)."""
    count, height = fall_node_count(law, sessions), _safe_height(law, sessions)
    if count > MAX_NODES:
        raise ValueError(
            f"falls within {sessions} sessions at a vol of {law.vols.min():g} need {count} nodes, at most {MAX_NODES}: simulate"
        )
    nodes, weights = _nodes(count)
    chain = law.opening, law.transitions, law.means, law.vols
    stays = survival_probabilities(*chain, steps, (nodes + 1) * (height / 2), weights * (height / 2), height, sessions)
    return np.clip(stays, 0.0, 1.0)


def _exits(law: MarkovPathLaw, barrier: float, sessions: int) -> Float:
    """Probability of leaving (-barrier, barrier) at each session by side, (2, sessions)."""
    width = min(barrier, sessions * float(np.abs(law.means).max()) + _REACH * float(law.vols.max()) * sessions**0.5)
    count = node_count(law, width)
    if count > MAX_NODES:
        raise ValueError(f"a barrier of {barrier:g} and a vol of {law.vols.min():g} need {count} nodes, at most {MAX_NODES}: simulate")
    nodes, weights = _nodes(count)
    chain = law.opening, law.transitions, law.means, law.vols
    return np.asarray(exit_probabilities(*chain, barrier, nodes * width, weights * width, sessions))
