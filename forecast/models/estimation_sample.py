"""The part of a market's history that its parameters are estimated on, so that neighbouring refits share an estimate."""

from collections.abc import Callable, Sequence
from functools import lru_cache, update_wrapper
from typing import TypeVar

from forecast.models.sample_key import SamplesKey
from forecast.target.sample import Sample

C = TypeVar("C")
S = TypeVar("S")

DIGITS = 7  # binary, of its length: what is left out is less than 2 % of it, and the cost of all estimates grows as the history does


def estimation_sample(sample: Sample) -> Sample:
    """The sample up to the last session at which its length had DIGITS significant binary digits, counted from its first session.

    So estimates are made anew when the history has grown by 0.8 to 1.6 %: every 32 sessions after ten years, every 128 after forty.
    """
    step = 1 << max(0, len(sample).bit_length() - DIGITS)
    return sample.up_to(len(sample) - len(sample) % step - 1)


def on_estimation_sample(fit: Callable[[C, Sequence[Sample]], S]) -> Callable[[C, Sequence[Sample]], S]:
    """Decorator of a component's `fit` that looks at the target's sample alone: it gets the part to estimate on, each part once."""

    @lru_cache(maxsize=4)
    def fitted(component: C, own: SamplesKey) -> S:
        return fit(component, own.samples)

    def shared(component: C, samples: Sequence[Sample]) -> S:
        return fitted(component, SamplesKey([estimation_sample(samples[0])]))

    update_wrapper(shared, fit)
    return shared
