"""Coherence: monotone over the grid, the nearest such table, and nothing else changed."""

from itertools import product

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy.optimize import LinearConstraint, minimize

from forecast.backtest.experiment import Experiment, Pullback
from forecast.engines.arrays import Float, Int
from forecast.engines.passage import GarchPathLaw
from forecast.engines.passage.first_passage import first_passage
from forecast.models.ensemble.coherence import LEAST, TOLERANCE, coherent
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL, first_barrier_met
from forecast.target.question import Question

pytestmark = pytest.mark.slow

GRID = Experiment(pullback=Pullback(horizons=())).questions
HORIZONS = np.array([question.horizon for question in GRID])
ROUNDING = 1e-11  # TOLERANCE, and what some thirty sums of numbers below one add to it


def barriers_of(surge: float, vol: float) -> Float:
    """Log moves of the default grid on a date whose surge and volatility are these."""
    unit = {"surge": lambda q: surge, "sigma": lambda q: vol * q.horizon**0.5, "fixed": lambda q: 1.0}
    return np.array([question.size * unit[question.barrier](question) for question in GRID])


def tables(questions: int) -> st.SearchStrategy[Float]:
    """Tables of probabilities that may be far from coherent."""
    row = st.tuples(*[st.floats(0.01, 1.0)] * 3).map(lambda parts: np.array(parts) / sum(parts))
    return st.lists(row, min_size=questions, max_size=questions).map(np.stack)


def violation(table: Float, barriers: Float, horizons: Int) -> float:
    """By how much the table misses the order of the events, over all pairs of questions."""
    worst = 0.0
    for i, j in product(range(len(table)), repeat=2):
        if barriers[i] == barriers[j] and horizons[i] <= horizons[j]:
            worst = max(worst, *(table[i, k] - table[j, k] for k in (REVERSE, CONTINUE)), table[j, STALL] - table[i, STALL])
        if barriers[i] <= barriers[j] and horizons[i] >= horizons[j]:
            worst = max(worst, table[i, STALL] - table[j, STALL])
    return worst


dates = st.tuples(st.floats(0.025, 0.15), st.floats(0.004, 0.04)).map(lambda date: barriers_of(*date))


@settings(max_examples=20)
@given(tables(len(GRID)), dates)
def test_the_default_grid_is_monotone_stays_probabilities_and_a_second_time_changes_nothing(table: Float, barriers: Float) -> None:
    nearest = coherent(table, barriers, HORIZONS)
    assert violation(nearest, barriers, HORIZONS) < ROUNDING
    assert nearest.min() >= LEAST * table.min() - ROUNDING
    np.testing.assert_allclose(nearest.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert coherent(nearest, barriers, HORIZONS).tobytes() == nearest.tobytes()


@settings(max_examples=20)
@given(tables(len(GRID)), tables(len(GRID)), dates)
def test_no_coherent_table_is_further_away_than_before(table: Float, other: Float, barriers: Float) -> None:
    truth = coherent((other + 1 / 3) / 2, barriers, HORIZONS)
    assume(truth.min() >= LEAST * table.min())
    nearest = coherent(table, barriers, HORIZONS)
    assert ((nearest - truth) ** 2).sum() <= ((table - truth) ** 2).sum() + ROUNDING


@pytest.mark.parametrize("seed", range(6))
def test_a_general_solver_finds_no_nearer_table(seed: int) -> None:
    rng = np.random.default_rng(seed)
    barriers, horizons = np.array([0.03, 0.03, 0.05, 0.05, 0.03, 0.041]), np.array([5, 21, 5, 21, 5, 10])  # the first and fifth are one
    table = rng.dirichlet([0.7, 0.7, 0.7], size=6)
    nearest = coherent(table, barriers, horizons)
    rows, least = [], []
    for i, j in product(range(6), repeat=2):
        if i != j and barriers[i] == barriers[j] and horizons[i] <= horizons[j]:
            rows += [at(j, k) - at(i, k) for k in (REVERSE, CONTINUE)]
        if i != j and barriers[i] <= barriers[j] and horizons[i] >= horizons[j]:
            rows.append(at(j, STALL) - at(i, STALL))
    least = np.r_[np.zeros(len(rows)), np.full(18, LEAST * table.min()), np.ones(6)]
    rows += [at(i, k) for i in range(6) for k in range(3)] + [sum(at(i, k) for k in range(3)) for i in range(6)]
    most = np.r_[np.full(len(rows) - 6, np.inf), np.ones(6)]
    start = np.tile(table.mean(axis=0), 6)
    other = minimize(
        lambda x: ((x - table.ravel()) ** 2).sum(),
        start,
        jac=lambda x: 2 * (x - table.ravel()),
        hess=lambda _: 2 * np.eye(18),
        method="trust-constr",
        constraints=LinearConstraint(np.stack(rows), least, most),
        options={"gtol": 1e-9, "xtol": 1e-12, "barrier_tol": 1e-12, "maxiter": 3000},
    )
    assert other.constr_violation < 1e-9
    mine, theirs = ((nearest - table) ** 2).sum(), other.fun
    assert mine <= theirs + 1e-8  # an interior point stops inside
    np.testing.assert_allclose(nearest.ravel(), other.x, rtol=0, atol=1e-4)  # its square is the solver's slack in the distance


def at(question: int, outcome: int) -> Float:
    """Unit vector of one probability of six questions."""
    unit = np.zeros(18)
    unit[3 * question + outcome] = 1
    return unit


@pytest.mark.parametrize(
    ("table", "barriers", "horizons", "expected"),
    [
        # of one barrier: reverse falls with the horizon by 0.1, so both take the mean, and what they gain or lose the others share
        ([[0.4, 0.4, 0.2], [0.3, 0.3, 0.4]], [0.03, 0.03], [5, 21], [[0.35, 0.425, 0.225], [0.35, 0.275, 0.375]]),
        # stall falls with the barrier by 0.2
        ([[0.2, 0.5, 0.3], [0.3, 0.3, 0.4]], [0.03, 0.05], [5, 5], [[0.25, 0.4, 0.35], [0.25, 0.4, 0.35]]),
        # the farther barrier over the shorter horizon, too
        ([[0.2, 0.5, 0.3], [0.3, 0.3, 0.4]], [0.03, 0.05], [21, 5], [[0.25, 0.4, 0.35], [0.25, 0.4, 0.35]]),
        # over the longer horizon it may
        ([[0.2, 0.5, 0.3], [0.3, 0.3, 0.4]], [0.03, 0.05], [5, 21], [[0.2, 0.5, 0.3], [0.3, 0.3, 0.4]]),
        # one question asked twice has the mean for an answer
        ([[0.2, 0.5, 0.3], [0.4, 0.1, 0.5]], [0.03, 0.03], [5, 5], [[0.3, 0.3, 0.4], [0.3, 0.3, 0.4]]),
        # reverse of the second would fall to 0: it stays at half of the least that was given, and continue bears the rest
        (
            [[0.2, 0.6, 0.2], [0.1, 0.2, 0.7]],
            [0.03, 0.05],
            [5, 5],
            [[43 / 140, 27 / 70, 43 / 140], [0.05, 27 / 70, 79 / 140]],
        ),
    ],
)
def test_small_tables_have_the_projections_worked_out_by_hand(table: list, barriers: list, horizons: list, expected: list) -> None:
    nearest = coherent(np.array(table), np.array(barriers), np.array(horizons))
    np.testing.assert_allclose(nearest, expected, rtol=0, atol=1e-12)


def test_a_law_of_paths_is_coherent_and_comes_back_to_the_bit() -> None:
    shocks = np.sort(np.random.default_rng(1).standard_t(5, 2000))
    law = GarchPathLaw(2e-4, 2e-6, 0.06, 0.05, 0.9, 1.5e-4, (shocks - shocks.mean()) / shocks.std())
    barriers = barriers_of(0.11, 0.012)
    table = first_passage(law, barriers, HORIZONS, key=1, paths=4000).probabilities
    assert coherent(table, barriers, HORIZONS).tobytes() == table.tobytes()


def test_continue_may_fall_and_rise_with_the_barrier_because_the_events_are_not_nested() -> None:
    """Paths that dip before they rise: at 3 % they reverse, at 5 % they continue."""
    dip, rise, rest = [-0.04, 0.06], [0.04, 0.04], [0.0, 0.0]
    horizons, barriers = np.array([2, 2]), np.array([0.03, 0.05])
    more = shares(np.array([dip, dip, rest, rest]), barriers)
    fewer = shares(np.array([rise, rise, rest, dip]), barriers)
    assert more[1, CONTINUE] > more[0, CONTINUE]
    assert fewer[1, CONTINUE] < fewer[0, CONTINUE]
    for table in (more, fewer):
        padded = (table * 4 + 0.5) / 5.5
        assert coherent(padded, barriers, horizons).tobytes() == padded.tobytes()


def shares(moves: Float, barriers: Float) -> Float:
    """Shares of outcomes among the paths, by barrier."""
    met = np.stack([first_barrier_met(moves, np.full(len(moves), barrier)) for barrier in barriers])
    return np.stack([(met == code).mean(axis=1) for code in range(len(OUTCOMES))], axis=1)


def test_barriers_apart_by_a_rounding_are_one() -> None:
    near = np.array([0.75 * 0.04, 0.03])
    assert near[0] != near[1] or np.nextafter(0.03, 1) != 0.03
    nearest = coherent(np.array([[0.2, 0.5, 0.3], [0.4, 0.1, 0.5]]), np.array([0.03, np.nextafter(0.03, 1)]), np.array([5, 5]))
    assert nearest[0].tobytes() == nearest[1].tobytes()


def test_each_date_is_on_its_own() -> None:
    rng = np.random.default_rng(3)
    table, barriers = rng.dirichlet([2, 2, 2], size=(4, len(GRID))), np.stack([barriers_of(0.03 * k, 0.01) for k in (1, 2, 3, 4)])
    together = coherent(table, barriers, HORIZONS)
    for k in range(4):
        assert coherent(table[k], barriers[k], HORIZONS).tobytes() == together[k].tobytes()
    assert np.abs(together - table).max() > TOLERANCE


@pytest.mark.parametrize(
    ("table", "barriers", "horizons", "said"),
    [
        (np.full((2, 3), 1 / 3), np.array([0.1]), np.array([5, 5]), r"must be \(..., q, 3\), \(..., q\) and \(q,\)"),
        (np.array([[0.5, 0.5, 0.0]]), np.array([0.1]), np.array([5]), "must be > 0 and sum to 1"),
        (np.array([[0.5, 0.5, np.nan]]), np.array([0.1]), np.array([5]), "must be > 0 and sum to 1"),
        (np.array([[0.5, 0.3, 0.3]]), np.array([0.1]), np.array([5]), "must be > 0 and sum to 1"),
        (np.full((1, 3), 1 / 3), np.array([-0.1]), np.array([5]), "barriers must be finite and > 0"),
        (np.full((1, 3), 1 / 3), np.array([0.1]), np.array([0.5]), "horizons must be whole sessions"),
    ],
)
def test_what_is_no_table_of_probabilities_is_refused(table: Float, barriers: Float, horizons: Int, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        coherent(table, barriers, horizons)


def test_every_question_of_the_default_grid_is_asked_once_and_the_main_one_first() -> None:
    assert len(GRID) == 28
    assert GRID[0] == Question(horizon=21, barrier="surge", size=0.5)
    assert len(set(GRID)) == 28


WITH_FALLS = Experiment().questions
FALLS = np.array([question.is_fall for question in WITH_FALLS])
SPANS = np.array([question.horizon for question in WITH_FALLS])


def barriers_with_falls(surge: float, vol: float) -> Float:
    """Log moves of every default question on a date whose surge and volatility are these."""
    return np.r_[barriers_of(surge, vol), [question.fixed_move for question in WITH_FALLS if question.is_fall]]


@settings(max_examples=20)
@given(tables(len(WITH_FALLS)), st.floats(0.025, 0.15), st.floats(0.004, 0.04))
def test_no_nearer_fall_is_less_likely_no_longer_time_has_fewer_and_who_reverses_first_has_fallen(
    table: Float, surge: float, vol: float
) -> None:
    barriers = barriers_with_falls(surge, vol)
    table[FALLS] = np.column_stack([table[FALLS, 0], 1 - table[FALLS, 0], np.zeros(FALLS.sum())])
    whole = coherent(table, barriers, SPANS, FALLS)
    assert whole[~FALLS].tobytes() == coherent(table[~FALLS], barriers[~FALLS], SPANS[~FALLS]).tobytes()
    np.testing.assert_array_equal(whole[FALLS, CONTINUE], 0)
    assert (whole[FALLS, :2] > 0).all()
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=0, atol=1e-12)
    fall, depth, span = whole[FALLS, REVERSE], barriers[FALLS], SPANS[FALLS]
    others = zip(whole[~FALLS], barriers[~FALLS], SPANS[~FALLS], strict=True)
    for p, deep, late in zip(fall, depth, span, strict=True):
        assert (p >= fall[(depth >= deep) & (span <= late)] - ROUNDING).all()
    for row, barrier, horizon in others:
        assert (fall[(depth <= barrier) & (span >= horizon)] >= row[REVERSE] - ROUNDING).all()
        assert (1 - fall[(depth >= barrier) & (span <= horizon)] >= row[STALL] - ROUNDING).all()


def test_falls_of_a_law_of_paths_are_coherent_with_the_rest_and_come_back_to_the_bit() -> None:
    shocks = np.sort(np.random.default_rng(1).standard_t(5, 2000))
    law = GarchPathLaw(2e-4, 2e-6, 0.06, 0.05, 0.9, 1.5e-4, (shocks - shocks.mean()) / shocks.std())
    barriers = barriers_with_falls(0.11, 0.012)
    table = first_passage(law, barriers, SPANS, key=1, paths=4000, falls=FALLS).probabilities
    padding = 1 / 4000  # half a path to each of three outcomes, or of two, moves their order by less
    np.testing.assert_allclose(coherent(table, barriers, SPANS, FALLS)[FALLS], table[FALLS], rtol=0, atol=padding)
    whole = coherent(table, barriers, SPANS, FALLS)
    assert coherent(whole, barriers, SPANS, FALLS).tobytes() == whole.tobytes()


def test_two_falls_out_of_order_take_their_mean() -> None:
    table = np.array([[0.3, 0.7, 0.0], [0.4, 0.6, 0.0]])  # a deeper fall that is likelier, by hand
    nearest = coherent(table, np.array([0.03, 0.05]), np.array([5, 5]), np.array([True, True]))
    np.testing.assert_allclose(nearest, [[0.35, 0.65, 0.0], [0.35, 0.65, 0.0]], rtol=0, atol=1e-12)
