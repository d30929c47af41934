"""Samples as a key of what was worked out from them."""

from collections.abc import Sequence
from dataclasses import fields
from functools import cached_property
from hashlib import blake2b

import numpy as np

from forecast.target.sample import Sample


class SamplesKey:
    """Samples as a key: equal where they hold the same, field by field.

    Equal cuts of one sample are known to be so; others are compared by what they hold.
    """

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples

    @cached_property
    def digest(self) -> bytes:
        """Of what the samples hold."""
        digest = blake2b(digest_size=16)
        for sample in self.samples:
            for field in fields(sample):
                value = getattr(sample, field.name)
                digest.update(np.ascontiguousarray(value).tobytes() if isinstance(value, np.ndarray) else repr(value).encode())
        return digest.digest()

    def __hash__(self) -> int:
        return hash(tuple((sample.market, len(sample), len(sample.rows)) for sample in self.samples))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SamplesKey) or len(self.samples) != len(other.samples):
            return False
        return all(map(Sample.is_same_cut, self.samples, other.samples)) or self.digest == other.digest
