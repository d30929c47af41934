"""Simulation of Markov-switching returns after a history."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.engines.markov.markov_law import MarkovLaw
from forecast.engines.switching.filtered_history import FilteredHistory


def simulate_markov(law: MarkovLaw, history: FilteredHistory, sessions: int, paths: int, rng: np.random.Generator) -> Float:
    """Returns of the sessions after the last of `history`, (paths, sessions), the last step's transitions going on.

    While a lag is missing, a session is drawn about its regime's mean, as `FilteredHistory.locations` has it.
    """
    digits, lags = law.digits, len(law.ar)
    onward = history.transitions[-1]
    state = _draw(np.repeat(history.predicted[-1:], paths, axis=0), rng)
    returns = np.r_[np.full(lags, np.nan), history.returns]
    recent = np.repeat(returns[len(returns) - lags :][None, ::-1], paths, axis=0)
    out = np.empty((paths, sessions))
    for t in range(sessions):
        if t > 0:
            state = _draw(onward[state], rng)
        own = digits[state]
        z = rng.standard_normal(paths) if np.isinf(law.nu) else rng.standard_t(law.nu, paths) * np.sqrt((law.nu - 2) / law.nu)
        lagged = np.nan_to_num((law.ar * (recent - law.means[own[:, 1:]])).sum(axis=1))
        out[:, t] = law.means[own[:, 0]] + lagged + law.vols[own[:, 0]] * z
        recent = np.column_stack([out[:, t], recent])[:, :lags]
    return out


def _draw(probabilities: Float, rng: np.random.Generator) -> np.ndarray:
    """One state a row of probabilities (paths, s)."""
    return (rng.random((len(probabilities), 1)) > np.cumsum(probabilities, axis=1)[:, :-1]).sum(axis=1)
