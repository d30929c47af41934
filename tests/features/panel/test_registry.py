"""What holds of every feature, whoever adds it."""

import re
from dataclasses import replace
from functools import cache
from pkgutil import iter_modules

import numpy as np
import pandas as pd
import pytest

from features import builders
from features.catalogue import catalogue, feature_matrix
from features.panel.panel import Panel, build_panel
from features.panel.registry import Feature, feature
from features.panel.series import INPUTS, LARGE, SMALL
from tests import markets

EVERY = list(catalogue().values())
CUTS = [pd.Timestamp("2003-06-16"), pd.Timestamp("2006-02-28")]


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: f"{cut:%Y-%m-%d}")
def test_a_feature_is_blind_to_everything_after_its_session(item: Feature, cut: pd.Timestamp) -> None:
    whole, blind, short = whole_blind_and_short(cut)
    before, after = item(whole)[:cut], item(blind)[:cut]
    assert before.to_numpy().tobytes() == after.to_numpy().tobytes()
    assert item(short).to_numpy().tobytes() == before.to_numpy().tobytes()


@cache
def whole_blind_and_short(cut: pd.Timestamp) -> tuple[Panel, Panel, Panel]:
    """A market's panel, the same with noise in every input after `cut`, and what was known at its close."""
    raw = markets.raw_market()
    whole, blind = build_panel(raw), build_panel(markets.with_noise_after(raw, cut))
    later = whole.frame.loc[cut + pd.Timedelta(days=1) :]
    assert (later != blind.frame.loc[later.index]).any().all()  # in every input
    return whole, blind, whole.as_of(cut)


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_a_feature_is_documented_and_known_in_the_end(item: Feature, panel: Panel) -> None:
    assert item.sign
    assert item.source
    assert item.summary.endswith(".")
    assert item.unit
    assert np.isfinite(item(panel).iloc[-1])


@pytest.mark.parametrize("item", EVERY, ids=lambda item: item.name)
def test_a_feature_is_known_from_its_window_on_and_not_before(item: Feature, panel: Panel) -> None:
    enough, too_few = (item(replace(panel, frame=panel.frame.tail(rows))).to_numpy() for rows in (item.window, item.window - 1))
    assert np.isfinite(enough[-1])
    assert not np.isfinite(too_few).any()


def test_the_builders_say_which_files_have_features() -> None:
    listed = [re.split(r"[,.]\s*", line.partition(": ")[2])[:-1] for line in (builders.__doc__ or "").splitlines() if ": " in line]
    families = {item.family for item in EVERY}
    assert [set(names) for names in listed] == [families, {module.name for module in iter_modules(builders.__path__)} - families]


def test_a_feature_without_its_inputs_is_off_and_named(panel: Panel) -> None:
    only_small = Panel(panel.frame[[SMALL.name]], "Small only", "XNYS", "test", "test")
    matrix = feature_matrix(only_small)
    assert matrix.off["relative_momentum_21"] == (LARGE.name,)
    assert "momentum_21" in matrix.frame
    assert not set(matrix.off) & set(matrix.frame.columns)


def test_a_name_may_be_taken_once() -> None:
    with pytest.raises(ValueError, match="'momentum_5' is already defined in momentum"):

        @feature(inputs=[SMALL], window=1, unit="sigma", title="Other", name="momentum_5")
        def other(panel: Panel) -> pd.Series:
            return panel[SMALL]


def test_every_input_is_named_as_its_key() -> None:
    assert all(name == series.name for name, series in INPUTS.items())


def test_the_catalogue_goes_by_family_whatever_imports_what() -> None:
    families = [item.family for item in EVERY]
    assert families == sorted(families)


def test_what_is_said_of_a_feature_is_read_from_its_documentation() -> None:
    doc = "What it is,\non two lines.\n\nSign: high is good, over a year; NaN before.\nOf no consequence. Source: Bachelier (1900)"
    item = replace(EVERY[0], doc=doc)
    assert (item.summary, item.sign, item.source) == ("What it is, on two lines.", "high is good, over a year.", "Bachelier (1900).")
    bare = replace(item, doc="What it is.")
    assert (bare.sign, bare.source) == ("", "")
