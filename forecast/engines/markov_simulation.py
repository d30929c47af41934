"""Paths of a Markov-switching law."""

import numpy as np

from forecast.arrays import Float
from forecast.engines.history import History
from forecast.engines.markov_law import MarkovLaw


def simulated(law: MarkovLaw, history: History, sessions: int, paths: int, rng: np.random.Generator) -> Float:
    """Returns of the sessions after the last of `history`, (paths, sessions), the last step's transitions going on.

    While a lag is missing, a session is drawn about its regime's mean, as `History.locations` has it.
    """
    digits, lags = law.digits, len(law.ar)
    onward = history.transitions[-1]
    state = _drawn(np.repeat(history.predicted[-1:], paths, axis=0), rng)
    known = np.r_[np.full(lags, np.nan), history.returns]
    recent = np.repeat(known[len(known) - lags :][None, ::-1], paths, axis=0)
    out = np.empty((paths, sessions))
    for t in range(sessions):
        if t > 0:
            state = _drawn(onward[state], rng)
        own = digits[state]
        z = rng.standard_normal(paths) if np.isinf(law.nu) else rng.standard_t(law.nu, paths) * np.sqrt((law.nu - 2) / law.nu)
        lagged = np.nan_to_num((law.ar * (recent - law.means[own[:, 1:]])).sum(axis=1))
        out[:, t] = law.means[own[:, 0]] + lagged + law.vols[own[:, 0]] * z
        recent = np.column_stack([out[:, t], recent])[:, :lags]
    return out


def _drawn(probabilities: Float, rng: np.random.Generator) -> np.ndarray:
    """One state a row of probabilities (paths, s)."""
    return (rng.random((len(probabilities), 1)) > np.cumsum(probabilities, axis=1)[:, :-1]).sum(axis=1)
