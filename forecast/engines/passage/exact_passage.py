"""First passage of a Gaussian regime chain without simulation: the mass within the barriers, session by session."""

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.exit_probabilities import exit_probabilities
from forecast.engines.kernels.quadrature import legendre_nodes
from forecast.engines.passage import MarkovPathLaw
from forecast.engines.passage.first_passage import validate_grid

NODES_PER_VOL = 3.5  # nodes for each smallest vol between the decision and a barrier
SPARE_NODES = 16
MAX_NODES = 2000
_REACH = 9.0  # standard deviations; beyond them lies less than 1e-18


def exact_passage(law: MarkovPathLaw, barriers: Float, horizons: Int) -> Float:
    """P(reverse), P(stall), P(continue) for each barrier (log move > 0) and horizon (sessions), (q, 3), rows summing to 1.

    Gauss-Legendre sums on NODES_PER_VOL * barrier / (smallest vol) + SPARE_NODES nodes over (-barrier, barrier) keep the error below
    1e-9 up to 252 sessions. ValueError where that would be more than MAX_NODES; `first_passage` simulates instead.
    """
    moves, sessions = validate_grid(barriers, horizons)
    out = np.empty((len(moves), 3))
    for barrier in np.unique(moves):
        rows = np.flatnonzero(moves == barrier)
        left = np.cumsum(_exits(law, float(barrier), int(sessions[rows].max())), axis=1)[:, sessions[rows] - 1]
        out[rows] = np.stack([left[0], np.maximum(1 - left.sum(axis=0), 0.0), left[1]], axis=1)
    return np.asarray(out / out.sum(axis=1, keepdims=True))


def node_count(law: MarkovPathLaw, width: float) -> int:
    """Quadrature nodes on (-width, width)."""
    return int(np.ceil(NODES_PER_VOL * width / law.vols.min())) + SPARE_NODES


def _exits(law: MarkovPathLaw, barrier: float, sessions: int) -> Float:
    """Probability of leaving (-barrier, barrier) at each session by side, (2, sessions)."""
    width = min(barrier, sessions * float(np.abs(law.means).max()) + _REACH * float(law.vols.max()) * sessions**0.5)
    count = node_count(law, width)
    if count > MAX_NODES:
        raise ValueError(f"a barrier of {barrier:g} and a vol of {law.vols.min():g} need {count} nodes, at most {MAX_NODES}: simulate")
    nodes, weights = legendre_nodes(count)
    chain = law.opening, law.transitions, law.means, law.vols
    return np.asarray(exit_probabilities(*chain, barrier, nodes * width, weights * width, sessions))
