"""First passage over simulated paths: the engine against its slow twin, and what its errors are worth."""

import tracemalloc
from dataclasses import dataclass

import numpy as np
import pytest
from scipy.stats import norm

from forecast.engines.garch.garch import Garch
from forecast.engines.passage import GarchPathLaw, MarkovPathLaw
from forecast.engines.passage.exact_passage import exact_passage
from forecast.engines.passage.first_passage import BATCHES, PathLaw, first_passage, simulate_paths
from forecast.engines.probabilities import Prediction, shares

KEY = 20240716
GAUSS = np.sort(norm.ppf((np.arange(20_000) + 0.5) / 20_000))
GARCH = GarchPathLaw(0.0003, 2e-6, 0.05, 0.1, 0.88, 1.5e-4, GAUSS)
CHAIN = MarkovPathLaw(np.array([0.7, 0.3]), np.array([[0.97, 0.03], [0.08, 0.92]]), np.array([6e-4, -1e-3]), np.array([0.007, 0.021]))
LAWS = pytest.mark.parametrize("law", [GARCH, CHAIN], ids=["garch", "chain"])
BARRIERS, HORIZONS = np.array([0.03, 0.05, 0.03, 0.1, 0.01]), np.array([21, 21, 5, 40, 1])


def slow_counts(law: PathLaw, barrier: float, horizon: int, paths: int) -> list[int]:
    counts = [0, 0, 0]
    for path in simulate_paths(law, horizon, key=KEY, paths=paths).tolist():
        met = next((move for move in path if abs(move) >= barrier), 0.0)
        counts[1 + (met > 0) - (met < 0)] += 1
    return counts


@LAWS
def test_what_is_met_first_is_what_the_slow_twin_meets(law: PathLaw) -> None:
    chances = first_passage(law, BARRIERS, HORIZONS, key=KEY, paths=3000)
    slow = np.array([slow_counts(law, barrier, horizon, 3000) for barrier, horizon in zip(BARRIERS, HORIZONS, strict=True)])
    np.testing.assert_array_equal(chances.probabilities, shares(slow))


@LAWS
def test_questions_asked_together_are_answered_as_alone(law: PathLaw) -> None:
    together = first_passage(law, BARRIERS, HORIZONS, key=KEY, paths=5000)
    for q in range(len(BARRIERS)):
        alone = first_passage(law, BARRIERS[q : q + 1], HORIZONS[q : q + 1], key=KEY, paths=5000)
        for part in range(2):
            np.testing.assert_array_equal(together[part][q], alone[part][0])


@LAWS
def test_any_number_of_threads_gives_the_bits_of_one(law: PathLaw) -> None:
    answers = [first_passage(law, BARRIERS, HORIZONS, key=KEY, paths=50_001, threads=threads) for threads in (1, 2, 3)]
    assert len({(chances.probabilities.tobytes(), chances.errors.tobytes()) for chances in answers}) == 1


@LAWS
def test_a_barrier_is_met_more_often_the_longer_the_horizon_and_the_nearer_it_is(law: PathLaw) -> None:
    ladder, sessions = np.linspace(0.005, 0.2, 12), np.arange(1, 41)
    barriers, horizons = (grid.ravel() for grid in np.meshgrid(ladder, sessions, indexing="ij"))
    reverse, stall, onward = first_passage(law, barriers, horizons, key=KEY, paths=2000).probabilities.T
    met = (reverse + onward).reshape(len(ladder), len(sessions))
    assert (np.diff(met, axis=1) > -1e-15).all()
    assert (np.diff(met, axis=0) < 1e-15).all()
    for side in (reverse, onward):
        assert (np.diff(side.reshape(met.shape), axis=1) > -1e-15).all()
    np.testing.assert_allclose(met.ravel() + stall, 1, rtol=1e-14)


@LAWS
def test_the_errors_are_the_spread_over_keys(law: PathLaw) -> None:
    barriers, horizons = np.array([0.02, 0.05, 0.1]), np.array([21, 21, 40])
    answers = [first_passage(law, barriers, horizons, key=key, paths=4000) for key in range(200)]
    spread = np.std([chances.probabilities for chances in answers], axis=0, ddof=1)
    stated = np.sqrt(np.mean([chances.errors**2 for chances in answers], axis=0))
    # the spread of 200 is itself known to 1 / sqrt(2 * 199) = 5 %, four of which are 20 %; the mean of the errors to half a percent
    np.testing.assert_allclose(stated / spread, 1, atol=0.21)
    independent = np.sqrt(np.mean([chances.probabilities for chances in answers], axis=0) / 4000)
    assert stated[0, 2] < 0.7 * independent[0, 2]  # near a barrier, the antithetic path is worth more than one


def test_one_session_and_a_gaussian_walk_are_within_four_errors_of_the_exact_law() -> None:
    still = GarchPathLaw(0.0005, 0.0, 0.0, 0.0, 1.0, 1e-4, GAUSS)  # the variance stays where it is
    alone = MarkovPathLaw(np.ones(1), np.ones((1, 1)), np.array([0.0005]), np.array([0.01]))
    barriers, horizons = np.array([0.01, 0.02, 0.05, 0.05]), np.array([1, 21, 21, 63])
    chances = first_passage(still, barriers, horizons, key=KEY, paths=50_000)
    assert (np.abs(chances.probabilities - exact_passage(alone, barriers, horizons)) < 4 * chances.errors).all()


def test_a_chain_is_within_four_errors_of_its_exact_law() -> None:
    barriers, horizons = np.array([0.01, 0.02, 0.05, 0.05, 0.15]), np.array([1, 21, 21, 63, 40])
    chances = first_passage(CHAIN, barriers, horizons, key=KEY, paths=100_000, threads=2)
    assert (np.abs(chances.probabilities - exact_passage(CHAIN, barriers, horizons)) < 4 * chances.errors).all()


def test_memory_does_not_grow_with_the_number_of_paths() -> None:
    def peak(paths: int) -> int:
        tracemalloc.reset_peak()
        first_passage(GARCH, BARRIERS, HORIZONS, key=KEY, paths=paths)
        return tracemalloc.get_traced_memory()[1]

    tracemalloc.start()
    few, many, most = (peak(paths) for paths in (10_000, 250_000, 1_000_000))
    tracemalloc.stop()
    assert many < few + 2 * 600_000  # a block of 512 KB and a shorter last one, which 10,000 paths in 64 batches do not fill
    assert abs(most - many) < 600_000


def test_a_barrier_out_of_reach_stalls_to_half_a_path() -> None:
    chances = first_passage(GARCH, np.array([10.0]), np.array([21]), key=KEY, paths=1000)
    np.testing.assert_allclose(chances.probabilities[0] * 1001.5, [0.5, 1000.5, 0.5])
    np.testing.assert_array_equal(chances.errors[0], 0.5 / 1000)


@pytest.mark.parametrize("paths", [4, 5, 100, 2 * BATCHES + 1])
def test_few_paths_are_still_batches_and_an_odd_one_brings_its_twin(paths: int) -> None:
    chances = first_passage(GARCH, BARRIERS, HORIZONS, key=KEY, paths=paths)
    assert np.isfinite(chances.errors).all()
    whole = paths + paths % 2
    np.testing.assert_allclose((chances.probabilities * (whole + 1.5)) % 1, 0.5)


@dataclass(frozen=True)
class Ramp:
    """A law of one line: the drawn path climbs by a percent a session, its twin falls."""

    def fill(self, key: int, first: int, moves: np.ndarray) -> None:
        climb = 0.01 * np.arange(1, len(moves) + 1)
        moves[:, 0], moves[:, 1] = climb[:, None], -climb[:, None]


def test_any_law_that_fills_a_block_can_be_asked() -> None:
    chances = first_passage(Ramp(), np.array([0.05, 0.05]), np.array([4, 5]), key=KEY, paths=100)
    np.testing.assert_allclose(chances.probabilities, shares(np.array([[0, 100, 0], [50, 0, 50]])))
    np.testing.assert_array_equal(simulate_paths(Ramp(), 2, key=KEY, paths=3), [[0.01, 0.02], [-0.01, -0.02], [0.01, 0.02]])


@LAWS
def test_simulated_paths_are_a_function_of_key_and_number(law: PathLaw) -> None:
    many, few = simulate_paths(law, 21, key=KEY, paths=1000), simulate_paths(law, 9, key=KEY, paths=11)
    np.testing.assert_array_equal(many[:11, :9], few)
    assert not np.isclose(many, simulate_paths(law, 21, key=KEY + 1, paths=1000)).any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"barriers": [0.05, 0.0]}, r"barriers must be finite and > 0 \(log moves\), got \[0.05, 0.0\]"),
        ({"barriers": [0.05, np.nan]}, "barriers must be finite and > 0"),
        ({"barriers": [0.05]}, r"barriers and horizons must be of one length, at least 1, got shapes \(1,\) and \(2,\)"),
        ({"horizons": [0, 5]}, r"horizons must be whole sessions >= 1, got \[0, 5\]"),
        ({"horizons": [1.5, 5.0]}, "horizons must be whole sessions >= 1"),
        ({"horizons": np.ma.masked_array([21, 999], mask=[False, True])}, r"horizons must be whole sessions >= 1, got \[21, None\]"),
        ({"horizons": np.array([21, 5], dtype="m8[D]")}, "horizons must be numbers, got durations"),
        ({"horizons": [21, True]}, "horizons must be numbers, got booleans"),
        ({"law": Garch()}, r"law must be a law of paths, as the ahead\(\) of an estimator is, got Garch"),
        ({"paths": 3}, "paths must be a whole number of at least 4, got 3"),
        ({"threads": 0}, "threads must be a whole number of at least 1, got 0"),
    ],
)
def test_invalid_arguments_are_named_in_the_error(change: dict[str, object], message: str) -> None:
    arguments = {"law": GARCH, "barriers": [0.05, 0.03], "horizons": [21, 5], "key": 1, "paths": 100} | change
    with pytest.raises(ValueError, match=message):
        first_passage(**arguments)


def test_an_exact_prediction_has_no_monte_carlo_error() -> None:
    np.testing.assert_array_equal(Prediction.exact(np.full((2, 3), 1 / 3)).errors, 0)
