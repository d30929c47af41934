"""What a search among the ways of combining is worth."""

import dataclasses

import numpy as np
import pytest

from forecast.backtest.verification.overfitting import backtest_overfitting
from forecast.backtest.verification.pooling_comparison import method_search
from forecast.models.ensemble.methods import METHODS
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers
from tests.forecast.records import forecasts


def test_a_method_that_is_always_better_is_no_overfitting_and_is_always_chosen(sample: Sample) -> None:
    surges = np.arange(len(sample.rows))
    right = np.eye(3)[np.maximum(sample.outcomes, 0)]
    rivals = np.stack([(0.4 + 0.1 * m) * right + (0.6 - 0.1 * m) / 3 for m in range(len(METHODS))], axis=1)
    result = method_search(sample, surges, rivals)
    assert result is not None
    assert result["probability"] == 0
    assert result["chosen"] == {"learned": 0, "equal": 0, "best": 0, "stacking": 1}
    assert result["degradation"] == pytest.approx(0, abs=1e-12)


def test_it_is_the_mean_log_score_of_surges_of_which_all_is_settled(sample: Sample) -> None:
    outcomes = sample.outcomes.copy()
    outcomes[-3:, -1] = UNSETTLED
    market = dataclasses.replace(sample, outcomes=outcomes)
    n, q = outcomes.shape
    rivals = forecasts(n, len(METHODS), q, seed=61)
    result = method_search(market, np.arange(n), rivals)
    whole = [i for i in range(n) if (outcomes[i] != UNSETTLED).all()]
    losses = [[np.mean([-np.log(rivals[i, m, k, outcomes[i, k]]) for k in range(q)]) for m in range(len(METHODS))] for i in whole]
    expected = backtest_overfitting(np.array(losses), episode_numbers(sample.rows[whole], int(sample.horizons.max())))
    assert result is not None
    assert result["sessions"] == len(whole)
    assert result["probability"] == expected.probability
    assert result["degradation"] == pytest.approx(expected.degradation, rel=1e-9)


def test_too_few_episodes_tell_nothing(sample: Sample) -> None:
    few = np.arange(2)
    assert method_search(sample, few, forecasts(2, len(METHODS), len(sample.questions), seed=62)) is None
