"""The layout of pictures: letters inside the figure, panels beside each other, and the figures of a page."""

import re
from pathlib import Path
from typing import Any

import pytest

from forecast.report.html.number_format import with_minus
from forecast.report.plots.style import PAGE, PHONE, canvas, heading


def letters(axes: Any) -> Any:
    return axes.get_tightbbox(bbox_extra_artists=axes.texts)


@pytest.mark.parametrize(("width", "shape"), [(PAGE, (1, 1)), (PAGE, (2, 3)), (PHONE, (1, 1)), (PHONE, (2, 1))])
def test_panels_and_their_letters_lie_inside_the_figure_and_on_no_other(width: float, shape: tuple[int, int]) -> None:
    with canvas(width, 4.0) as figure:
        heading(figure, "A title that is longer than a phone is wide, and so has two lines or more")
        panels = figure.subplots(*shape, squeeze=False).ravel()
        for axes in panels:
            axes.plot([0, 2_000], [-0.5, 0.5], label="a line")
            axes.set_ylabel("a long name of an axis")
            axes.set_title("a panel")
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower left")
    boxes = [letters(axes) for axes in panels]
    legend, title = figure.legends[0].get_window_extent(), figure.texts[0].get_window_extent()
    for place, box in enumerate(boxes):
        assert box.x0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y0 >= legend.y1
        assert box.y1 <= title.y0
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
    assert len({round(axes.get_position().width, 9) for axes in panels}) == 1  # all panels are alike
    assert len({round(axes.get_position().height, 9) for axes in panels}) == 1


def test_every_legend_of_a_figure_stands_below_its_panels_as_the_layout_places_them() -> None:
    root = Path(__file__).parents[3]
    sources = [path.read_text("utf-8") for room in ("forecast", "experiments", "benchmarks") for path in (root / room).rglob("*.py")]
    places = re.findall(r'figure\.legend\([^\n]*loc="([a-z ]+)"', "\n".join(sources))
    assert len(places) > 10
    assert [place for place in places if not place.startswith("outside lower")] == []


def test_a_figure_without_a_panel_stays_as_it_is() -> None:
    with canvas(PAGE, 1.0) as figure:
        heading(figure, "Nothing to draw")
    assert figure.axes == []


def test_negative_figures_have_a_minus_sign_and_words_and_days_their_hyphens() -> None:
    text = with_minus("one-year yield -48 bp [-56, +35], 2024-07-16, -0.5e-3")
    assert text == "one-year yield \N{MINUS SIGN}48 bp [\N{MINUS SIGN}56, +35], 2024-07-16, \N{MINUS SIGN}0.5e-3"
