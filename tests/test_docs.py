"""The documentation site: built strictly, without a network, and true to the code."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path

import pytest

from forecast.backtest.verification import calibration_monitor as monitor
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.cli.exit_codes import MEANING
from forecast.engines.passage import first_passage as passage
from forecast.engines.passage import random_walk as walk
from forecast.engines.passage.parameter_draws import DRAWS
from forecast.models import MODELS, drift, heavy, shared
from forecast.models import variance_regression as har
from forecast.models.ensemble import intervals
from forecast.models.range_variance import SCALE_HALFLIFE
from forecast.models.rules import CalibrationRule, IntervalRule, PoolRule
from forecast.target.surge import SurgeRule

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
TEXTS = {path.stem: path.read_text("utf-8") for path in (DOCS / "explanation").glob("*.md")}
LOADING = {"script": "src", "img": "src", "iframe": "src", "link": "href"}  # what a browser fetches by itself


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("question", f"$w = {SurgeRule().window}$"),
        ("question", f"half-life of {SurgeRule().vol_halflife:g} sessions"),
        ("question", f"r_t \\ge {SurgeRule().min_return}$"),
        ("question", f"by default {SurgeRule().min_z}"),
        ("components", f"at most {passage.BATCHES}\nbatches"),
        ("components", f"| `ewma` | 0 | {1 - MODELS['ewma']().decay:.2f} | 0 | {MODELS['ewma']().decay} |"),
        ("components", f"| `range` | 0 | {1 - MODELS['range']().decay:.2f} | 0 | {MODELS['range']().decay} |"),
        ("components", f"half-life {SCALE_HALFLIFE:,} sessions"),
        ("components", f"t with {heavy.TAILS:g} degrees of freedom"),
        ("components", f"$k$ = {har.HORIZONS[0]}, {har.HORIZONS[1]} and {har.HORIZONS[2]} sessions"),
        ("components", f"$q$ of half-life {har.LEVEL}"),
        ("components", f"half-lives $l$ = {', '.join(map(str, har.HALFLIVES[:-1]))} and {har.HALFLIVES[-1]}"),
        ("components", f"half-lives {har.NEWS[0]} and {har.NEWS[1]}"),
        ("components", f"standard deviation {har.MARKET_SD:g}"),
        (
            "components",
            f"with {MODELS['regime']().mean_prior:g} sessions' worth of evidence, each volatility with {MODELS['regime']().vol_prior:g}",
        ),
        ("components", f"{walk.BETWEEN_CLOSES}"),
        ("components", f"N(0, {MODELS['shared']().prior_sd}^2), \\quad u \\sim N(0, {MODELS['shared']().market_sd}^2)"),
        ("components", f"in any market) times {MODELS['shared']().evidence:g}"),
        ("components", f"\\text{{within}} \\pm {shared.STRONGEST}"),
        ("components", f"{drift.PREMIUM_YEARS:g} \\cdot 252"),
        ("components", f"a premium of {drift.PREMIUM * 252:.2f} a year"),
        ("components", f"${MODELS['logistic']().prior_sd} / \\sqrt{{k}}$"),
        ("components", f"p = \\frac{{{MODELS['analogs']().prior_episodes:g}\\, c + n f}}{{{MODELS['analogs']().prior_episodes:g} + n}}"),
        ("components", f"\\sum v^2 = {MODELS['analogs']().neighbours:g}$"),
        ("forecast", f"2^{{-a / {PoolRule().half_life:g}}}"),
        ("forecast", f"{PoolRule().prior_episodes:g} \\sum_k m_k \\log w_k"),
        ("forecast", f"\\ge {PoolRule().margin:g}."),
        ("forecast", f"{CalibrationRule().prior_sd} in log odds on what all questions share, {CalibrationRule().question_sd} on"),
        ("forecast", f"{intervals.LOOSEST}^{{-2}} + n\\, p (1 - p)"),
        ("forecast", f"a Gaussian kernel of {intervals.NEAR} in log odds"),
        ("forecast", f"at {DRAWS} draws"),
        ("judgement", f"refitted every {WalkForward().refit_every} sessions"),
        ("judgement", f"\\frac{{1}}{{{len(monitor.FAULTS)}}} \\sum_f"),
        ("judgement", f"exceeds {1 / monitor.ALARM:g}, ever, with a probability of {monitor.ALARM:.0%}".replace("%", " %")),
    ],
)
def test_the_explanation_states_the_numbers_of_the_code(page: str, said: str) -> None:
    assert said in TEXTS[page]


def test_every_file_that_the_explanation_names_is_there() -> None:
    for page, text in TEXTS.items():
        for name in re.findall(r"`((?:forecast|features|examples)/[\w/.]+)`", text):
            assert (ROOT / name).exists(), f"{page}: {name}"


def test_every_test_that_the_page_of_checks_names_is_there_and_its_figures_are_those_of_the_benchmark() -> None:
    page = (DOCS / "checked_against.md").read_text("utf-8")
    names = re.findall(r"`((?:forecast|features)/[\w/]+\.py)`", page)
    assert len(names) > 20
    for name in names:
        assert (ROOT / "tests" / name).exists(), name
    measured = (DOCS / "accuracy.md").read_text("utf-8")
    section = page.partition("## Volatility and regimes")[2].partition("## Rate odds")[0]
    figures = set(re.findall(r"-\d{3,4}\.\d+", section))
    assert len(figures) > 15
    assert {figure for figure in figures if figure not in measured} == set()
    for model in ("GARCH, DM/GBP", "EGARCH, DM/GBP", "Hamilton's GNP"):
        rows = re.findall(rf"^\| {re.escape(model)}[^|]*\|[^|]*\|[^|]*\|[^|]*\| ([\d.]+) \|$", measured, re.MULTILINE)
        digits = sorted(map(float, rows))
        assert f"{digits[0]} to {digits[-1]} digits" in section, model


def test_every_module_of_the_reference_can_be_imported() -> None:
    named = [
        name
        for path in (DOCS / "reference" / "python").glob("*.md")
        for name in re.findall(r"automodule:: ([\w.]+)", path.read_text("utf-8"))
    ]
    assert len(named) > 10
    for name in named:
        assert import_module(name).__doc__


def test_the_command_line_page_has_every_exit_code() -> None:
    page = (DOCS / "reference" / "command_line.md").read_text("utf-8")
    assert [int(code) for code in re.findall(r"^\| (\d+) \|", page, re.MULTILINE)] == [code.value for code in MEANING]


def test_the_level_of_the_tutorial_is_the_default() -> None:
    assert f"its {IntervalRule().level:.0%} interval" in (DOCS / "tutorial.md").read_text("utf-8")


class Loads(HTMLParser):
    """What a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in LOADING and given.get("rel") not in ("canonical", "license") and (place := given.get(LOADING[tag])):
            self.found.append(place)


@pytest.mark.slow
def test_the_site_builds_without_warnings_and_loads_nothing_from_elsewhere(tmp_path: Path) -> None:
    for needed in ("sphinx", "furo", "myst_parser", "latex2mathml"):
        pytest.importorskip(needed, reason="the docs extra is not installed; `make docs` builds the site")
    command = [sys.executable, "-m", "sphinx", "-W", "-q", "-b", "html", "-d", str(tmp_path / "trees"), str(DOCS), str(tmp_path / "site")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 25
    for page in pages:
        loads = Loads()
        loads.feed(page.read_text("utf-8"))
        for place in loads.found:
            assert "//" not in place, f"{page.name} loads {place}"
            assert (page.parent / place.split("?")[0].split("#")[0]).exists(), f"{page.name} lacks {place}"
    for sheet in (tmp_path / "site").rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:|@import", sheet.read_text("utf-8")), sheet.name
    components = (tmp_path / "site" / "explanation" / "components.html").read_text("utf-8")
    assert components.count("<math") > 40
    assert "$" not in re.sub(r"<(script|math|pre)\b.*?</\1>", "", components, flags=re.DOTALL)
    commands = (tmp_path / "site" / "reference" / "command_line.html").read_text("utf-8")
    assert "--tracking-uri" in commands
