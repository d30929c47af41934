"""The variance regression and the paths made of it: what it recovers, what it borrows, and how sure it is."""

from dataclasses import replace

import numpy as np
import pytest

from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import simulate_paths
from forecast.models.component import FitError
from forecast.models.har import HORIZONS, HarPaths, path_ends
from forecast.models.range_variance import weighted
from forecast.models.sample_key import SamplesKey
from forecast.models.variance_regression import (
    HALFLIVES,
    LEAST_DISPERSION,
    MONTH,
    VarianceRegression,
    design,
    fit_variance_regression,
    slow_variance,
)
from forecast.target.sample import Sample, price_sample
from tests.indices import QUESTIONS, RULE, simulated_index

KEY, SESSIONS = 7, 4000
PERSISTENCE, NOISE = 0.97, 0.08  # of a session's log volatility, an autoregression of the first order


def swinging(seed: int, name: str, sessions: int = SESSIONS) -> tuple[Sample, Float]:
    """A market whose log variance comes and goes by chance, and the true variance of each session; returns only."""
    rng = np.random.default_rng(seed)
    log_vol = np.zeros(sessions)
    for t, news in enumerate(rng.standard_normal(sessions - 1)):
        log_vol[t + 1] = PERSISTENCE * log_vol[t] + NOISE * news
    vol = 0.01 * np.exp(log_vol)
    index = simulated_index(seed, name=name, sessions=sessions)
    close = index.close * 0 + 100 * np.exp(np.cumsum(vol * rng.standard_normal(sessions)))
    return price_sample(replace(index, close=close, ranges=close * np.nan), RULE, QUESTIONS), vol**2


@pytest.fixture(scope="module")
def markets() -> list[tuple[Sample, Float]]:
    return [swinging(seed, f"Swinging {seed}") for seed in range(4)]


@pytest.fixture(scope="module")
def regression(markets: list[tuple[Sample, Float]]) -> VarianceRegression:
    return fit_variance_regression(SamplesKey([sample for sample, _ in markets]))


def test_its_forecast_of_the_month_is_nearer_to_the_truth_than_any_weighted_mean_it_is_made_of(regression: VarianceRegression) -> None:
    sample, variance = swinging(9, "New")
    rows = np.arange(300, SESSIONS - 21, 21)
    total = np.cumsum(variance)
    truth = np.log((total[rows + 21] - total[rows]) / 21)
    mine = design(sample, rows) @ regression.coefficients[MONTH] + np.log(slow_variance(sample)[rows])
    squared = np.r_[np.nan, sample.returns**2]
    errors = [np.std(truth - np.log(weighted(squared, halflife)[rows])) for halflife in (*HALFLIVES, 22)]
    assert np.std(truth - mine) < 0.95 * min(errors)


def test_a_few_years_of_one_market_alone_forecast_better_than_a_weighted_mean() -> None:
    known, errors = 4 * 252, []
    for seed in range(20, 26):
        sample, variance = swinging(seed, "New", sessions=known + 1500)
        regression = fit_variance_regression(SamplesKey([sample.up_to(known)]))
        rows = np.arange(known, len(sample) - 21, 21)
        total = np.cumsum(variance)
        truth = np.log((total[rows + 21] - total[rows]) / 21)
        mine = design(sample, rows) @ regression.coefficients[MONTH] + np.log(slow_variance(sample)[rows])
        errors.append([np.mean((truth - each) ** 2) for each in (mine, np.log(weighted(np.r_[np.nan, sample.returns**2], 22)[rows]))])
    mine, plain = np.sqrt(np.mean(errors, axis=0))
    assert mine < 0.95 * plain  # without the prior it is no better: 0.53 to 0.53, over twelve markets


def test_its_dispersion_is_that_of_the_month_s_variance_about_the_forecast(regression: VarianceRegression) -> None:
    sample, variance = swinging(10, "New")
    rows = np.arange(300, SESSIONS - 21, 5)
    total = np.cumsum(variance)
    truth = np.log((total[rows + 21] - total[rows]) / 21)
    off = truth - (design(sample, rows) @ regression.coefficients[MONTH] + np.log(slow_variance(sample)[rows]))
    # of 180 months off by a third of themselves and more, the standard deviation is known to a tenth; the noise of 21 squares is that
    # of normal ones to first order only
    assert regression.dispersion[MONTH] == pytest.approx(off.std(), rel=0.2)


def test_a_market_that_is_always_calmer_than_the_regression_has_it_departs_a_little(markets: list[tuple[Sample, Float]]) -> None:
    samples = [sample for sample, _ in markets]
    alone = fit_variance_regression(SamplesKey(samples[:1])).coefficients
    among = fit_variance_regression(SamplesKey(samples)).coefficients
    swapped = fit_variance_regression(SamplesKey([samples[1], samples[0], *samples[2:]])).coefficients
    np.testing.assert_allclose(among[:, 1:], swapped[:, 1:], rtol=1e-6)  # slopes are everybody's
    assert (among[:, 0] != swapped[:, 0]).all()
    assert np.abs(among[:, 0] - swapped[:, 0]).max() < 0.2
    assert (alone[:, 1:] != among[:, 1:]).any()


def test_what_is_learned_is_that_of_the_year_s_eve_and_of_nothing_later(markets: list[tuple[Sample, Float]]) -> None:
    target, other = markets[0][0], markets[1][0]
    row = int(np.searchsorted(target.sessions, np.datetime64("2010-06-01")))
    now = [sample.up_to(row) for sample in (target, other)]
    eve = int(np.searchsorted(target.sessions, np.datetime64("2010-01-01")))
    wild = replace(other, close=np.r_[other.close[:eve], other.close[eve:] * np.exp(np.arange(len(other) - eve) % 2)]).up_to(row)
    fits = [HarPaths().fit(samples) for samples in (now, [now[0], wild])]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)
    np.testing.assert_array_equal(fits[0].residuals, fits[1].residuals)


@pytest.mark.parametrize("variances", [(1e-4, 1e-4, 1e-4), (4e-4, 2.5e-4, 1.6e-4), (0.5e-4, 0.8e-4, 1e-4)])
def test_the_path_of_variance_has_the_month_s_mean(variances: tuple[float, float, float]) -> None:
    first, last = path_ends(np.array(variances))
    path = last + (first - last) * 0.5 ** (np.arange(63) / 21)
    means = np.array([path[:horizon].mean() for horizon in HORIZONS])
    assert means[MONTH] == pytest.approx(variances[MONTH], rel=1e-12)
    assert min(first, last) > 0
    np.testing.assert_allclose(means, variances, rtol=0.25)  # the steepest of them falls faster than a path can


def test_its_paths_have_the_variance_of_the_regression(markets: list[tuple[Sample, Float]]) -> None:
    sample = markets[0][0]
    fitted = HarPaths().fit([each for each, _ in markets])
    law = fitted.sessions_ahead(sample)
    returns = np.diff(simulate_paths(law, 21, key=KEY, paths=40_000), axis=1, prepend=0.0) - fitted.drift
    regression = fitted.coefficients[MONTH] @ design(sample, np.array([-1]))[0] + np.log(slow_variance(sample)[-1])
    expected = np.exp(regression + fitted.dispersion[MONTH] ** 2 / 2)
    # a month's mean square varies by some 0.8 of itself from path to path
    assert (returns**2).mean() == pytest.approx(expected, rel=4 * 0.8 / 20_000**0.5)


def test_too_little_history_is_told() -> None:
    short = swinging(1, "Short", sessions=300)[0]
    with pytest.raises(FitError, match=r"Short: .* sessions have a variance after them, fewer than the 100 needed"):
        HarPaths().fit([short])


def test_squared_returns_in_the_place_of_ranges_are_noted(markets: list[tuple[Sample, Float]]) -> None:
    assert "squared returns stand in" in HarPaths().fit([markets[0][0]]).notes[0]


def test_no_law_is_held_surer_than_the_least(regression: VarianceRegression) -> None:
    assert (regression.dispersion >= LEAST_DISPERSION).all()
