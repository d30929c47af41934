"""Estimates are shared by neighbouring refits: on which part of a history, how often anew, and that nothing later gets in."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from forecast.models import build
from forecast.models.estimation_sample import DIGITS, estimation_sample
from forecast.models.sample_key import SamplesKey
from forecast.target.sample import Sample
from tests.indices import simulated_sample

OWN = ("ewma", "range", "heavy", "garch", "msgarch", "regime")  # learn from the target's own sessions


@pytest.fixture(scope="module")
def long() -> Sample:
    return simulated_sample(1, sessions=9000)


@given(row=st.integers(0, 8999))
def test_the_part_leaves_out_less_than_two_per_cent_and_short_histories_whole(long: Sample, row: int) -> None:
    cut = long.up_to(row)
    part = estimation_sample(cut)
    assert len(cut) - len(part) < 2 ** (1 - DIGITS) * len(cut)
    assert len(cut) >= 2**DIGITS or len(part) == len(cut)
    np.testing.assert_array_equal(part.close, long.close[: len(part)])


@given(row=st.integers(0, 8998))
def test_the_part_never_shrinks_as_the_history_grows(long: Sample, row: int) -> None:
    assert len(estimation_sample(long.up_to(row))) <= len(estimation_sample(long.up_to(row + 1)))


def test_there_are_at_most_sixty_four_estimates_while_a_history_doubles(long: Sample) -> None:
    lengths = {len(estimation_sample(long.up_to(row))) for row in range(4095, 8191)}
    assert len(lengths) == 2 ** (DIGITS - 1)


@pytest.mark.parametrize("name", OWN)
def test_refits_on_one_part_share_the_very_fit_and_the_next_part_has_its_own(name: str, long: Sample) -> None:
    start = len(estimation_sample(long.up_to(1300)))
    first, last, later = (build(name, {}).fit([long.up_to(start - 1 + more)]) for more in (0, 15, 16))
    assert first is last
    assert later is not first


def test_a_key_tells_samples_apart_by_what_they_hold(long: Sample) -> None:
    cut, twin = long.up_to(1000), dataclasses.replace(long).up_to(1000)
    assert SamplesKey([cut]) == SamplesKey([long.up_to(1000)]) == SamplesKey([twin])
    assert hash(SamplesKey([cut])) == hash(SamplesKey([twin]))
    moved = dataclasses.replace(twin, close=twin.close * np.r_[np.ones(500), 1.001, np.ones(500)])
    assert SamplesKey([cut]) != SamplesKey([moved])
    assert SamplesKey([cut]) != SamplesKey([long.up_to(999)])
    assert not long.is_same_cut(long.up_to(len(long) - 1))  # the whole may know what settles at its last close


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Sample)])
def test_a_key_looks_at_every_field(name: str, long: Sample) -> None:
    cut = long.up_to(1000)
    value = getattr(cut, name)
    other = {"market": "another", "feature_names": ("a",), "chosen": ("a",), "questions": value[:-1]}.get(name)
    if other is None:
        other = value.copy()
        if name == "features":
            other = np.ones((len(cut.rows), 1))
        else:
            other.reshape(-1).view("int8")[0] ^= 1
    assert SamplesKey([dataclasses.replace(cut)]) == SamplesKey([dataclasses.replace(cut)])
    assert SamplesKey([dataclasses.replace(cut)]) != SamplesKey([dataclasses.replace(cut, **{name: other})])
