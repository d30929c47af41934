"""Falls in anybody's table: two outcomes, and a rise is refused."""

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from forecast.report.evaluation.evaluation import evaluate_question
from forecast.report.scoring.external_forecasts import read_external_forecasts
from forecast.runs.predictions.settled import SettledForecasts
from forecast.runs.predictions.signals import positions
from forecast.target.question import Question

FALL = Question(horizon=21, barrier="fall", size=0.05)
DAYS = pd.bdate_range("2020-01-06", periods=3, name="date")


def table(p_continue: float = 0.0) -> pd.DataFrame:
    """Three forecasts of a fall of 5 %."""
    fall = np.array([0.3, 0.0, 1.0 - p_continue])
    columns = {"p_reverse": fall, "p_stall": 1 - fall - p_continue, "p_continue": p_continue}
    return pd.DataFrame(columns, index=DAYS).assign(horizon=21, barrier_kind="fall", size=0.05)


def test_what_cannot_come_stays_at_zero_and_what_can_is_brought_above_it() -> None:
    read = read_external_forecasts(table())
    assert read.distinct_questions == [FALL]
    np.testing.assert_array_equal(read.p[:, 2], 0)
    assert (read.p[:, :2] > 0).all()
    np.testing.assert_allclose(read.p.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(read.p[0], [0.3, 0.7, 0.0])


def test_a_rise_beside_a_fall_is_refused() -> None:
    with pytest.raises(InputError, match=r"p_continue of 2020-01-06 must be 0 for a fall, got 0\.1; give p_stall what does not fall"):
        read_external_forecasts(table(0.1))


def test_an_evaluation_of_a_fall_has_two_outcomes_in_words() -> None:
    rng = np.random.default_rng(1)
    fall = rng.uniform(0.1, 0.9, 60)
    p = np.column_stack([fall, 1 - fall, np.zeros(60)])
    dates = np.datetime64("2020-01-06") + 40 * np.arange(60)
    record = SettledForecasts(
        FALL,
        dates=dates,
        settlement=dates + 30,
        outcomes=(rng.uniform(size=60) > fall).astype(np.int64),
        episodes=np.arange(60),
        z=np.full(60, 2.0),
        vol_rank=rng.uniform(size=60),
        probabilities={"pool": p, "climatology": np.tile([0.5, 0.5, 0.0], (60, 1))},
        bounds=np.stack([0.9 * p, 1 - 0.9 * (1 - p)], axis=2) * (p > 0)[..., None],
    )
    one = evaluate_question(record)
    assert one.words == {"reverse": "falls", "stall": "does not"}
    assert set(one.frequency) == set(one.reliability) == set(one.forecasters["pool"].corp) == {"reverse", "stall"}
    assert {group.outcome for group in one.coverage} == {"reverse", "stall"}
    assert one.forecasters["pool"].auc["reverse"] == pytest.approx(one.forecasters["pool"].auc["stall"])


def test_a_fall_has_no_direction_and_is_no_position() -> None:
    rows = table().reset_index().assign(series="Index")
    with pytest.raises(InputError, match=r"--question fall_0\.05_h21: a fall has no rise to weigh against it, and so no direction"):
        positions(rows, DAYS, "fall_0.05_h21")
