"""What features share is computed once for a panel, and never carried to another."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.panel.display_unit import POINTS
from features.panel.memoise import memoise
from features.panel.panel import Panel
from features.panel.registry import Feature
from features.panel.releases import Releases
from features.panel.series import SMALL, VIX, Series


def test_a_panel_is_asked_once_for_each_set_of_arguments(panel: Panel) -> None:
    calls: list[tuple[str, int]] = []

    @memoise
    def mean(panel: Panel, series: Series, *, window: int) -> pd.Series:
        calls.append((series.name, window))
        return panel[series].rolling(window).mean()

    first = mean(panel, SMALL, window=5)
    assert mean(panel, SMALL, window=5) is first
    pd.testing.assert_series_equal(mean(panel, VIX, window=5), panel[VIX].rolling(5).mean())
    mean(panel, SMALL, window=6)
    assert calls == [("small", 5), ("vix", 5), ("small", 6)]


@pytest.mark.parametrize(
    "shorten", [lambda panel: panel.as_of(panel.sessions[9]), lambda panel: replace(panel, frame=panel.frame.iloc[:10])]
)
def test_a_shorter_panel_is_asked_for_itself(panel: Panel, shorten) -> None:
    @memoise
    def count(panel: Panel) -> int:
        return len(panel.sessions)

    whole = count(panel)
    assert count(shorten(panel)) == 10 < whole


def test_a_feature_that_others_stand_on_is_built_once(panel: Panel) -> None:
    built: list[int] = []

    def build(panel: Panel) -> pd.Series:
        built.append(len(panel.sessions))
        return panel[SMALL]

    base = Feature("base", "test", (SMALL,), (), 1, "points", "X", POINTS, 0, "", build, 1)
    above = Feature("above", "test", (SMALL,), (), 1, "points", "X", POINTS, 0, "", lambda panel: base(panel) + 1, 1)
    mine = replace(panel, market="mine")
    assert base(mine).name == "base"
    np.testing.assert_array_equal(above.values(mine), base.values(mine) + 1)
    assert built == [len(panel.sessions)]


def test_what_is_found_of_releases_serves_every_stretch_of_their_panel(panel: Panel) -> None:
    calls: list[int] = []

    @memoise
    def last(released: Releases) -> float:
        calls.append(len(released.observed))
        return float(released.observed.iloc[-1])

    stretch = replace(panel, frame=panel.frame.iloc[-10:])
    assert last(panel.releases(VIX)) == last(stretch.releases(VIX))
    assert len(calls) == 1
    earlier = panel.as_of(panel.sessions[99])
    assert last(earlier.releases(VIX)) == earlier.releases(VIX).observed.iloc[-1]
    assert len(calls) == 2
