"""Samples as they were known when a year began.

What is learned from many markets is fitted once a year, on these, and the refits of the year share it.
"""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from forecast.target.sample import Sample, samples_as_of


def samples_before_year(samples: Sequence[Sample]) -> list[Sample]:
    """The samples as published by the end of the year before the first one's last session.

    The first sample, the target's, always stays: with one session where nothing of it was published by then.
    """
    target = samples[0]
    eve = target.sessions[-1].astype("datetime64[Y]").astype("datetime64[D]") - np.timedelta64(1, "D")
    own = samples_as_of([target], eve) or [target.up_to(0)]
    return [*own, *samples_as_of(samples[1:], eve)]


class SamplesKey:
    """Samples as a key: equal where they hold the same sessions, surges, questions and closes."""

    def __init__(self, samples: Sequence[Sample]) -> None:
        self.samples = samples
        digest = blake2b(digest_size=16)
        for sample in samples:
            for part in (sample.sessions, sample.close, sample.ranges, sample.rows, sample.surge_z, sample.barriers, sample.outcomes):
                digest.update(np.ascontiguousarray(part).tobytes())
            digest.update(repr((sample.market, sample.questions)).encode())
        self.digest = digest.digest()

    def __hash__(self) -> int:
        return hash(self.digest)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SamplesKey) and self.digest == other.digest
