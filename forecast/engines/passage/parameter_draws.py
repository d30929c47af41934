"""Draws of a fitted law's parameters: the spread of the forecasts over them is the uncertainty that the parameters leave."""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.passage.first_passage import PathLaw, passage_shares

DRAWS = 16  # more than the 13 parameters of the largest default component: exact for what is linear in them
RECENT = 1500  # returns that a drawn law is run over: 0.99^1500 is 3e-7, so that what came before is forgotten by every law here


@lru_cache(maxsize=32)
def standard_normals(columns: int) -> Float:
    """The standard normals of every component's draws, (DRAWS, columns), always the same ones, so that no spread is luck.

    Up to DRAWS - 1 columns, means are 0 and covariances 1 exactly (moment matching), so that the standard deviation of anything linear
    in them has no error; with more columns its error is 1 / sqrt(2 DRAWS) = 18 %.
    """
    normals = np.random.default_rng(DRAWS).standard_normal((columns, DRAWS)).T
    if columns < DRAWS:
        normals = np.linalg.qr(normals - normals.mean(axis=0))[0] * np.sqrt(DRAWS)
    normals.setflags(write=False)
    return normals


def spread_of(drawn: Float) -> Float:
    """Standard deviation over the draws of probabilities (d, ..., 3), (..., 3); zero where there is no draw."""
    return np.asarray(drawn.std(axis=0)) if len(drawn) else np.zeros(drawn.shape[1:])


def spread_of_laws(laws: Sequence[PathLaw], barriers: Float, horizons: Int, *, key: int, paths: int, falls: Flags | None = None) -> Float:
    """Standard deviation of the first-passage probabilities over laws, (q, 3); zero where there are none.

    All laws use the same random numbers, so that only the parameters differ; a few thousand paths suffice.
    falls : which have no upper barrier, as in `first_passage`.
    """
    return spread_of(passage_shares(laws, barriers, horizons, key=key, paths=paths, falls=falls))
