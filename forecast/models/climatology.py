"""Climatology: the frequencies of the outcomes settled so far."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from forecast.engines.arrays import Float, Int
from forecast.engines.probabilities import Prediction
from forecast.models.component import options, state
from forecast.target.outcome import OUTCOMES
from forecast.target.sample import Sample
from forecast.target.surge import episode_count


def frequencies(sample: Sample) -> Float:
    """Frequencies of the settled outcomes, (n_questions, 3), with one case of each that is possible added (Laplace)."""
    counts = np.stack([(sample.outcomes == code).sum(axis=0) for code in range(len(OUTCOMES))], axis=1) + 1.0 * sample.possible
    return np.asarray(counts / counts.sum(axis=1, keepdims=True))


def settled_episodes(sample: Sample) -> Int:
    """Independent episodes among the settled outcomes, (n_questions,)."""
    return np.array([episode_count(sample.rows[sample.settled[:, q]], int(h)) for q, h in enumerate(sample.horizons)])


def dirichlet_spread(probabilities: Float, evidence: float | np.floating[Any] | np.ndarray) -> Float:
    """Standard deviation of Dirichlet probabilities (..., 3) about their mean, of total concentration `evidence` (...)."""
    return np.asarray(np.sqrt(probabilities * (1 - probabilities) / (np.asarray(evidence)[..., None] + 1)))


@state
class FittedClimatology:
    """No state: the frequencies are those of the sample."""

    notes: tuple[str, ...] = ()

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """The spread counts an episode as one case: its surges share most of their horizons."""
        shares = frequencies(sample)
        return Prediction.exact(shares, dirichlet_spread(shares, settled_episodes(sample) + sample.possible.sum(axis=1).astype(np.float64)))


@options
class Climatology:
    """Expanding frequencies; also what every skill is measured against."""

    fitted: ClassVar = FittedClimatology
    kind: ClassVar = "frequency"

    def fit(self, samples: Sequence[Sample]) -> FittedClimatology:
        return FittedClimatology()
