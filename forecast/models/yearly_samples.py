"""Samples as they were known when a year began.

What is learned from many markets is fitted once a year, on these, and the refits of the year share it.
"""

from collections.abc import Sequence

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
