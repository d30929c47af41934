"""Samples as a key of what was worked out from them."""

from collections.abc import Sequence
from functools import cached_property
from hashlib import blake2b

import numpy as np

from forecast.target.sample import Sample


class SamplesKey:
    """Samples as a key: equal where they hold the same sessions, closes, surges, features and questions.

    Equal cuts of one sample are known to be so; others are compared by what they hold.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples

    @cached_property
    def digest(self) -> bytes:
        """Of what the samples hold."""
        digest = blake2b(digest_size=16)
        for sample in self.samples:
            prices = (sample.sessions, sample.close, sample.ranges)
            for part in (*prices, sample.rows, sample.surge_z, sample.features, sample.barriers, sample.outcomes):
                digest.update(np.ascontiguousarray(part).tobytes())
            digest.update(repr((sample.market, sample.feature_names, sample.chosen, sample.questions)).encode())
        return digest.digest()

    def __hash__(self) -> int:
        return hash(tuple((sample.market, len(sample), len(sample.rows)) for sample in self.samples))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SamplesKey) or len(self.samples) != len(other.samples):
            return False
        return all(map(Sample.is_same_cut, self.samples, other.samples)) or self.digest == other.digest
