"""One colour has one meaning in every picture, for every colour vision."""

import ast
import itertools
import re
from pathlib import Path

import numpy as np
import pytest

from forecast.engines.arrays import Float
from forecast.report import plots
from forecast.report.plots.style import OUTCOME_COLOURS, THEME
from tests.reports import report_of

PICTURES = [path for path in Path(plots.__path__[0]).glob("*.py") if path.name != "style.py"]
# Machado, Oliveira and Fernandes (2009), IEEE Trans. Vis. Comput. Graph. 15(6), severity 1.0, of linear RGB
VISIONS = {
    "every cone": np.eye(3),
    "protanopia": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deuteranopia": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritanopia": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])  # IEC 61966-2-1
WHITE = np.array([0.95047, 1.0, 1.08883])  # D65
APART = 20  # of Lab (CIE 1976), where 2.3 is just noticed
MEANINGS = ("blue", "grey", "vermilion", "ink", "accent")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("vision", VISIONS)
def test_outcomes_and_other_series_are_told_apart_by_every_colour_vision(scheme: str, vision: str) -> None:
    seen = {name: lab(getattr(THEME[name], scheme), VISIONS[vision]) for name in MEANINGS}
    for first, second in itertools.combinations(MEANINGS, 2):
        assert np.linalg.norm(seen[first] - seen[second]) >= APART, (first, second)


def lab(colour: str, vision: Float) -> Float:
    """CIE Lab of a colour such as #0072B2 as a `vision` sees it."""
    shares = np.array([int(colour[place : place + 2], 16) for place in (1, 3, 5)]) / 255
    linear = np.where(shares <= 0.04045, shares / 12.92, ((shares + 0.055) / 1.055) ** 2.4)
    xyz = XYZ @ np.clip(vision @ linear, 0, 1) / WHITE
    root = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * root[1] - 16, 500 * (root[0] - root[1]), 200 * (root[1] - root[2])])


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.stem)
def test_a_picture_takes_its_colours_from_the_style_and_outcomes_by_their_name(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    assert [text for text in texts if re.fullmatch(r"#[0-9A-Fa-f]{6}|C\d|tab:\w+|black|gr[ae]y|red|green|blue|orange", text)] == []
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert not names & {"THEME", "CATEGORIES", "colormaps"}


def test_colours_of_outcomes_are_in_pictures_of_outcomes_alone(tmp_path_factory: pytest.TempPathFactory) -> None:
    """The tiles of the sensitivity have shades between those of two outcomes."""
    drawings = report_of("whole", tmp_path_factory).drawings
    coloured = {key for key, drawing in drawings.items() if any(colour.lower() in drawing.svg for colour in OUTCOME_COLOURS.values())}
    assert coloured == {"answer", "fan", "pullbacks", "analogs", "contrasts", "reliability"} & set(drawings)
    assert {"surge", "regimes", "rates", "drivers", "skill", "worth"} <= set(drawings) - coloured
