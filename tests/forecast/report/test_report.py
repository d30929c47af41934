"""The report: what is on the page, of runs that have everything and of runs that lack nearly all."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.colors import Colormap, to_hex

from features.rates.fedwatch import odds
from forecast.backtest.forecaster_names import CLIMATOLOGY, POOL
from forecast.backtest.verification.comparison import diebold_mariano
from forecast.backtest.verification.scores import brier
from forecast.engines.passage.first_passage import first_passage
from forecast.engines.probabilities import shares
from forecast.engines.seeds import session_key
from forecast.report.answer_words import HAPPENS
from forecast.report.html import answer as answer_section
from forecast.report.html import fan as fan_section
from forecast.report.html import page as page_module
from forecast.report.html import regimes as regimes_section
from forecast.report.html import scenarios as scenarios_section
from forecast.report.html import skill as skill_section
from forecast.report.html.fan import PATHS, simulated
from forecast.report.html.inline_svg import inlined
from forecast.report.html.page import SECTIONS, Report, build
from forecast.report.html.page_elements import MissingPartError, Section
from forecast.report.html.rates import strip
from forecast.report.html.regimes import filtered
from forecast.report.html.report_data import ReportData
from forecast.report.plots import rate_path
from forecast.report.plots.style import (
    OUTCOME_COLOURS,
    OUTCOME_TEXT,
    PAGE,
    THEME,
    TINTS,
    canvas,
    contrast,
    density_colours,
    ink_on,
    lean_colours,
)
from forecast.runs.answer.answer import Answer
from forecast.target.outcome import OUTCOMES, first_barrier_met
from tests import reports
from tests.commands import run
from tests.reports import ODD_NAME, report_of, run_of

Factory = pytest.TempPathFactory
CASES = ["whole", "bare", "no surge"]
MISSING = {  # what a page says where a part cannot be made, by run and part
    ("bare", "regimes"): "the run has no component `regime` or `msgarch`",
    ("bare", "rates"): "prices of fed funds futures are not among the data, nor are published odds. `forecast doctor`",
    ("bare", "analogs"): "the run has no component `analogs`",
    ("bare", "sensitivity"): "One question was asked",
    ("bare", "pullbacks"): "No fall was asked about; [pullback] of the experiment asks sizes and horizons.",
    ("bare", "scenarios"): "The experiment states no scenario",
    ("no surge", "answer"): "A surge is a 5-session log return of at least 100.0",
    ("no surge", "fan"): "No surge in this history could be forecast",
    ("no surge", "pullbacks"): "No surge in this history could be forecast",
    ("no surge", "contrasts"): "No surge in this history could be forecast",
    ("no surge", "drivers"): "No surge in this history could be forecast",
    ("no surge", "analogs"): "No surge in this history could be forecast",
    ("no surge", "sensitivity"): "No surge in this history could be forecast",
    ("no surge", "reliability"): "0\N{NO-BREAK SPACE}forecasts of the main question settled",
    ("no surge", "skill"): "0\N{NO-BREAK SPACE}forecasts of the main question settled",
    ("no surge", "worth"): "0\N{NO-BREAK SPACE}forecasts of the main question settled",
    ("no surge", "scenarios"): "No surge in this history could be forecast",
}


def part(report: Report, key: str) -> str:
    """The HTML of one section."""
    return report.html.split(f'<section id="{key}"')[1].split("</section>")[0]


@pytest.mark.parametrize("case", CASES)
def test_every_part_is_on_the_page_or_says_why_it_is_not(case: str, tmp_path_factory: Factory) -> None:
    report = report_of(case, tmp_path_factory)
    assert report.failed == ()
    assert [section.key for section in report.sections] == [module.KEY for module in SECTIONS]
    lacking = {section.key: section.missing for section in report.sections if section.missing}
    assert set(lacking) == {key for which, key in MISSING if which == case} | ({"rates"} & set(lacking)) | (
        {"regimes", "analogs", "sensitivity", "scenarios"} & set(lacking)
    )
    for (which, key), words in MISSING.items():
        if which == case:
            assert words in (lacking[key] or "")
            assert "<svg" not in part(report, key)


@pytest.mark.parametrize(("surge", "marks"), [(np.datetime64("2008-09-04"), 1), (None, 0)])
def test_published_odds_of_a_day_without_a_surge_mark_none(surge: np.datetime64 | None, marks: int) -> None:
    days = np.array(["2008-09-03", "2008-09-04"], dtype="datetime64[D]")
    with canvas(PAGE, 3.0) as figure:
        rate_path.paint(figure, "Odds", {3: -0.25}, days, {"after the next meeting": np.array([0.1, 0.2])}, surge)
        assert sum(text.get_text() == "surge" for text in figure.axes[1].texts) == marks


def test_a_run_with_everything_has_every_picture_and_below_each_a_table(tmp_path_factory: Factory) -> None:
    report = report_of("whole", tmp_path_factory)
    pictured = [section.key for section in report.sections if section.picture]
    assert pictured == [module.KEY for module in SECTIONS if module.KEY not in ("scenarios", "unknown", "about")]
    for key in pictured:
        html = part(report, key)
        assert html.count("<svg") == 2  # for a wide window and for a narrow one
        assert html.index("</figure>") < html.index("<details")


@pytest.mark.parametrize("case", CASES)
def test_no_identifier_is_before_a_reader_of_the_page(case: str, tmp_path_factory: Factory) -> None:
    """But the run's own name, in the last part."""
    report = report_of(case, tmp_path_factory)
    texts = [text for section in report.sections if section.key != "about" for text in _texts(section)]
    texts += [svg for drawing in report.drawings.values() for svg in re.findall(r"<text[^>]*>([^<]*)", drawing.svg)]
    assert len(texts) > 20
    assert [text for text in texts if re.search(r"[a-z]_[a-z0-9]", text.replace("$x_1$", ""))] == []


def _texts(section: Section) -> list[str]:
    cells = [cell for table in section.tables for row in (table.head, *table.rows) for cell in (table.caption, *row)]
    return [section.title, *section.text, *section.points, section.missing or "", *cells]


@pytest.mark.parametrize("case", CASES)
def test_the_page_is_valid_html_without_script_or_address(case: str, tmp_path_factory: Factory) -> None:
    html5lib = pytest.importorskip("html5lib")
    html = report_of(case, tmp_path_factory).html
    html5lib.HTMLParser(strict=True).parse(html)
    assert "http" not in html
    assert "<script" not in html.lower()
    assert not re.search(r'\b(src|srcset|xlink:href|onload|onclick)\s*=|@import|url\((?!#)|href="(?!#)', html)
    assert '<html lang="en">' in html
    assert '<meta name="viewport" content="width=device-width, initial-scale=1">' in html
    assert len(html) < 3_000_000


@pytest.mark.parametrize("case", ["whole", "bare"])
def test_names_in_the_page_are_its_own_and_those_referred_to_are_there(case: str, tmp_path_factory: Factory) -> None:
    html = report_of(case, tmp_path_factory).html
    names = re.findall(r'\bid="([^"]+)"', html)
    assert len(names) == len(set(names))
    referred = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)|aria-labelledby="([^"]+)"', html))
    assert {name for group in referred for name in group if name} <= set(names)


def test_scenarios_are_one_sentence_before_their_tables(tmp_path_factory: Factory) -> None:
    run, report = run_of("whole", tmp_path_factory), report_of("whole", tmp_path_factory)
    answer = Answer.model_validate(json.loads((run.folder / "forecast.json").read_text()))
    main = answer.questions[0].model_copy(update={"probabilities": {"reverse": 0.3, "stall": 0.3, "continue": 0.4}})
    moved = {"calm": {"reverse": 0.3, "stall": 0.303, "continue": 0.397}, "wild": {"reverse": 0.308, "stall": 0.3, "continue": 0.392}}
    scenarios = [
        answer.scenarios[0].model_copy(update={"scenario": name, "probabilities": {main.question: p}}) for name, p in moved.items()
    ]
    sentence = scenarios_section.largest_move(answer.model_copy(update={"scenarios": scenarios}), main)
    assert sentence.replace("\N{NO-BREAK SPACE}", " ") == (
        "No scenario moves continue by more than 0.8 points; the largest move is that of wild, from 40.0 % to 39.2 %."
    )
    section = next(section for section in report.sections if section.key == "scenarios")
    assert section.text[0].startswith("No scenario moves continue by a tenth of a point from ")
    assert len(section.tables[0].rows) == 1 + len(answer.scenarios)


@pytest.mark.parametrize("case", CASES)
def test_a_picture_has_a_text_in_its_place_with_figures_in_it(case: str, tmp_path_factory: Factory) -> None:
    html = report_of(case, tmp_path_factory).html
    for tag in re.findall(r"<svg[^>]*>", html):
        label = re.search(r'role="img".* aria-label="([^"]+)"', tag)
        assert label
        assert len(label[1]) > 60
        assert re.search(r"\d", label[1])


def test_the_page_begins_with_one_number_in_plain_words_what_usually_happens_and_how_sure_it_is(tmp_path_factory: Factory) -> None:
    run, report = run_of("whole", tmp_path_factory), report_of("whole", tmp_path_factory)
    main = Answer.model_validate(json.loads((run.folder / "forecast.json").read_text())).questions[0]
    name = max(OUTCOMES, key=lambda outcome: main.probabilities[outcome])
    first = report.sections[0].text[0]
    assert first.startswith(f"{100 * main.probabilities[name]:.0f} of 100: it {HAPPENS[name]}, ")
    counts = re.search(r"What usually happens: of (\d+) past episodes like it, (\d+) continued, (\d+) stalled, (\d+) reversed\.", first)
    assert counts
    assert re.search(r"reversed\. How sure: (unproven, )?in \d+.past episodes? the forecast was (not )?surely better than ", first)
    whole, *parts = (int(count) for count in counts.groups())
    assert whole == main.base_episodes == sum(parts)


def test_the_answer_comes_first_with_the_forecast_before_the_base_rate(tmp_path_factory: Factory) -> None:
    run, report = run_of("whole", tmp_path_factory), report_of("whole", tmp_path_factory)
    main = Answer.model_validate(json.loads((run.folder / "forecast.json").read_text())).questions[0]
    lead = report.sections[0].text[1]
    for outcome in OUTCOMES:
        assert f"{outcome} {100 * main.probabilities[outcome]:.0f}\N{NO-BREAK SPACE}%" in lead
        assert f"{outcome} {100 * main.base_rate[outcome]:.0f}\N{NO-BREAK SPACE}%" in lead
        assert f"[{100 * main.interval[outcome][0]:.0f}," in lead
    assert report.html.index("<h2") == report.html.index('<h2 id="answer-title"')
    doubted = main.model_copy(update={"headline": main.headline.model_copy(update={"standing": "unproven: t 1"}), "demonstrated": False})
    earned = main.model_copy(update={"skill_t": 2.0, "demonstrated": True})
    assert answer_section.sentence(doubted).startswith("The forecast, unproven on this question (t 1), is continue")
    assert answer_section.sentence(doubted).index("The forecast") < answer_section.sentence(doubted).index("The base rate")
    assert answer_section.sentence(earned).startswith("The forecast, whose skill on this question is demonstrated (t 2.00")


def test_names_are_no_tags(tmp_path_factory: Factory) -> None:
    html = report_of("bare", tmp_path_factory).html
    assert "<b>" not in html
    escaped = "&lt;b&gt;Odd &amp; sons&lt;/b&gt; $x_1$"
    assert f"<title>{escaped}" in html
    assert ODD_NAME not in html


def test_an_earlier_surge_is_said_to_be_one_and_its_fan_shows_what_happened_since(tmp_path_factory: Factory) -> None:
    report = report_of("bare", tmp_path_factory)
    assert "the last session known, is no surge" in part(report, "answer")
    fan = part(report, "fan")
    assert "What happened since" in fan
    assert "has seen what followed" in fan


def test_a_history_without_a_surge_still_shows_the_index_and_what_is_not_known(tmp_path_factory: Factory) -> None:
    report = report_of("no surge", tmp_path_factory)
    assert "No session is a surge" in part(report, "surge")
    assert "<svg" in part(report, "surge")
    assert "no surge to forecast" in report.html.partition("</h1>")[0]
    assert "Moves within a session" in part(report, "unknown")


@pytest.mark.slow
def test_a_part_that_fails_leaves_the_others_and_is_named(tmp_path_factory: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: ReportData) -> None:
        raise ZeroDivisionError("no such\nthing")

    monkeypatch.setattr(page_module.skill, "section", broken)
    report = build(run_of("no surge", tmp_path_factory))
    assert report.failed == ("Skill through time: This part could not be made (ZeroDivisionError: no such thing).",)
    assert "ZeroDivisionError" in part(report, "skill")
    assert "<svg" in part(report, "surge")


@pytest.mark.slow
def test_without_paths_there_is_no_fan_and_the_page_says_why(tmp_path_factory: Factory) -> None:
    with pytest.raises(MissingPartError, match="none of its components does: climatology and logistic"):
        fan_section.section(ReportData.of(run_of("no paths", tmp_path_factory)))


@pytest.mark.slow
def test_the_paths_of_a_single_component_meet_the_barriers_as_its_forecast_says(tmp_path_factory: Factory) -> None:
    data = ReportData.of(run_of("bare", tmp_path_factory))
    _, main, row = data.forecast()
    fan = simulated(data, main, row)
    assert fan.counts == {"ewma": PATHS}
    met = np.bincount(first_barrier_met(fan.moves, np.full(len(fan.moves), main.barrier)), minlength=3)
    seen = data.sample.up_to(row)
    key = session_key(data.experiment.seed, seen.market, seen.sessions[-1])
    law = data.fitted["ewma"].sessions_ahead(seen)  # type: ignore[attr-defined]
    expected = first_passage(law, np.array([main.barrier]), np.array([main.horizon]), key=key, paths=PATHS).probabilities[0]
    np.testing.assert_allclose(shares(met.astype(float)), expected, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_components_have_paths_by_their_weight(tmp_path_factory: Factory) -> None:
    data = ReportData.of(run_of("whole", tmp_path_factory))
    _, question, row = data.forecast()
    main = question.model_copy(update={"weights": {"climatology": 0.5, "ewma": 0.3, "garch": 0.1, "regime": 0.1}})
    assert simulated(data, main, row).counts == {"ewma": 0.6 * PATHS, "garch": 0.2 * PATHS, "regime": 0.2 * PATHS}
    nought = main.model_copy(update={"weights": dict.fromkeys(main.weights, 0.0)})
    assert set(simulated(data, nought, row).counts) == {"ewma", "garch", "regime"}


@pytest.mark.slow
def test_regimes_are_those_of_msgarch_where_there_is_no_regime_component(tmp_path_factory: Factory) -> None:
    data = ReportData.of(run_of("switching", tmp_path_factory))
    regimes = filtered(data)
    assert regimes is not None
    assert regimes[0] == "msgarch"
    np.testing.assert_allclose(regimes[1].sum(axis=1), 1, atol=1e-9)
    assert regimes_section.section(data).picture is not None


def test_rate_odds_are_those_of_the_futures_on_the_day_of_the_surge(tmp_path_factory: Factory) -> None:
    data = ReportData.of(run_of("whole", tmp_path_factory))
    panel = data.dataset.panel
    on = panel.sessions[-1]
    prices = strip(panel, on)
    assert list(prices)[:2] == ["2008-08", "2008-09"]  # the month before, and the running one
    assert prices["2008-10"] == panel.frame["futures_1"].iloc[-1]
    rate_odds = odds(on, prices)
    assert f"{100 * rate_odds.distributions[0].p_cut:.0f}\N{NO-BREAK SPACE}%" in part(report_of("whole", tmp_path_factory), "rates")


@pytest.mark.slow
def test_the_band_of_luck_is_left_at_the_end_exactly_where_t_is_beyond_it(tmp_path_factory: Factory) -> None:
    record = ReportData.of(run_of("whole", tmp_path_factory)).record(skill_section.LEAST, "skill")
    gain = brier(record.probabilities[CLIMATOLOGY], record.outcomes) - brier(record.probabilities[POOL], record.outcomes)
    horizon = record.question.horizon
    end = gain.sum() / skill_section.luck(gain, horizon)[-1]
    assert end == pytest.approx(diebold_mariano(gain, horizon=horizon).t / skill_section.NINE_IN_TEN)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_and_lines_stand_out_from_the_paper_in_both_schemes(scheme: str) -> None:
    colour = {name: getattr(shade, scheme) for name, shade in THEME.items()}
    for name in ("ink", "muted", "blue_text", "vermilion_text", "grey_text"):  # WCAG 2.2, 1.4.3: 4.5 for letters
        assert contrast(colour[name], colour["paper"]) >= 4.5, name
        assert contrast(colour[name], colour["shade"]) >= 4.5, name
    for name in ("blue", "vermilion", "grey", "accent"):  # 1.4.11: 3 for what has to be seen
        assert contrast(colour[name], colour["paper"]) >= 3, name
    assert contrast("#FFFFFF", "#000000") == pytest.approx(21)  # WCAG's own example


@pytest.mark.parametrize("hues", [density_colours(), lean_colours()], ids=["density", "lean"])
def test_figures_on_tiles_of_any_colour_can_be_read(hues: Colormap) -> None:
    for share in np.linspace(0, 1, 101):
        tile = hues(share)
        assert to_hex(tile).upper() not in {shade.light for shade in THEME.values()}  # which would be another colour on a dark page
        assert contrast(ink_on(tile), tile) >= 4.5


def test_colours_of_the_theme_are_told_apart_by_name() -> None:
    light = [shade.light for shade in THEME.values()]
    assert len(set(light)) == len(light)
    assert {*OUTCOME_COLOURS.values(), *OUTCOME_TEXT.values(), *TINTS} <= set(light)


def test_an_svg_in_a_page_takes_its_colours_and_letters_and_names_of_its_own() -> None:
    address = "http" + "://www.w3.org/2000/svg"
    svg = (
        f'<?xml version="1.0"?><svg xmlns="{address}" viewBox="0 0 9 9"><metadata>{address}</metadata><defs>'
        '<style type="text/css">*{stroke-linecap: butt}</style><clipPath id="p1"><path d="M 0.123456 -1.5"/></clipPath></defs>'
        '<g id="unused"><use xlink:href="#p1" style="fill: #222222; stroke: #123456"/><g clip-path="url(#p1)"/>'
        "<text style=\"font: 9px 'DejaVu Sans', sans-serif; text-anchor: end\">a</text></g></svg>"
    )
    body = inlined(svg, "fan")
    assert "http" not in body
    assert "style>" not in body
    assert 'clipPath id="fan-p1"' in body
    assert 'href="#fan-p1"' in body
    assert "url(#fan-p1)" in body
    assert "unused" not in body
    assert "fill: var(--ink); stroke: #123456" in body
    assert "font: 9px var(--letters); text-anchor: end" in body
    assert 'd="M 0.12 -1.5"' in body


@pytest.mark.slow
def test_the_command_writes_the_same_page_again_and_its_pictures(tmp_path: Path, tmp_path_factory: Factory) -> None:
    folder = run_of("bare", tmp_path_factory).folder
    done = run("report", str(folder), "--output", str(tmp_path / "page.html"), "--pictures", str(tmp_path / "drawn"))
    assert (done.returncode, done.stderr) == (0, "drawing the report ...\ndrawing the pictures ...\n")
    assert (tmp_path / "page.html").read_text("utf-8") == report_of("bare", tmp_path_factory).html
    names = {section.picture.name for section in report_of("bare", tmp_path_factory).sections if section.picture}
    assert {path.name for path in (tmp_path / "drawn").iterdir()} == {f"{name}.{kind}" for name in names for kind in ("png", "svg")}
    assert (tmp_path / "drawn" / "answer.png").read_bytes().startswith(b"\x89PNG")
    assert "<text" in (tmp_path / "drawn" / "answer.svg").read_text("utf-8")
    assert not (folder / "report.html").exists()


def test_a_mistake_of_the_user_is_one_line(tmp_path: Path, tmp_path_factory: Factory) -> None:
    for arguments in (
        [str(tmp_path)],
        [str(run_of("no surge", tmp_path_factory).folder), "--output", str(tmp_path / "none" / "page.html")],
    ):
        done = run("report", "--quiet", *arguments)
        assert done.returncode == 2
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


def test_the_small_runs_are_what_their_names_say(tmp_path_factory: Factory) -> None:
    answers = {case: json.loads((run_of(case, tmp_path_factory).folder / "forecast.json").read_text()) for case in reports.EXPERIMENTS}
    assert answers["no surge"] is None
    assert answers["whole"]["is_surge_today"]
    assert not answers["bare"]["is_surge_today"]
    assert answers["whole"]["analogs"]
    assert len(answers["whole"]["questions"]) > 2
