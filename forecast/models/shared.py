"""Shared: whether a surge moves on is learned from many markets; which way, hardly at all."""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy.special import expit

from forecast.arrays import Float
from forecast.chances import Chances
from forecast.component import FitError, options, state
from forecast.moves import FittedMoves, fit_moves
from forecast.sample import Sample, known_by

YEAR = 252  # sessions
PREMIUM = 0.06 / YEAR  # log drift of a session that stock indices are taken to have
PREMIUM_YEARS = 20.0  # of returns that the premium is worth: with a volatility of 0.2 a year, the standard error of such a mean is 0.045
STRONGEST = 0.6  # log odds that a drift may give


@state
class FittedShared:
    """drift : log return of a session."""

    moves: FittedMoves
    drift: float
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Chances:
        odds, _ = self.moves.log_odds(sample)
        met, up = expit(odds), expit(self.direction(sample))
        return Chances.exact(np.column_stack([met * (1 - up), 1 - met, met * up]))

    def direction(self, sample: Sample) -> Float:
        """Log odds that the barrier met is the upper one, (q,): 2 m b / s^2 of a Brownian motion, s the past year's volatility."""
        variance = max(float(np.var(sample.returns[-YEAR:])), 1e-12)
        return np.clip(2 * self.drift * sample.barriers[-1] / variance, -STRONGEST, STRONGEST)


@options
class Shared:
    """One logistic model of whether a barrier is met, for the surges of every market at once.

    A plain walk at the volatility of the last weeks is its prior; distance, the term structure of volatility, the surge's size and
    momentum correct it, with a departure of each market's own (partial pooling). Surges whose horizons overlap, of one market or of
    several, share their weight. The direction is that of a drift: the market's mean return drawn to a premium; what more than half
    a century of portfolios says of direction did not carry over to later ones (docs/skill.md).
    It is fitted anew each January, on what was known when the year began.
    """

    fitted: ClassVar = FittedShared
    prior_sd: Annotated[float, Field(strict=True, gt=0, le=100)] = 0.5
    market_sd: Annotated[float, Field(strict=True, gt=0, le=100)] = 0.5
    evidence: Annotated[float, Field(strict=True, gt=0, le=1000)] = 4.0

    def fit(self, samples: Sequence[Sample]) -> FittedShared:
        target = samples[0]
        begin = target.sessions[-1].astype("datetime64[Y]").astype("datetime64[D]")
        eve = begin - np.timedelta64(1, "D")
        own = known_by([target], eve) or [target.up_to(0)]
        known = [*own, *known_by(samples[1:], eve)]
        if not any(len(sample.rows) for sample in known):
            raise FitError(f"{target.market}: no surge before {begin}")
        returns = target.returns
        drift = (returns.sum() + PREMIUM * PREMIUM_YEARS * YEAR) / (len(returns) + PREMIUM_YEARS * YEAR)
        return FittedShared(moves=_moves(_Known(known), self.prior_sd, self.market_sd, self.evidence), drift=float(drift))


class _Known:
    """Samples as a key: equal where they hold the same surges, questions and closes."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        found = blake2b(digest_size=16)
        for sample in samples:
            for part in (sample.close, sample.ranges, sample.rows, sample.barriers, sample.outcomes):
                found.update(np.ascontiguousarray(part).tobytes())
            found.update(repr((sample.market, sample.questions)).encode())
        self.digest = found.digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Known) and self.digest == other.digest


@lru_cache(maxsize=4)  # the refits of a year share it
def _moves(known: _Known, prior_sd: float, market_sd: float, evidence: float) -> FittedMoves:
    return fit_moves(known.samples, prior_sd=prior_sd, market_sd=market_sd, evidence=evidence)
