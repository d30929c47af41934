"""Climatology: the frequencies of the outcomes already known, smoothed by a Dirichlet prior."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field

from forecast.arrays import Float
from forecast.component import options, state
from forecast.outcome import OUTCOMES
from forecast.sample import Sample


def frequencies(sample: Sample, prior: float = 1.0) -> Float:
    """Smoothed frequencies of the outcomes that `sample` knows, (n_questions, 3); each outcome starts from `prior` cases."""
    counts = np.stack([(sample.outcomes == code).sum(axis=0) for code in range(len(OUTCOMES))], axis=1) + prior
    return np.asarray(counts / counts.sum(axis=1, keepdims=True), dtype=np.float64)


@state
class FittedClimatology:
    """Keeps nothing but its prior: the frequencies are those of the sample at hand."""

    prior: float
    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Float:
        return frequencies(sample, self.prior)


@options
class Climatology:
    """Expanding frequencies; `prior` cases of each outcome before the first (1 = Laplace)."""

    fitted: ClassVar = FittedClimatology
    simulates: ClassVar = False
    prior: Annotated[float, Field(gt=0, le=1000)] = 1.0

    def fit(self, samples: Sequence[Sample]) -> FittedClimatology:
        return FittedClimatology(prior=self.prior)
