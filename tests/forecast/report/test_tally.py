"""How many questions the forecast is better on, in words: counted by hand."""

from typing import Any

import pytest

from forecast.backtest.promotion import PromotionRule
from forecast.report.evaluation.tally import tally_of_metrics

RULE = PromotionRule(min_t=1.65)


def scores(base: tuple[float | None, float | None], plain: tuple[float | None, float | None]) -> dict[str, Any]:
    """A question of metrics.json with skill and t over the base rate and over climatology."""
    names = ("brier_skill_vs_base_rate", "brier_t_vs_base_rate", "brier_skill_vs_climatology", "brier_t_vs_climatology")
    return {"models": {"pool": dict(zip(names, (*base, *plain), strict=True))}}


def test_questions_are_counted_and_falls_by_themselves() -> None:
    questions = {
        "surge_0.5_h21": scores((0.02, 1.65), (0.03, 2.0)),  # at the threshold is surely
        "surge_1.0_h21": scores((0.01, 1.0), (0.03, 1.7)),
        "sigma_0.75_h21": scores((-0.01, -1.0), (0.0, 0.0)),  # no gain is not better
        "fall_0.05_h21": scores((0.01, None), (-0.02, -2.0)),  # a t that is not known is not surely
        "fixed_0.05_h63": {"models": {}},  # nothing settled
    }
    both, falls = tally_of_metrics(questions, RULE)
    assert both == (
        "Better than the base rate on 3 of 4 questions, surely on 1; better than climatology on 2, surely on 2; surely better than both "
        "on 1. Surely: a t of Diebold and Mariano of 1.65 or more."
    )
    assert falls == (
        "Falls alone: better than the base rate on 1 of 1 question, surely on none; better than climatology on none, surely on none; "
        "surely better than both on none."
    )


@pytest.mark.parametrize(
    ("base", "plain", "says"),
    [
        (
            (0.02, 1.7),
            (0.03, 2.0),
            "Surely better than the base rate (Brier skill +0.020, t +1.7); surely better than climatology (Brier skill +0.030, t +2.0)",
        ),
        (
            (-0.037, -0.2),
            (0.009, 0.6),
            "No better than the base rate (Brier skill -0.037, t -0.2); better than climatology (Brier skill +0.009, t +0.6), but not surely",
        ),
        (
            (None, None),
            (0.009, None),
            "No better than the base rate (Brier skill not known, t not known); better than climatology (Brier skill +0.009, t not known), "
            "but not surely",
        ),
    ],
)
def test_one_question_is_said_by_its_numbers(
    base: tuple[float | None, float | None], plain: tuple[float | None, float | None], says: str
) -> None:
    assert tally_of_metrics({"surge_0.5_h21": scores(base, plain)}, RULE) == [
        f"{says}. Surely: a t of Diebold and Mariano of 1.65 or more."
    ]


def test_nothing_is_said_where_nothing_is_settled() -> None:
    assert tally_of_metrics({"surge_0.5_h21": {"models": {}}}, RULE) == []
