"""The rule of promotion, on scores made by hand and on those of a run."""

from typing import Any

import pytest
from pydantic import ValidationError

from features.errors import InputError
from forecast.backtest import promotion
from forecast.backtest import verification as evaluation
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment, read_experiment
from forecast.backtest.promotion import PromotionRule, sentence
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models.rules import ModelRule
from forecast.target.sample import Sample

RULE = PromotionRule()


def scores(
    pool: float, *, t: float | None = 2.0, base_t: float | None = 2.0, climatology: float = 0.60, ewma: float = 0.59, garch: float = 0.59
) -> dict[str, Any]:
    """Of one question: mean Brier scores, and t of the pool against climatology and, where no other is said, the base rate."""
    losses = {"climatology": climatology, "base_rate": 0.60, "ewma": ewma, "garch": garch}
    models = {name: {"brier": loss, "rps": 1 - loss} for name, loss in losses.items()}
    sure = {f"{score}_t_vs_{name}": value for score in ("brier", "rps") for name, value in (("climatology", t), ("base_rate", base_t))}
    return {"models": {"pool": {"brier": pool, "rps": 1 - pool, **sure}, **models}}


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        (scores(0.58), None),
        (scores(0.59), None),  # as good as the others is good enough
        (scores(0.58, t=1.65), None),
        (scores(0.58, t=1.64), "t against climatology is 1.64, below 1.65"),
        (scores(0.58, t=None), "t against climatology is not known, below 1.65"),
        (scores(0.58, base_t=1.64), "t against base_rate is 1.64, below 1.65"),
        (scores(0.58, ewma=0.57), "skill over ewma is -0.0175, below 0"),
        (scores(0.58, garch=0.57), "skill over garch is -0.0175, below 0"),
        (scores(0.61, t=-1.0), "skill over climatology is -0.0167, below 0"),
        ({"models": {}}, "nothing is settled"),
    ],
)
def test_a_question_passes_where_both_references_are_surely_beaten_and_no_other_is_better(
    question: dict[str, Any], reason: str | None
) -> None:
    verdict = promotion.promotion({"asked": question}, RULE)
    assert verdict["promoted"] is (reason is None)
    assert verdict["passed"] == int(reason is None)
    assert len(verdict["reasons"]) == (1 if reason is None else 2)
    if reason is not None:
        assert reason in verdict["reasons"][1]
        assert verdict["reasons"][1].startswith("asked: ")


def test_every_question_counts_and_each_that_fails_has_its_line() -> None:
    questions = {"first": scores(0.58), "second": scores(0.58, t=0.4), "third": scores(0.60, t=0.1)}
    verdict = promotion.promotion(questions, RULE)
    assert not verdict["promoted"]
    assert verdict["reasons"] == [
        "better than climatology, base_rate, ewma and garch by brier, with t >= 1.65 against climatology and base_rate, on 1 of 3 questions; "
        "needed is every one",
        "second: t against climatology is 0.40, below 1.65",
        "third: skill over ewma is -0.0169, below 0; skill over garch is -0.0169, below 0; t against climatology is 0.10, below 1.65",
    ]
    assert sentence(verdict) == f"Not promoted: {verdict['reasons'][0]}."
    assert promotion.promotion(questions, PromotionRule(share=0.3))["promoted"]
    assert not promotion.promotion(questions, PromotionRule(share=0.4))["promoted"]


def test_a_margin_forgives_the_others_and_never_a_reference() -> None:
    assert promotion.promotion({"asked": scores(0.58, ewma=0.57)}, PromotionRule(margin=0.02))["promoted"]
    lost = promotion.promotion({"asked": scores(0.605)}, PromotionRule(margin=0.05))
    assert not lost["promoted"]
    assert sentence(lost).endswith("asked: skill over climatology is -0.0083, below 0; skill over base_rate is -0.0083, below 0.")


def test_another_score_may_decide() -> None:
    assert not promotion.promotion({"asked": scores(0.58)}, PromotionRule(score="rps"))["promoted"]


def test_without_a_question_nothing_is_promoted() -> None:
    assert not promotion.promotion({}, RULE)["promoted"]


def test_a_rule_that_is_not_in_the_run_cannot_be_beaten(sample: Sample) -> None:
    experiment = Experiment(model=ModelRule(components=("climatology", "ewma"), paths=100), walk_forward=WalkForward(refit_every=500))
    questions = evaluation.evaluate(sample, backtest([sample], experiment).forecasts, experiment.model.components)
    verdict = promotion.promotion(questions, experiment.promotion)
    assert verdict["asked"] == 3
    assert all("garch is no component of this run and cannot be beaten" in line for line in verdict["reasons"][1:])


def test_both_references_are_always_among_those_to_beat() -> None:
    with pytest.raises(InputError, match=r"promotion.over: climatology must be among the names, for `min_t` is against it"):
        read_experiment(None, ["promotion.over=['ewma']"])
    with pytest.raises(InputError, match=r"promotion.over: base_rate must be among the names, for `min_t` is against it"):
        read_experiment(None, ["promotion.over=['climatology']"])
    with pytest.raises(ValidationError, match="a name stands twice"):
        PromotionRule(over=("climatology", "climatology"))
    with pytest.raises(InputError, match=r"unknown key 'promotion.min_tt'; did you mean 'min_t'\?"):
        read_experiment(None, ["promotion.min_tt=2"])
