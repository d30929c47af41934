"""The study of feature families: complete, decided without hindsight, and the bits of full runs."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.ablation.__main__ import ablation as command
from experiments.ablation.cases import AblationCase
from experiments.ablation.gain import BrierLosses, SkillGain, mean_skill, search_overfitting, skill_gain
from experiments.ablation.page import AblationHeader, page
from experiments.ablation.picture import draw
from experiments.ablation.study import ALL, LOGISTIC, NONE, POOL, RULE, Ablation, FamilyGains, ablate, stays
from experiments.questions import QUESTIONS
from features.catalogue import catalogue, feature_matrix
from features.errors import InputError
from features.panel.panel import build_panel
from features.panel.raw import RawMarket
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment
from forecast.backtest.verification import evaluate
from forecast.backtest.verification.comparison import skill
from forecast.backtest.verification.overfitting import backtest_overfitting
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models.rules import ModelRule
from forecast.target.sample import build_sample
from forecast.target.surge import SurgeRule, episode_numbers
from tests import markets
from tests.experiments.command import exit_code

pytestmark = pytest.mark.slow

DECIDED = date(2006, 1, 3)
LAST = 1610  # a session of May 2006
HEADER = AblationHeader("2024-07-16", "simulated", "Simulated", ("2000-01-03", "2007-12-31"), "0123456789", 1.65)


def settings_of(market: RawMarket) -> list[AblationCase]:
    """Both thresholds on a simulated market, with two folds; surges may be small, so that there are enough."""
    panel = build_panel(market)
    matrix = feature_matrix(panel)
    result = []
    for min_z, questions in QUESTIONS:
        rule = SurgeRule(min_z=min_z, min_return=0.01)
        model = ModelRule(components=("climatology", "logistic"), paths=100)
        experiment = Experiment(surge=rule, model=model, walk_forward=WalkForward(start="2005-08-01", refit_every=105))
        result.append(
            AblationCase(experiment, build_sample(panel, matrix, rule, questions[:2]).up_to(LAST), panel.market, panel.digest[:10])
        )
    return result


@pytest.fixture(scope="module")
def cases() -> list[AblationCase]:
    return settings_of(markets.raw_market())


@pytest.fixture(scope="module")
def result(cases: list[AblationCase]) -> Ablation:
    return ablate(cases, decided=DECIDED)


@pytest.mark.slow
def test_the_table_has_every_family_of_the_catalogue_and_every_feature(result: Ablation) -> None:
    families = [item.family for item in catalogue().values()]
    assert [family.name for family in result.families] == list(dict.fromkeys(families))
    assert [family.of for family in result.families] == [families.count(family.name) for family in result.families]
    assert all(family.features == family.of and family.on is not None for family in result.families)
    assert all(
        np.isfinite([*family.logistic, *family.pool, family.before.adds.skill, family.after.alone.skill]).all()
        for family in result.families
    )


@pytest.mark.slow
def test_the_verdicts_hang_on_nothing_settled_later(result: Ablation) -> None:
    blind = ablate(
        settings_of(markets.with_noise_after(markets.raw_market(), pd.Timestamp(DECIDED) - pd.Timedelta(days=1))), decided=DECIDED
    )
    for whole, other in zip(result.families, blind.families, strict=True):
        assert other.before == whole.before
        assert other.on == whole.on
    assert [level.logistic[0] for level in blind.levels] == [level.logistic[0] for level in result.levels]
    assert [level.logistic[1] for level in blind.levels] != [level.logistic[1] for level in result.levels]


@pytest.mark.slow
def test_skills_are_those_of_full_runs(cases: list[AblationCase], result: Ablation) -> None:
    on = [family.name for family in result.families if family.on]
    chosen = {NONE: (), ALL: tuple(catalogue()), RULE: tuple(name for name, item in catalogue().items() if item.family in on)}
    for level in result.levels:
        skills: dict[str, list[float]] = {LOGISTIC: [], POOL: []}
        for one in cases:
            sample = replace(one.sample, chosen=tuple(name for name in one.sample.feature_names if name in chosen[level.choice]))
            full = evaluate(sample, backtest([sample], one.experiment).forecasts, one.experiment.model.components)
            for model, values in skills.items():
                values.extend(full[question.label]["models"][model]["brier_skill_vs_climatology"] for question in sample.questions)
        assert level.logistic[2] == pytest.approx(np.mean(skills[LOGISTIC]), rel=1e-12)
        assert level.pool[2] == pytest.approx(np.mean(skills[POOL]), rel=1e-12)


def losses(rng: np.random.Generator, count: int, first: int) -> BrierLosses:
    days = np.datetime64("2000-01-03") + 3 * np.arange(first, first + count)
    models = {name: rng.uniform(0.2, 0.9, count) for name in ("a", "b")}
    return BrierLosses(days, days + 30, np.arange(first, first + count), rng.uniform(0.4, 0.8, count), models, horizon=21)


def test_a_gain_is_the_difference_of_mean_skills() -> None:
    rng = np.random.default_rng(1)
    questions = [losses(rng, 300, 0), losses(rng, 120, 90)]
    assert skill_gain(questions, "a", "b").skill == pytest.approx(mean_skill(questions, "a") - mean_skill(questions, "b"), abs=1e-14)


def test_of_one_question_t_is_that_of_its_score() -> None:
    one = losses(np.random.default_rng(2), 300, 0)
    assert skill_gain([one], "a", "b").t == pytest.approx(skill(one.models["a"], one.models["b"], horizon=21).t, rel=1e-9)


def test_of_one_question_the_overfitting_of_a_search_is_that_of_its_losses() -> None:
    one = losses(np.random.default_rng(5), 300, 0)
    one = replace(one, rows=np.arange(300) * 25)  # episodes of their own
    result = search_overfitting([one], ["a", "b"])
    assert result is not None
    both = np.column_stack([one.models["a"], one.models["b"]])
    np.testing.assert_array_equal(result.logits, backtest_overfitting(both, episode_numbers(one.rows, 21)).logits)
    np.testing.assert_allclose(
        result.seen * one.climatology.mean(), backtest_overfitting(both, episode_numbers(one.rows, 21)).seen, rtol=1e-12
    )


def test_of_several_questions_each_session_counts_once_with_all_it_was_asked() -> None:
    """Two questions on the same sessions with the same losses are one."""
    one = replace(losses(np.random.default_rng(6), 200, 0), rows=np.arange(200) * 25)
    once, twice = search_overfitting([one], ["a", "b"]), search_overfitting([one, one], ["a", "b"])
    assert once is not None
    assert twice is not None
    np.testing.assert_allclose(twice.seen, once.seen, rtol=1e-12)
    assert search_overfitting([replace(one, rows=np.arange(200))], ["a", "b"]) is None  # one episode


def test_stretches_part_by_the_day_of_settlement() -> None:
    one, day = losses(np.random.default_rng(3), 300, 0), np.datetime64("2001-01-01")
    before, after = one.between(None, day), one.between(day, None)
    assert len(before.sessions) + len(after.sessions) == 300
    assert before.settled.max() < day <= after.settled.min()
    assert after.sessions.min() < day  # given before, settled after: it is not known on the day of the decision


@pytest.mark.parametrize(
    ("adds", "alone", "pool", "on"),
    [
        ((0.002, 1.2), (0.001, 0.3), 0.0001, True),
        ((0.002, 0.9), (0.001, 1.0), 0.0001, True),
        ((0.002, 0.9), (0.001, 0.9), 0.0001, False),
        ((0.002, 2.0), (-0.001, -0.2), 0.0001, False),
        ((-0.001, -0.2), (0.004, 2.0), 0.0001, False),
        ((0.002, 2.0), (0.002, 2.0), -0.0001, False),
        ((0.0, np.nan), (0.0, np.nan), 0.0, False),
    ],
)
def test_a_family_stays_if_it_takes_nothing_and_surely_gives_once(
    adds: tuple[float, float], alone: tuple[float, float], pool: float, on: bool
) -> None:
    gains = [SkillGain(value, 0.001, t) for value, t in (adds, alone, (pool, 0.5), (pool, 0.5))]
    assert stays(FamilyGains(*gains)) is on


@pytest.mark.slow
def test_the_page_fits_a_screen_and_says_what_is_off_and_how_far_a_search_would_overfit(result: Ablation, tmp_path: Path) -> None:
    text = page(result, HEADER, "ablation.png")
    assert all(f"| {family.name} " in text for family in result.families)
    off = [family.name for family in result.families if family.on is False]
    assert (f"By the rule these are off: {', '.join(off)}." if off else "By the rule none is off.") in text
    for fact in (
        "2024-07-16",
        "simulated",
        "2000-01-03 to 2007-12-31",
        "2006-01-03",
        "No feature is chosen on the whole sample",
        " deciding and ",
    ):
        assert fact in text
    assert result.choices == 2 * len(result.families) + 3  # each family without and only; all, none and by the rule
    for model in (LOGISTIC, POOL):
        searched = result.overfitting[model]
        assert searched is not None
        assert f"{searched.probability:.0%} of the cases for the {model}" in text
    wide = SkillGain(-0.0123, 0.001, -12.3)
    gains = FamilyGains(wide, wide, wide, wide)
    family = replace(result.families[0], name="fundamentals", features=10, of=12, before=gains, after=gains, on=False)
    longest = page(replace(result, families=(family,)), HEADER, "ablation.png")
    assert max(len(line) for line in (text + longest).splitlines() if line.startswith("|")) <= 100
    draw(result, HEADER, tmp_path / "ablation.png")
    assert (tmp_path / "ablation.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_a_family_without_inputs_is_said_to_have_none(cases: list[AblationCase]) -> None:
    bare = []
    for one in cases[:1]:
        columns = [k for k, name in enumerate(one.sample.feature_names) if catalogue()[name].family == "momentum"]
        names = tuple(one.sample.feature_names[k] for k in columns)
        bare.append(replace(one, sample=replace(one.sample, features=one.sample.features[:, columns], feature_names=names, chosen=names)))
    result = ablate(bare, decided=DECIDED)
    assert {family.name for family in result.families if family.on is None} == {item.family for item in catalogue().values()} - {"momentum"}
    assert "Without inputs in these data: " in page(result, HEADER, "ablation.png")


def test_a_day_before_everything_has_nothing_to_decide_on(cases: list[AblationCase]) -> None:
    with pytest.raises(InputError, match=r"--decided 2001-01-01: nothing to decide on, the first forecast was settled on 2005-"):
        ablate(cases, decided=date(2001, 1, 1))


def test_without_the_logistic_there_is_nothing_to_study(cases: list[AblationCase]) -> None:
    blind = [replace(one, experiment=one.experiment.model_copy(update={"model": ModelRule(components=("climatology",))})) for one in cases]
    with pytest.raises(InputError, match="climatology see no features; add 'logistic'"):
        ablate(blind)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere.toml", "--data", "bundled"], "nowhere.toml: no such experiment file"),
        (["nowhere.toml", "--data", "bundled", "--decided", "soon"], "--decided soon: is no date; write YYYY-MM-DD"),
        (["nowhere.toml", "--data", "bundled", "--jobs", "0"], "Invalid value for '--jobs': "),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code(command, *arguments, "--output", str(tmp_path / "out")) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith(f"error: {message}")
