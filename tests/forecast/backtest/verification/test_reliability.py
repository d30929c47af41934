"""Do the bands of the reliability diagram hold what they promise where horizons overlap?"""

from pathlib import Path

import matplotlib.image
import numpy as np
import pytest
from scipy.stats import binom, multivariate_normal, norm

from forecast.backtest.verification.reliability import calibrated_events, reliability_diagram
from forecast.report.plots.reliability import draw

HORIZON, BARRIERS = 21, np.arange(1, 9)
EPISODES, SURGES, BETWEEN = 15, 8, 60  # sessions of an episode follow each other, and episodes do not touch
ROWS = (BETWEEN * np.arange(EPISODES)[:, None] + np.arange(SURGES)).ravel()
DATES = np.datetime64("2001-01-01") + ROWS


def reached(barrier: np.ndarray) -> np.ndarray:
    """P(a walk of HORIZON steps of +-1 reaches the barrier), by the reflection principle: P(S >= m) + P(S > m)."""
    ups = (HORIZON + barrier) / 2  # of which S = 2 ups - HORIZON >= m
    return np.asarray(binom.sf(np.ceil(ups) - 1, HORIZON, 0.5) + binom.sf(np.floor(ups), HORIZON, 0.5))


def walked(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """True probabilities of the rows, and whether one walk under all of them reached each row's barrier in time."""
    walk = np.cumsum(rng.choice([-1, 1], ROWS[-1] + HORIZON + 2))
    barrier = rng.choice(BARRIERS, len(ROWS))
    ahead = walk[ROWS[:, None] + np.arange(1, HORIZON + 1)] - walk[ROWS][:, None]
    return reached(barrier), (ahead.max(axis=1) >= barrier).astype(float)


@pytest.mark.slow
def test_a_curve_of_true_probabilities_strays_from_the_band_as_often_as_it_says_and_far_more_from_one_of_independent_rows() -> None:
    rng = np.random.default_rng(20)
    runs = 40
    outside, alone, rejected, doubted = np.empty((4, runs))
    apart = np.datetime64("2001-01-01") + 2 * HORIZON * np.arange(len(ROWS))  # no two horizons touch
    for run in range(runs):
        p, y = walked(rng)
        diagram, plain = (reliability_diagram(p, y, days, days + HORIZON, seed=run) for days in (DATES, apart))
        outside[run], rejected[run] = diagram.outside, diagram.miscalibration_p <= 0.1
        alone[run], doubted[run] = plain.outside, plain.miscalibration_p <= 0.1
    # 10 % is promised of each; what decides is met early, so true outcomes go together a little less than the band assumes
    noise = 2.6 * (0.09 / runs) ** 0.5
    assert 0.02 < outside.mean() < 0.10 + 2.6 * outside.std() / runs**0.5
    assert rejected.mean() < 0.10 + noise
    assert alone.mean() > 1.5 * outside.mean()
    assert doubted.mean() > 0.10 + noise  # independent rows would call calibrated forecasts wrong


def test_a_forecast_that_is_off_leaves_the_band() -> None:
    rng = np.random.default_rng(21)
    diagram = [
        reliability_diagram(np.clip(p + 0.3 * (0.5 - p), 0, 1) ** 2, y, DATES, DATES + HORIZON) for p, y in (walked(rng) for _ in range(20))
    ]
    assert np.median([one.miscalibration_p for one in diagram]) < 0.05
    assert np.mean([one.outside for one in diagram]) > 0.4


def test_calibrated_events_come_as_often_as_forecast_and_together_as_their_horizons_overlap() -> None:
    days = np.datetime64("2001-01-01") + np.array([0, 7, 14, 100])
    p = np.array([0.3, 0.3, 0.7, 0.5])
    draws = 40_000
    events = calibrated_events(p, days, days + 14, draws=draws, seed=1)
    np.testing.assert_allclose(events.mean(axis=0), p, atol=4 * (0.25 / draws) ** 0.5)
    # half a horizon in common is a correlation of 1/2; P(both) of two normals below their 30 % points at that correlation
    both = float(multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]]).cdf(np.full(2, norm.ppf(0.3))))
    assert (events[:, 0] * events[:, 1]).mean() == pytest.approx(both, abs=4 * (0.25 / draws) ** 0.5)
    for alone in (2, 3):  # horizons that only touch, or lie apart
        assert np.corrcoef(events[:, 0], events[:, alone])[0, 1] == pytest.approx(0, abs=4 / draws**0.5)
    np.testing.assert_array_equal(events[:50], calibrated_events(p, days, days + 14, draws=draws, seed=1)[:50])
    with pytest.raises(ValueError, match="later than dates"):
        calibrated_events(p, days, days, draws=1, seed=1)


def test_long_curves_keep_their_ends_and_every_row() -> None:
    rng = np.random.default_rng(22)
    p = rng.random(500)
    days = np.datetime64("2001-01-01") + 30 * np.arange(500)
    diagram = reliability_diagram(p, (rng.random(500) < p).astype(float), days, days + 30, draws=50)
    assert len(diagram.probabilities) == 100
    assert (diagram.probabilities[0], diagram.probabilities[-1]) == (p.min(), p.max())
    assert diagram.rows.sum() == 500


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_the_picture_has_the_curve_of_each_outcome_and_the_same_bytes_twice(tmp_path: Path, kind: str) -> None:
    p, y = walked(np.random.default_rng(23))
    diagram = {
        "continue": reliability_diagram(p, y, DATES, DATES + HORIZON),
        "stall": reliability_diagram(np.full(120, 0.4), y, DATES, DATES + HORIZON),
    }
    first, second = (draw("Two outcomes", diagram, tmp_path / f"{name}.{kind}") for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()
    if kind == "png":
        assert matplotlib.image.imread(first).shape[1] == 9.6 * 160
    else:
        drawn = first.read_text("utf-8")
        assert all(text in drawn for text in ("Two outcomes", "continue", "stall", "how often it came", "where forecasts lie"))
    with pytest.raises(ValueError, match="at least one outcome"):
        draw("None", {}, tmp_path / f"none.{kind}")
