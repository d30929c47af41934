"""Climatology: the frequencies of the outcomes already known."""

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from forecast.arrays import Float
from forecast.chances import Chances
from forecast.component import options, state
from forecast.outcome import OUTCOMES
from forecast.sample import Sample


def frequencies(sample: Sample) -> Float:
    """Frequencies of the outcomes that `sample` knows, (n_questions, 3), with one case of each added (Laplace)."""
    counts = np.stack([(sample.outcomes == code).sum(axis=0) for code in range(len(OUTCOMES))], axis=1) + 1.0
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


@state
class FittedClimatology:
    """Keeps nothing: the frequencies are those of the sample at hand."""

    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Chances:
        return Chances.exact(frequencies(sample))


@options
class Climatology:
    """Expanding frequencies; also what every skill is measured against."""

    fitted: ClassVar = FittedClimatology

    def fit(self, samples: Sequence[Sample]) -> FittedClimatology:
        return FittedClimatology()
