"""Titles of features and the units in which people see them."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from features.catalogue import catalogue
from features.panel.display_unit import BASIS_POINTS, GROWTH, LEVEL, POINTS, SHARE, USUAL, DisplayUnit
from features.panel.panel import Panel
from features.panel.registry import Feature, feature
from features.panel.series import SMALL

EVERY = list(catalogue().values())
WIDEST = 53  # letters that the table of drivers has room for
LONGEST = 15  # of a value, there too


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_a_title_is_words_and_a_value_has_a_unit_that_people_use(item: Feature, panel: Panel) -> None:
    assert item.title[0].isupper()
    assert len(item.title) <= WIDEST
    assert not any(letter in item.title + item.sign for letter in "_`")
    values = item(panel).to_numpy()
    stored = values[np.isfinite(values)]
    for value in (stored.min(), np.median(stored), stored.max()):
        text = item.display.value(float(value))
        assert len(text) <= LONGEST
        assert not any(word in text for word in ("log", "nats", "z", "e+", "nan", "inf"))
    assert len(item.display.change(float(stored[-1]), float(stored[0]))) <= LONGEST


def test_no_two_features_have_one_title() -> None:
    assert [title for title, count in Counter(item.title for item in EVERY).items() if count > 1] == []


def test_every_usual_unit_is_that_of_a_feature() -> None:
    assert set(USUAL) == {item.unit for item in EVERY}


def test_a_value_is_shown_as_people_say_it() -> None:
    shown = {
        name: catalogue()[name].display for name in ("implied_vol", "sahm_gap", "event_log_odds", "rate_entropy_next", "default_spread")
    }
    assert shown["implied_vol"].value(math.log(13.2)) == "13.2"
    assert shown["implied_vol"].change(math.log(13.2), math.log(12.5)) == "+0.7"
    assert shown["sahm_gap"].value(0.43) == "+0.43 points"
    assert shown["event_log_odds"].value(math.log(3)) == "75 %"  # odds of three to one
    assert shown["rate_entropy_next"].value(math.log(2)) == "2.0 targets"  # two as likely as one another
    assert shown["default_spread"].value(0.97) == "+97 bp"
    assert GROWTH.value(math.log(1.055)) == "+5.5 %"
    assert GROWTH.change(math.log(1.05), math.log(1.10)) == "-5.0 points"
    assert SHARE.value(0.721) == "72 %"


@pytest.mark.parametrize(
    ("unit", "value", "text"), [(POINTS, -0.001, "0.00 points"), (BASIS_POINTS, 1e9, "+1e+11 bp"), (LEVEL, 1e9, "1.01e+304")]
)
def test_nought_has_no_sign_and_absurd_values_stay_short(unit: DisplayUnit, value: float, text: str) -> None:
    assert unit.value(value) == text


def test_a_unit_that_nobody_knows_needs_a_display() -> None:
    with pytest.raises(ValueError, match="no display is usual for the unit 'furlongs'; state `display`"):

        @feature(inputs=[SMALL], window=1, unit="furlongs", title="Length")
        def length(panel: Panel) -> pd.Series:
            return panel[SMALL]
