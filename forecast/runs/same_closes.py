"""Fingerprint: the last year of an index, by which a run knows it again, whatever the level it is quoted at."""

import numpy as np

from features.errors import InputError
from forecast.target.sample import Sample

YEAR = 250  # sessions
SAME_RETURN = 5e-4  # sources round closes differently


def recent_returns(sample: Sample) -> list[float]:
    """Log returns of the last year of `sample`."""
    return [round(float(move), 5) for move in sample.returns[-YEAR:]]


def refuse_other_closes(sample: Sample, trained_to: np.datetime64, returns: list[float]) -> None:
    """InputError when the closes up to `trained_to` are not those of the `returns` trained on.

    Data that end before that day are not compared: the run answers for them from its own tables.
    """
    if sample.sessions[-1] < trained_to:
        return
    row = int(np.searchsorted(sample.sessions, trained_to, side="right")) - 1
    theirs = recent_returns(sample.up_to(row))
    apart = np.ones(1, dtype=bool)
    if sample.sessions[row] == trained_to and len(theirs) == len(returns):
        apart = np.abs(np.subtract(theirs, returns)) > SAME_RETURN
    if apart.any():
        first = sample.sessions[row - len(apart) + 1 + int(apart.argmax())]
        raise InputError(f"--data: the closes of {sample.market} are not those trained on, the first apart on {first}; train again")
