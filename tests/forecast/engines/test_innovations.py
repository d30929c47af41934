"""Standardised innovations: normal, t and Hansen's skewed t against quadrature and scipy."""

import itertools

import numpy as np
import pytest
from arch.univariate import SkewStudent
from scipy import special, stats
from scipy.integrate import quad

from forecast.engines.kernels.quantile_table import size_at
from forecast.engines.kernels.variance_recursions import (
    A_LAMBDA,
    A_NU,
    B_LAMBDA,
    B_NU,
    CONSTANT,
    CONSTANT_LAMBDA,
    CONSTANT_NU,
    A,
    B,
    log_density,
)
from forecast.engines.passage import MSGarchPathLaw
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.switching import innovations
from forecast.engines.switching.innovations import below_zero, cdf, mean_below, pdf, ppf, shape_constants, size_table

pytestmark = pytest.mark.slow

# tails from almost without a variance to almost normal; skewness either way and close to its bound
SHAPES = [(np.inf, 0.0), (2.3, 0.0), (4.1, -0.4), (7.9, 0.15), (30.0, -0.9), (250.0, 0.6)]
LAWS = pytest.mark.parametrize(("nu", "skew"), SHAPES, ids=str)
QUADRATURE = 1e-8  # quad's own default bound, 1.49e-8 of each piece, is seldom reached; the tails of nu = 2.3 need it


def integral(nu: float, skew: float, power: int, low: float, high: float) -> float:
    """Integral of z^power f(z), in pieces about the kink."""
    edges = [low, *(edge for edge in (-30.0, -5.0, -1.0, 0.0, 1.0, 5.0, 30.0) if low < edge < high), high]
    return sum(quad(lambda z: z**power * float(pdf(z, nu, skew)), a, b, limit=200)[0] for a, b in itertools.pairwise(edges))


@LAWS
def test_an_innovation_has_mass_one_mean_zero_and_variance_one(nu: float, skew: float) -> None:
    assert integral(nu, skew, 0, -np.inf, np.inf) == pytest.approx(1, abs=QUADRATURE)
    assert integral(nu, skew, 1, -np.inf, np.inf) == pytest.approx(0, abs=QUADRATURE)
    if nu != 2.3:  # its z^2 f falls like z^-1.3, too slowly for quadrature
        assert integral(nu, skew, 2, -np.inf, np.inf) == pytest.approx(1, abs=1e-6)


@LAWS
@pytest.mark.parametrize("z", [-2.5, -0.3, 0.4, 3.0])
def test_distribution_function_and_partial_mean_are_integrals_of_the_density(nu: float, skew: float, z: float) -> None:
    assert cdf(z, nu, skew) == pytest.approx(integral(nu, skew, 0, -np.inf, z), abs=QUADRATURE)
    assert mean_below(z, nu, skew) == pytest.approx(integral(nu, skew, 1, -np.inf, z), abs=QUADRATURE)


@LAWS
def test_the_quantile_inverts_the_distribution_function(nu: float, skew: float) -> None:
    levels = np.array([1e-6, 0.01, 0.05, 0.3, 0.5 - skew / 2, 0.77, 0.999])
    np.testing.assert_allclose([cdf(ppf(level, nu, skew), nu, skew) for level in levels], levels, rtol=1e-9)


@LAWS
def test_the_share_of_the_variance_below_zero_is_its_integral(nu: float, skew: float) -> None:
    if nu > 3:  # below that z^2 f falls too slowly for quadrature
        assert below_zero(nu, skew) == pytest.approx(integral(nu, skew, 2, -np.inf, 0.0), abs=1e-6)
    assert below_zero(nu, skew) + below_zero(nu, -skew) == pytest.approx(1, rel=1e-10)  # the mirrored law has the other share


@LAWS
def test_the_slopes_of_the_constants_are_their_differences(nu: float, skew: float) -> None:
    if np.isinf(nu):
        np.testing.assert_array_equal(shape_constants(nu, skew)[[A, B, CONSTANT]], [0, 1, 0])
        return
    constants, step = shape_constants(nu, skew), 1e-6
    by_nu = (shape_constants(nu + step, skew) - shape_constants(nu - step, skew)) / (2 * step)
    by_skew = (shape_constants(nu, skew + step) - shape_constants(nu, skew - step)) / (2 * step)
    # differences of step 1e-6 carry a rounding of 1e-16 / 1e-6 times log gamma of 125, about 480
    np.testing.assert_allclose(constants[[A_NU, B_NU, CONSTANT_NU]], by_nu[[A, B, CONSTANT]], atol=1e-7, rtol=1e-6)
    np.testing.assert_allclose(constants[[A_LAMBDA, B_LAMBDA, CONSTANT_LAMBDA]], by_skew[[A, B, CONSTANT]], atol=1e-8, rtol=1e-6)


@LAWS
def test_the_kernel_has_the_density_of_the_public_functions(nu: float, skew: float) -> None:
    shape = shape_constants(nu, skew)
    for z in (-30.0, -1.2, 0.0, 0.7, 9.0):
        assert log_density(z, shape) == pytest.approx(np.log(float(pdf(z, nu, skew))), rel=1e-12)


def test_without_skewness_and_with_many_degrees_it_is_scipys_t_and_normal() -> None:
    z = np.linspace(-6, 6, 41)
    scale = np.sqrt((5.0 - 2) / 5.0)
    np.testing.assert_allclose(cdf(z, 5.0, 0.0), stats.t.cdf(z, 5, scale=scale), rtol=1e-12)
    np.testing.assert_allclose(pdf(z, 5.0, 0.0), stats.t.pdf(z, 5, scale=scale), rtol=1e-12)
    np.testing.assert_allclose(cdf(z, np.inf, 0.0), stats.norm.cdf(z), rtol=1e-12)


@pytest.mark.parametrize(("nu", "skew"), SHAPES[2:5], ids=str)
def test_hansens_law_is_archs(nu: float, skew: float) -> None:
    other, levels = SkewStudent(), np.array([0.01, 0.3, 0.6, 0.99])
    z = np.array([ppf(level, nu, skew) for level in levels])
    np.testing.assert_allclose(other.ppf(levels, [nu, skew]), z, rtol=1e-9)
    np.testing.assert_allclose(other.loglikelihood([nu, skew], z, np.ones(4), individual=True), np.log(pdf(z, nu, skew)), rtol=1e-9)


@pytest.mark.parametrize("nu", [np.inf, 2.05, 4.1, 30.0, 500.0])
def test_a_size_is_looked_up_to_5e_5_of_itself_from_the_commonest_draw_to_the_rarest(nu: float) -> None:
    halves = np.unique(np.geomspace(1, 2**32, 20_000).astype(np.uint64) - np.uint64(1))
    sizes = [size_at(size_table(nu)[None], 0, half) for half in halves]
    exact = -special.ndtri((halves + 0.5) / 2**33) if np.isinf(nu) else -stats.t.ppf((halves + 0.5) / 2**33, nu) * np.sqrt((nu - 2) / nu)
    np.testing.assert_allclose(sizes, exact, rtol=5e-5)


@LAWS
def test_drawn_innovations_follow_the_law_they_are_drawn_from(nu: float, skew: float) -> None:
    one = np.ones(1)
    still = np.array([[1.0, 0.0, 0.0, 0.0]])  # a variance of 1, whatever happens
    law = MSGarchPathLaw(one, one[None], np.zeros(1), still, shape_constants(nu, skew)[None], one, 0.0, 0.0, 0.0)
    z = simulate_paths(law, 1, key=20, paths=40_000)[:, 0]
    # one of twelve falls below 0.001 by chance once in 83 keys; the key is fixed
    assert stats.kstest(z[::2], lambda x: cdf(x, nu, skew)).pvalue > 1e-3
    assert stats.kstest(z[1::2], lambda x: cdf(x, nu, skew)).pvalue > 1e-3  # the mirrored ones


def test_the_normal_is_the_limit_of_the_t() -> None:
    z = np.linspace(-3, 3, 7)
    # the t's density differs from the normal's by (z^4 - 2 z^2 - 1) / 4 nu of it, below 16 / nu here
    np.testing.assert_allclose(innovations.pdf(z, 1e6, 0.0), innovations.pdf(z, np.inf, 0.0), rtol=2e-5)
