"""The model confidence set, and whether any forecaster is better than a reference."""

import numpy as np

from forecast.backtest.verification.confidence_set import CONFIDENCE_SIZE, model_confidence_set

N = 300


def losses(gap: float) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(1)
    common = rng.random(N)
    return {name: common + add + 0.1 * rng.standard_normal(N) for name, add in (("good", 0.0), ("bad", gap), ("also_good", 0.0))}


def test_the_worse_leave_the_set_and_are_beaten_by_another() -> None:
    result = model_confidence_set(losses(0.2), ("good", "bad", "unknown"), horizon=5)
    assert result.set_p["bad"] < CONFIDENCE_SIZE < max(result.set_p["good"], result.set_p["also_good"])
    assert result.better_p["bad"] < 0.05 < result.better_p["good"]
    assert set(result.better_p) == {"good", "bad"}


def test_equals_stay_together_and_seeds_decide_the_bits() -> None:
    result = model_confidence_set(losses(0.0), ("good",), horizon=5)
    assert min(result.set_p.values()) > CONFIDENCE_SIZE
    assert result == model_confidence_set(losses(0.0), ("good",), horizon=5)


def test_twins_share_a_verdict_whatever_stands_beside_them() -> None:
    table = losses(0.2)
    alone = model_confidence_set(table, ("bad",), horizon=5)
    doubled = model_confidence_set({**table, "twin": table["bad"].copy()}, ("bad", "twin"), horizon=5)
    assert doubled.set_p == {**alone.set_p, "twin": alone.set_p["bad"]}
    assert doubled.better_p == {"bad": alone.better_p["bad"], "twin": alone.better_p["bad"]}


def test_of_few_rows_or_one_forecaster_nothing_is_told() -> None:
    few = {name: loss[:11] for name, loss in losses(0.2).items()}
    one = {name: losses(0.2)["good"] for name in ("one", "same")}
    for result in (
        model_confidence_set(few, ("bad",), horizon=5),
        model_confidence_set(one, ("one",), horizon=5),
        model_confidence_set({}, (), horizon=5),
    ):
        assert (result.set_p, result.better_p) == ({}, {})


def test_horizons_longer_than_the_record_are_cut_to_a_third_of_it() -> None:
    result = model_confidence_set({name: loss[:30] for name, loss in losses(0.5).items()}, ("bad",), horizon=63)
    assert result.better_p["bad"] < 0.05
