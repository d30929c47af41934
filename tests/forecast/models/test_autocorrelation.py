"""Autocorrelation of an index as known at each close: what it recovers, how sure it is, and what the paths do with it."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.engines.arrays import Float
from forecast.models.autocorrelation import LARGEST, PRIOR_SD, autocorrelation
from forecast.models.ewma import EwmaPaths
from forecast.target.sample import Sample, price_sample
from tests.indices import QUESTIONS, RULE, simulated_index

SESSIONS, VOL = 4000, 0.01


def correlated(coefficients: Float, seed: int = 1) -> Sample:
    """A market of normal returns of which each follows the last by the coefficient of its session; returns only."""
    index = simulated_index(seed, sessions=len(coefficients))
    shocks = VOL * np.random.default_rng(seed).standard_normal(len(coefficients))
    returns = np.zeros(len(coefficients))
    for t in range(1, len(coefficients)):
        c = coefficients[t]
        returns[t] = c * returns[t - 1] + (1 - c**2) ** 0.5 * shocks[t]
    close = index.close * 0 + 100 * np.exp(np.cumsum(returns))
    return price_sample(replace(index, close=close, ranges=close * np.nan), RULE, QUESTIONS)


@pytest.mark.parametrize("coefficient", [-0.1, 0.0, 0.2, 0.35])
def test_it_recovers_the_autocorrelation_of_a_simulated_market_within_its_errors(coefficient: float) -> None:
    estimates = np.array([autocorrelation(correlated(np.full(SESSIONS, coefficient), seed))[-1] for seed in range(8)])
    off = (estimates[:, 0] - coefficient) / estimates[:, 1]
    # the prior draws 0.35 towards zero by 0.35 * 0.026^2 / 0.1^2 = 0.02, one error
    assert abs(off.mean()) < 3 / 8**0.5 + 1
    assert np.abs(off).max() < 4
    assert estimates[-1, 1] == pytest.approx(1 / 1450**0.5, rel=0.15)


def test_its_error_is_that_of_markets_whose_autocorrelation_is_drawn_from_the_prior() -> None:
    markets, sessions = 60, 300  # a short history: half of what is known is the prior
    truth = PRIOR_SD * np.random.default_rng(3).standard_normal(markets)
    estimates = np.array([autocorrelation(correlated(np.full(sessions, c), seed))[-1] for seed, c in enumerate(truth.tolist())])
    off = (estimates[:, 0] - truth) / estimates[:, 1]
    assert abs(off.mean()) < 4 / markets**0.5
    assert off.std() == pytest.approx(1, abs=4 / (2 * markets) ** 0.5)


def test_it_follows_a_market_that_changes() -> None:
    sample = correlated(np.r_[np.full(SESSIONS, 0.3), np.full(SESSIONS, -0.05)])
    estimates = autocorrelation(sample)[:, 0]
    assert estimates[SESSIONS - 1] > 0.2
    assert estimates[-1] < 0.02


def test_a_short_history_is_drawn_to_none() -> None:
    estimates = autocorrelation(correlated(np.full(SESSIONS, 0.4)))
    assert (np.abs(estimates[:20, 0]) < 0.1).all()
    assert estimates[0].tolist() == [0.0, pytest.approx(PRIOR_SD, rel=0.01)]
    assert (np.diff(estimates[:, 1]) <= 0).all()


def test_prices_that_stand_still_have_none() -> None:
    sample = correlated(np.full(SESSIONS, 0.1))
    still = replace(sample, close=np.full(len(sample), 100.0))
    np.testing.assert_array_equal(autocorrelation(still)[:, 0], 0.0)


def test_it_is_bounded_whatever_the_market() -> None:
    sample = correlated(np.full(SESSIONS, 0.9))
    assert np.abs(autocorrelation(sample)[:, 0]).max() == LARGEST


def test_a_component_s_paths_have_the_variance_ratio_of_its_market() -> None:
    sample = correlated(np.full(SESSIONS, 0.3))
    sample = sample.up_to(int(sample.rows[-1]))
    fitted = EwmaPaths().fit([sample])
    law = fitted.sessions_ahead(sample)
    assert law.coefficient == autocorrelation(sample)[-1, 0]
    assert law.last == sample.returns[-1] - fitted.drift
    drawn = [each.coefficient for each in fitted.drawn_laws(sample)]
    assert np.mean(drawn) == pytest.approx(law.coefficient, abs=1e-12)
    assert np.std(drawn) == pytest.approx(autocorrelation(sample)[-1, 1], rel=1e-9)
