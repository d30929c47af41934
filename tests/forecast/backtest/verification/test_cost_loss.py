"""The Murphy diagram and the economic value against exact computations."""

import numpy as np
import pytest

from forecast.backtest.verification import economic_value, elementary_scores, gain_over_habit, murphy_diagram
from forecast.engines.arrays import Float

RATIOS = np.linspace(0.01, 0.99, 99)


@pytest.fixture(scope="module")
def record() -> tuple[Float, Float]:
    """Probabilities, some of them alike, and whether the event came."""
    rng = np.random.default_rng(5)
    probabilities = np.round(rng.beta(2, 3, 200), 2).clip(0.01, 0.99)
    return probabilities, (rng.random(200) < probabilities).astype(np.float64)


def test_twice_the_integral_of_the_murphy_diagram_is_the_brier_score(record: tuple[Float, Float]) -> None:
    probabilities, happened = record
    edges = np.unique(np.concatenate([[0.0], probabilities, [1.0]]))  # between them the curve is straight, so its middle is its mean
    integral = murphy_diagram(probabilities, happened, (edges[1:] + edges[:-1]) / 2) @ np.diff(edges)
    assert 2 * integral == pytest.approx(np.mean((probabilities - happened) ** 2), abs=1e-12)


def test_an_elementary_score_is_the_regret_of_whoever_acts_above_the_threshold() -> None:
    scores = elementary_scores(np.array([0.3, 0.3, 0.8, 0.8]), np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.25, 0.3, 0.75]))
    assert scores.tolist() == [[0.25, 0, 0], [0, 0.7, 0.25], [0.25, 0.3, 0.75], [0, 0, 0]]  # 0.3 is not above 0.3


def test_the_value_is_that_of_the_table_of_actions_and_events(record: tuple[Float, Float]) -> None:
    probabilities, happened = record
    value = economic_value(probabilities, happened, RATIOS)
    for ratio, shown in zip(RATIOS.tolist(), value.tolist(), strict=True):
        acted, came = probabilities > ratio, happened > 0.5
        expense = ratio * acted.mean() + (came & ~acted).mean()  # Richardson (2000): cost of each action, and each loss not averted
        habit, perfect = min(ratio, came.mean()), ratio * came.mean()
        assert shown == pytest.approx((habit - expense) / (habit - perfect), abs=1e-12)


def test_a_perfect_forecast_is_worth_all_and_the_frequency_nothing(record: tuple[Float, Float]) -> None:
    _, happened = record
    np.testing.assert_allclose(economic_value(happened, happened, RATIOS), 1, atol=1e-12)
    np.testing.assert_allclose(economic_value(np.full(len(happened), happened.mean()), happened, RATIOS), 0, atol=1e-12)


def test_at_the_ratio_of_the_frequency_the_value_is_hits_less_false_alarms(record: tuple[Float, Float]) -> None:
    probabilities, happened = record
    share = happened.mean()
    acted = probabilities > share
    hits, false_alarms = acted[happened > 0.5].mean(), acted[happened < 0.5].mean()
    assert economic_value(probabilities, happened, np.array([share]))[0] == pytest.approx(
        hits - false_alarms
    )  # Richardson (2000), section 4


def test_what_is_not_known_has_no_value() -> None:
    none, row = np.empty(0), np.array([0.5])
    assert np.isnan(murphy_diagram(none, none, RATIOS)).all()
    assert np.isnan(economic_value(none, none, RATIOS)).all()
    assert np.isnan(economic_value(row, np.array([1.0]), RATIOS)).all()  # the event always came
    assert np.isnan(gain_over_habit(np.array([np.nan, 0.2]), np.array([1.0, 0.0]), RATIOS)[0]).all()
    with pytest.raises(ValueError, match=r"thresholds must be above 0 and below 1, got 0 to 0\.5"):
        elementary_scores(row, row, np.array([0.0, 0.5]))
