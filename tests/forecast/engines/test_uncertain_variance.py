"""A law whose variance is uncertain: its factor, and first passage against the mixture that it is."""

import numpy as np
import pytest
from scipy.special import ndtri

from forecast.engines.kernels.random import bits, hashed, stream
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.passage.first_passage import first_passage, simulate_paths
from forecast.engines.passage.uncertain_variance import UncertainVarianceLaw

DRIFT, VARIANCE, SPREAD, KEY = 3e-4, 1e-4, 0.6, 11
GAUSS = ndtri((np.arange(4000) + 0.5) / 4000)
STEADY = GarchPathLaw(DRIFT, 0.0, 0.0, 0.0, 1.0, VARIANCE, GAUSS / GAUSS.std())


def test_a_path_is_that_of_the_law_stretched_about_the_drift_by_a_factor_of_its_own() -> None:
    plain, stretched = (simulate_paths(law, 5, key=KEY, paths=6) for law in (STEADY, UncertainVarianceLaw(STEADY, DRIFT, SPREAD)))
    centre = DRIFT * np.arange(1, 6)
    for pair in range(3):
        start = np.uint64(hashed(np.uint64(stream(np.uint64(KEY), pair))))
        word = int(bits(start, 0))
        size = -ndtri((word % 2**32 + 0.5) / 2**32 / 2)  # the slow twin of the kernel: the normal's quantile in place of its table
        z = size if word >> 32 & 1 else -size
        for side, normal in ((0, z), (1, -z)):
            factor = np.exp(SPREAD * normal - SPREAD**2 / 2)
            row = 2 * pair + side
            np.testing.assert_allclose(stretched[row] - centre, (plain[row] - centre) * factor**0.5, rtol=1e-4)


def test_the_factor_has_mean_one_and_the_spread_asked_for() -> None:
    paths = 40_000
    plain, stretched = (simulate_paths(law, 1, key=KEY, paths=paths)[:, 0] for law in (STEADY, UncertainVarianceLaw(STEADY, DRIFT, SPREAD)))
    factor = ((stretched - DRIFT) / (plain - DRIFT)) ** 2
    error = (np.exp(SPREAD**2) - 1) ** 0.5 / paths**0.5  # of the mean of a lognormal of mean 1
    assert factor.mean() == pytest.approx(1, abs=4 * error)
    assert np.log(factor).std() == pytest.approx(SPREAD, rel=4 / (2 * paths) ** 0.5)


def test_first_passage_is_that_of_the_mixture() -> None:
    barriers, horizons, falls = np.array([0.03, 0.05, 0.04]), np.array([10, 21, 21]), np.array([False, False, True])
    nodes, weights = np.polynomial.hermite_e.hermegauss(24)
    vols = (VARIANCE * np.exp(SPREAD * nodes - SPREAD**2 / 2)) ** 0.5
    one = np.ones((1, 1))
    exact = sum(
        weight / weights.sum() * exact_passage(MarkovPathLaw(one[0], one, np.array([DRIFT]), np.array([vol])), barriers, horizons, falls)
        for vol, weight in zip(vols, weights, strict=True)
    )
    simulated = first_passage(UncertainVarianceLaw(STEADY, DRIFT, SPREAD), barriers, horizons, key=KEY, paths=40_000, falls=falls)
    np.testing.assert_allclose(simulated.probabilities, exact, atol=float(4 * simulated.errors.max()))


def test_without_a_spread_it_is_the_law_itself() -> None:
    plain, same = (simulate_paths(law, 21, key=KEY, paths=100) for law in (STEADY, UncertainVarianceLaw(STEADY, DRIFT, 0.0)))
    np.testing.assert_array_equal(same, plain)


@pytest.mark.parametrize(("drift", "spread"), [(np.nan, 0.1), (0.0, -0.1), (0.0, np.inf)])
def test_what_is_no_drift_or_spread_is_refused(drift: float, spread: float) -> None:
    with pytest.raises(ValueError, match="drift must be finite and spread >= 0"):
        UncertainVarianceLaw(STEADY, drift, spread)
