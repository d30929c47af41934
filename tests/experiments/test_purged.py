"""The study of priors on purged combinatorial paths, on the market of the tests."""

import dataclasses

import numpy as np
import pytest

from experiments import purged
from experiments.purged import HORIZON, PurgedStudy, Search, path_losses
from forecast.backtest.verification.overfitting import backtest_overfitting
from forecast.engines.arrays import Float, Int
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from tests.experiments.command import exit_code

pytestmark = pytest.mark.slow


def settled_of(sample: Sample) -> Int:
    return np.flatnonzero((sample.outcomes != UNSETTLED).all(axis=1))


def test_no_training_case_shares_a_session_with_a_tested_one(sample: Sample) -> None:
    forecast_places: list[int] = []

    def forecast(trained: Sample, places: Int, variant: float) -> Float:
        training = np.flatnonzero((trained.outcomes != UNSETTLED).all(axis=1))
        assert len(training)
        rows, tests = trained.rows[training], trained.rows[places]
        assert np.abs(rows[:, None] - tests[None, :]).min() > HORIZON
        forecast_places.extend(places.tolist())
        return np.tile([0.3 + variant, 0.4 - variant, 0.3], (len(places), len(sample.questions), 1))

    settled = settled_of(sample)
    losses, plain = path_losses(sample, settled, (0.0, 0.1), forecast, purged._brier)
    assert losses.shape == (5, len(settled), 2)
    assert plain.shape == (5, len(settled))
    assert np.isfinite(losses).all()
    assert np.isfinite(plain).all()
    assert sorted(forecast_places) == sorted(np.repeat(settled, 2 * 5).tolist())  # two variants, on each of five paths once


def test_a_companion_tells_nothing_of_the_days_under_test(sample: Sample) -> None:
    settled = settled_of(sample)
    places = np.r_[settled[:5], settled[40:60]]
    twin = dataclasses.replace(sample, market="twin")
    training = np.flatnonzero((purged._apart(twin, sample, places).outcomes != UNSETTLED).all(axis=1))
    assert 0 < len(training) < len(settled)
    assert np.abs(sample.rows[training][:, None] - sample.rows[places][None, :]).min() > HORIZON
    assert training.max() > places.max()  # what comes later is trained on


def test_the_page_says_where_the_value_in_use_is_not_the_best() -> None:
    rng = np.random.default_rng(5)
    skill = rng.normal(0, 0.001, (5, 3)) + np.array([0.03, 0.02, 0.01])
    search = Search("logistic.prior_sd", (0.1, 0.5, 1.0), 0.5, skill, backtest_overfitting(rng.random((40, 3)), np.arange(40)))
    text = purged.page(PurgedStudy("Index", "0" * 10, ("1971-02-05", "1996-12-31"), 40, 40, (search,)), "2026-11-23")
    assert "0.1 is better here than 0.5, which is in use" in text
    assert "0.5 (in use)" in text
    assert max(map(len, text.splitlines())) <= 140
    best = dataclasses.replace(search, default=0.1)
    assert "The value in use, 0.1, is the best of these" in purged._verdict(best)


def test_a_folder_that_is_not_there_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code(purged.purged, "--data", "no/such/folder") == 2
    assert capsys.readouterr().err.startswith("error: ")
