"""The monitor: no false alarms on calibrated forecasts with overlapping horizons, an alarm on those that are off."""

from pathlib import Path

import numpy as np
import pytest
from scipy.special import ndtr

from features.errors import InputError
from forecast.backtest.verification.calibration_monitor import (
    ALARM,
    FAULTS,
    LEFT_OUT,
    STEP,
    CalibrationMonitor,
    alarm_lines,
    fault_probabilities,
    monitor_calibration,
    non_overlapping,
    prediction_set,
)
from forecast.engines.arrays import Float, Int
from forecast.report.plots.monitor import draw_monitor

HORIZON = 21


def forecasts(seed: int, count: int, off: float = 0.0) -> tuple[Float, Int, Int, Int]:
    """Forecasts of clustered surges, each calibrated on what is known when it is made, with overlapping horizons.

    The outcome hangs on the return over the horizon of one common walk, so that those of surges that are close go together;
    `off` is what the true probability of `continue` has more, and of `reverse` less, than the forecast.
    """
    rng = np.random.default_rng(seed)
    gaps = np.where(rng.random(count) < 0.25, rng.integers(22, 60, count), rng.integers(1, 10, count))
    made = np.cumsum(gaps)
    p = rng.dirichlet([8, 4, 8], count)
    true = np.clip(p + off * np.array([-1.0, 0.0, 1.0]), 0.01, None)
    walk = rng.standard_normal(int(made[-1]) + HORIZON + 1).cumsum()
    uniform = ndtr((walk[made + HORIZON] - walk[made]) / HORIZON**0.5)
    outcomes = (uniform[:, None] > np.cumsum(true / true.sum(axis=1, keepdims=True), axis=1)).sum(axis=1)
    return p, np.minimum(outcomes, 2), made, made + HORIZON


@pytest.mark.slow
def test_calibrated_forecasts_with_overlapping_horizons_raise_hardly_any_alarm() -> None:
    raised = sum(monitor_calibration(*forecasts(seed, 400)).alarm is not None for seed in range(200))
    # Ville: each at most ALARM; of 200, 2 are expected at most, and more than 6 with a probability below 0.005 (binomial)
    assert raised <= 6


def test_the_capital_is_a_fair_game() -> None:
    p = np.random.default_rng(0).dirichlet([2, 1, 2], 500)
    gain = fault_probabilities(p) / p[:, None]
    np.testing.assert_allclose((p[:, None] * gain).sum(axis=2), 1, rtol=1e-12)  # expected factor, by the forecast itself
    assert len(FAULTS) == gain.shape[1]


def test_an_outcome_forecast_ten_points_too_low_raises_the_alarm_within_500_episodes() -> None:
    # a shift of ten points is worth 0.025 nats an episode (p = 0.4, 0.2, 0.4): (log 100 + log 7) / 0.025 = 260 on average
    states = [monitor_calibration(*forecasts(seed, 1500, off=0.1)) for seed in range(40)]
    first = np.array([len(seen.rows) if seen.alarm is None else seen.alarm for seen in states])
    assert np.median(first) < 300
    assert (first < 500).mean() >= 0.9
    named = [FAULTS[int(seen.capital[seen.alarm].argmax())] for seen in states if seen.alarm is not None]
    assert named.count("continue comes more often") >= 0.9 * len(named)


def test_no_forecast_is_bet_on_before_the_one_before_it_is_settled() -> None:
    _, _, made, settled = forecasts(1, 300)
    rows = non_overlapping(made, settled)
    assert rows[0] == 0
    assert (made[rows][1:] >= settled[rows][:-1]).all()
    assert len(non_overlapping(made[:0], settled[:0])) == 0


def test_what_comes_later_changes_no_bit_of_the_monitor() -> None:
    p, outcomes, made, settled = forecasts(2, 300, off=0.1)
    whole = monitor_calibration(p, outcomes, made, settled)
    for count in (1, 7, 150):
        part = monitor_calibration(p[:count], outcomes[:count], made[:count], settled[:count])
        for name in CalibrationMonitor.__dataclass_fields__:
            assert getattr(part, name).tobytes() == getattr(whole, name)[: len(part.rows)].tobytes(), name


def test_a_set_holds_the_likeliest_outcomes() -> None:
    p = np.array([[0.5, 0.3, 0.2], [0.95, 0.03, 0.02], [1 / 3, 1 / 3, 1 / 3]])
    held = prediction_set(p, np.array([0.25, 0.1, -0.01]))
    np.testing.assert_array_equal(held, [[True, True, False], [True, False, False], [True, True, True]])


def test_adapted_sets_are_right_nine_times_in_ten_though_the_forecasts_are_too_bold() -> None:
    rng = np.random.default_rng(4)
    true = rng.dirichlet([4, 4, 4], 3000)
    bold = true**4 / (true**4).sum(axis=1, keepdims=True)
    outcomes = (rng.random(3000)[:, None] > true.cumsum(axis=1)).sum(axis=1)
    made = np.arange(3000) * HORIZON
    seen = monitor_calibration(bold, outcomes, made, made + HORIZON)
    assert seen.covered.mean() < 1 - LEFT_OUT
    # Gibbs and Candes (2021), proposition 4.1: the mean error over T steps is within (max(a, 1 - a) + g) / (T g) of a
    assert abs((1 - seen.adapted.mean()) - LEFT_OUT) <= (1 - LEFT_OUT + STEP) / (3000 * STEP)


def test_an_alarm_is_told_from_its_day_on() -> None:
    states = {"q": {"known": ["2001-01-02", "2002-01-02"], "e_values": [3.0, 250.0], "alarm": "2002-01-02", "fault": FAULTS[0]}}
    assert alarm_lines(states, "2001-12-31") == []
    (line,) = alarm_lines(states, "2002-01-02")
    assert "ALARM q: since 2002-01-02" in line
    assert "250" in line
    assert f"{1 / ALARM:.0f}" in line


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_picture_is_the_same_to_the_byte(kind: str, tmp_path: Path) -> None:
    days = [str(day) for day in np.arange("2000-01-03", "2000-04-12", dtype="datetime64[D]")]
    grown = np.exp(np.random.default_rng(3).normal(0.02, 0.2, (2, len(days))).cumsum(axis=1))
    states = {f"q{place}": {"known": days, "e_values": row.tolist(), "left_out": [0.1] * len(days)} for place, row in enumerate(grown)}
    first, second = (draw_monitor(states, tmp_path / f"{name}.{kind}").read_bytes() for name in ("one", "two"))
    assert first == second
    assert draw_monitor({}, tmp_path / f"none.{kind}").stat().st_size > 1000
    with pytest.raises(InputError, match="must end in"):
        draw_monitor(states, tmp_path / "picture.gif")
