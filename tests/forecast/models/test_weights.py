"""Weights: known ones are found, another library's agree, few episodes change little."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.discrete.conditional_models import ConditionalLogit

from forecast.engines.arrays import Float
from forecast.engines.kernels.pooling_losses import log_linear_loss, stacking_loss
from forecast.engines.regression.newton import minimise
from forecast.models.ensemble.pool import linear_pool, pooled
from forecast.models.ensemble.weights import best_single, log_linear_weights, outcome_probabilities, stacking_weights
from forecast.models.registry import DEFAULT, MODELS, prior_weights
from forecast.models.rules import PoolRule
from tests.forecast.records import drawn, forecasts, record

pytestmark = pytest.mark.slow

FREE = PoolRule(prior_episodes=1e-6)  # next to no prior
LEARN = {"log-linear": (log_linear_weights, pooled), "linear": (stacking_weights, linear_pool)}
TRUE = np.array([0.6, 0.3, 0.1])


def equal(components: Float) -> Float:
    """The same prior weight for each of the components (n, k, q, 3)."""
    return np.full(components.shape[1], 1 / components.shape[1])


def simulated(n: int, rule: str, weights: Float = TRUE) -> tuple[Float, Float]:
    """Forecasts (n, 3, 1, 3) of one question and outcomes drawn from their combination by `weights`."""
    components = forecasts(n, 3)
    return components[:, :, None], drawn(LEARN[rule][1](components, weights), 22)[:, None]


@pytest.mark.parametrize("rule", LEARN)
def test_known_weights_are_found(rule: str) -> None:
    components, outcomes = simulated(20_000, rule)
    learned, whole = LEARN[rule][0](components, record(outcomes), FREE, equal(components))
    assert whole
    np.testing.assert_allclose(learned[0], TRUE, atol=0.05)  # three standard errors, 0.016 by the inverse Hessian


@pytest.mark.parametrize("rule", LEARN)
def test_without_resolved_forecasts_weights_are_equal_to_the_bit(rule: str) -> None:
    learned, whole = LEARN[rule][0](
        np.empty((0, 4, 2, 3)), record(np.empty((0, 2), dtype=np.int64)), PoolRule(), equal(np.empty((0, 4, 2, 3)))
    )
    assert whole
    np.testing.assert_array_equal(learned, 0.25)


def test_without_a_prior_log_linear_weights_are_those_of_a_conditional_logit() -> None:
    components = forecasts(3000, 3)
    components[:, 2] = 1 / 3  # its weight is what the others leave: no constraint on them
    outcomes = drawn(pooled(components, TRUE), 23)
    learned, _ = log_linear_weights(
        components[:, :, None], record(outcomes[:, None]), PoolRule(prior_episodes=1e-9), equal(components[:, :, None])
    )
    logs = np.log(components[:, :2]).transpose(0, 2, 1).reshape(-1, 2)
    happened = (np.arange(3) == outcomes[:, None]).ravel().astype(int)
    peer = ConditionalLogit(happened, logs, groups=np.repeat(np.arange(3000), 3)).fit(disp=0, method="newton")
    np.testing.assert_allclose(learned[0, :2], peer.params, rtol=1e-6)


def test_without_a_prior_stacking_weights_are_a_fixed_point_of_expectation_maximisation() -> None:
    components, outcomes = simulated(2000, "linear")
    evidence = record(outcomes)
    learned, _ = stacking_weights(components, evidence, FREE, equal(components))
    happened = outcome_probabilities(components, evidence)[:, :, 0]
    share = learned[0] * happened / (happened @ learned[0])[:, None]
    np.testing.assert_allclose(share.mean(axis=0), learned[0], atol=1e-8)


@pytest.mark.parametrize("rule", LEARN)
def test_the_order_of_components_decides_nothing(rule: str) -> None:
    components, outcomes = simulated(400, rule)
    other = [2, 0, 1]
    one, _ = LEARN[rule][0](components, record(outcomes, episodes=60), PoolRule(), equal(components))
    two, _ = LEARN[rule][0](components[:, other], record(outcomes, episodes=60), PoolRule(), equal(components[:, other]))
    np.testing.assert_allclose(two, one[:, other], atol=1e-9)  # where Newton stops


@pytest.mark.parametrize("rule", LEARN)
def test_few_episodes_leave_the_weights_near_the_prior(rule: str) -> None:
    components, outcomes = simulated(400, rule)
    prior = np.array([0.2, 0.2, 0.6])
    learned = {n: LEARN[rule][0](components, record(outcomes, episodes=n), PoolRule(prior_episodes=20), prior)[0][0] for n in (0.1, 40)}
    np.testing.assert_allclose(learned[0.1], prior, atol=0.01)  # a two-hundredth of the prior's evidence
    assert learned[40][2] < learned[0.1][2] - 0.02  # the truth has a tenth there


def test_kinds_of_components_share_the_weight_before_any_evidence() -> None:
    np.testing.assert_allclose(prior_weights(["har", "ewma", "garch", "msgarch", "logistic", "analogs"]), np.array([6, 2, 2, 2, 3, 3]) / 18)
    np.testing.assert_array_equal(prior_weights(["climatology"]), [1.0])
    for names in (MODELS, DEFAULT):
        assert prior_weights(list(names)).sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("rule", LEARN)
def test_evidence_counts_in_episodes_and_the_prior_in_the_same(rule: str) -> None:
    components, outcomes = simulated(400, rule)
    learned = {
        n: LEARN[rule][0](components, record(outcomes, episodes=n), PoolRule(prior_episodes=20), equal(components))[0][0]
        for n in (1, 40, 400)
    }
    away = [np.abs(learned[n] - 1 / 3).max() for n in learned]
    assert away[0] < 0.02 < away[1] < away[2]
    ten = LEARN[rule][0](components, record(outcomes, episodes=400), PoolRule(prior_episodes=200), equal(components))[0][0]
    np.testing.assert_allclose(ten, learned[40], atol=1e-8)  # ten times the evidence under ten times the prior


@given(st.floats(1e-3, 1e5), st.floats(0.1, 5000), st.integers(0, 10**6))
def test_weights_are_a_distribution_on_every_question(prior: float, episodes: float, seed: int) -> None:
    components = forecasts(30, 3, 4, seed=seed)
    evidence = record(drawn(forecasts(30, 4, seed=seed + 1), seed), episodes=episodes, kinds=[0, 0, 1, 1])
    for learn, _ in LEARN.values():
        weights, whole = learn(components, evidence, PoolRule(prior_episodes=prior), equal(components))
        assert whole
        assert weights.shape == (4, 3)
        assert (weights > 0).all()
        np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-12)


def test_a_question_leans_on_its_kind_of_barrier_before_it_stands_alone() -> None:
    """The first component is right on two questions of one kind, the second on two of another; of each kind one is hardly settled."""
    components = forecasts(600, 2, 4)
    truth = np.stack([components[:, kind, q] for q, kind in enumerate((0, 0, 1, 1))], axis=1)
    evidence = record(drawn(truth, 24), episodes=300, kinds=[0, 0, 1, 1])
    evidence.cases[20:, [1, 3]] = 0.0
    learned, _ = log_linear_weights(components, evidence, PoolRule(), equal(components))
    assert learned[0, 0] > learned[1, 0] > 0.55
    assert learned[2, 0] < learned[3, 0] < 0.45


@pytest.mark.parametrize("kernel", ["log-linear", "linear"])
def test_slope_and_curvature_of_a_loss_are_its_derivatives_and_its_value_the_log_score(kernel: str) -> None:
    components, weights, group = forecasts(40, 3, 3), forecasts(2, seed=25), np.array([0, 1, 0])
    evidence = record(drawn(forecasts(40, 3), 26), episodes=25)
    if kernel == "log-linear":
        logs = np.log(components).transpose(0, 2, 3, 1)
        contrasts = np.ascontiguousarray(logs[:, :, 1:] - logs[:, :, :1])

        def loss(at: Float) -> tuple[Float, Float, Float]:
            return log_linear_loss(contrasts, evidence.outcomes, evidence.cases, group, at)
    else:
        happened = np.ascontiguousarray(outcome_probabilities(components, evidence).transpose(0, 2, 1))

        def loss(at: Float) -> tuple[Float, Float, Float]:
            return stacking_loss(happened, evidence.cases, group, at)

    combine = LEARN[kernel][1]
    mixed = combine(components.transpose(0, 2, 1, 3), weights[group])
    scores = -np.log(np.take_along_axis(mixed, evidence.outcomes[..., None], axis=2)[..., 0]) * evidence.cases
    value, slope, curve = loss(weights)
    np.testing.assert_allclose(value, [scores[:, [0, 2]].sum(), scores[:, 1].sum()], rtol=1e-12)
    step = 1e-6  # central differences are then right to about 1e-9 of the value
    for m in range(3):
        move = step * np.eye(3)[m]
        up, down = loss(weights + move), loss(weights - move)
        np.testing.assert_allclose(slope[:, m], (up[0] - down[0]) / (2 * step), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(curve[:, m], (up[1] - down[1]) / (2 * step), rtol=1e-5, atol=1e-6)


def test_the_best_single_component_is_the_one_with_the_least_log_loss() -> None:
    components = forecasts(300, 3, 2)
    evidence = record(drawn(components[:, 1], 27))
    np.testing.assert_array_equal(best_single(components, evidence), [[0, 1, 0], [0, 1, 0]])
    evidence.cases[:, 1] = 0.0
    np.testing.assert_allclose(best_single(components, evidence), [[0, 1, 0], [1 / 3, 1 / 3, 1 / 3]])


def test_a_problem_that_has_no_least_stays_where_it_began() -> None:
    def loss(at: Float) -> tuple[Float, Float, Float]:
        value = np.where([True, False], ((at - 3) ** 2).sum(axis=1), np.nan)
        return value, 2 * (at - 3), 2 * np.tile(np.eye(2), (2, 1, 1))

    learned, sound = minimise(loss, np.ones((2, 2)), np.empty((0, 2)))
    np.testing.assert_allclose(learned, [[3, 3], [1, 1]])
    np.testing.assert_array_equal(sound, [True, False])
