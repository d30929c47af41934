"""Calibration: known faults are found, calibrated forecasts are left alone, and the error left over is what draws show."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.discrete.conditional_models import ConditionalLogit

from forecast.engines.arrays import Float
from forecast.engines.kernels.pooling_losses import calibration_loss
from forecast.models.ensemble.calibration import DIRECTION, SHAPE, STALL, Calibrator, contrasts_of
from forecast.models.rules import CalibrationRule
from tests.forecast.records import drawn, forecasts, record

FREE = CalibrationRule(prior_sd=10)  # next to no prior
UNIFORM = np.full(3, 1 / 3)


def mover(*moves: float, questions: int = 1) -> Calibrator:
    return Calibrator(moves=np.tile(moves, (questions, 1)), covariance=np.zeros((questions, 4, 4)))


@pytest.mark.parametrize("moves", [(0.3, 0.3, 0.0, 0.0), (-0.3, -0.3, 0.0, 0.0), (0.1, -0.4, 0.3, -0.2)])
def test_a_known_temperature_and_known_biases_are_found(moves: tuple[float, ...]) -> None:
    p = forecasts(20_000, 1)
    climatology = np.broadcast_to([0.4, 0.2, 0.4], p.shape)
    outcomes = drawn(mover(*moves).calibrated(p, climatology), 31)
    calibrator, whole = Calibrator.fit(p, climatology, record(outcomes), FREE)
    assert whole
    np.testing.assert_array_less(np.abs(calibrator.moves[0] - moves), 4 * np.sqrt(np.diag(calibrator.covariance[0])))
    assert np.sqrt(np.diag(calibrator.covariance[0])).max() < 0.03


@pytest.mark.slow
def test_in_the_limit_of_no_prior_it_is_a_conditional_logit() -> None:
    p = forecasts(2000, 1)
    outcomes = drawn(mover(0.1, -0.2, 0.2, 0.1).calibrated(p, np.broadcast_to(UNIFORM, p.shape)), 32)
    calibrator, _ = Calibrator.fit(p, np.broadcast_to(UNIFORM, p.shape), record(outcomes), CalibrationRule(prior_sd=10, question_sd=10))
    away = contrasts_of(p[:, 0])
    design = np.stack([away[:, :1] * STALL, away[:, 1:] * DIRECTION, np.tile(STALL, (2000, 1)), np.tile(DIRECTION, (2000, 1))], axis=-1)
    happened = (np.arange(3) == outcomes).ravel().astype(int)
    peer = ConditionalLogit(happened, design.reshape(-1, 4), groups=np.repeat(np.arange(2000), 3)).fit(disp=0, method="newton")
    np.testing.assert_allclose(
        calibrator.moves[0] + [1, 1, 0, 0], peer.params, atol=1e-4
    )  # a prior of sd 10 is worth 0.01 in some hundreds
    np.testing.assert_allclose(calibrator.covariance[0], peer.cov_params(), rtol=1e-2, atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_calibrated_forecasts_are_hardly_moved_by_a_record_of_100_episodes(seed: int) -> None:
    p = forecasts(100, 6, seed=seed)
    climatology = np.broadcast_to([0.4, 0.2, 0.4], p.shape)
    forecast = Calibrator.fit(p, climatology, record(drawn(p, 33 + seed), kinds=[0, 0, 1, 1, 2, 2]), CalibrationRule())[0]
    free = Calibrator.fit(
        p, climatology, record(drawn(p, 33 + seed), kinds=[0, 0, 1, 1, 2, 2]), CalibrationRule(prior_sd=10, question_sd=10)
    )[0]
    fresh = forecasts(4000, 6, seed=99)
    lost = {name: divergence(fresh, c.calibrated(fresh, climatology[:1])) for name, c in (("given", forecast), ("free", free))}
    # four free parameters of three kinds lose 12 / (2 * 100) nats at most; the prior weighs as much as some 100 episodes, on slopes as 500
    assert lost["given"] < 0.002
    assert lost["given"] < lost["free"] / 3


def divergence(truth: Float, other: Float) -> float:
    return float((truth * np.log(truth / other)).sum(axis=-1).mean())


def test_without_a_record_it_is_the_identity_and_as_unsure_as_its_prior() -> None:
    p = forecasts(5, 2)
    calibrator, whole = Calibrator.fit(
        np.empty((0, 2, 3)), np.empty((0, 2, 3)), record(np.empty((0, 2), dtype=np.int64)), CalibrationRule()
    )
    assert whole
    np.testing.assert_array_equal(calibrator.moves, 0)
    np.testing.assert_allclose(calibrator.calibrated(p, forecasts(5, 2, seed=3)), p, rtol=1e-14)
    np.testing.assert_allclose(np.sqrt(np.einsum("qmm->qm", calibrator.covariance)), 0.2, rtol=1e-9)


def test_a_slope_of_nothing_is_climatology() -> None:
    p, climatology = forecasts(7, 2), forecasts(7, 2, seed=5)
    np.testing.assert_allclose(mover(-1, -1, 0, 0, questions=2).calibrated(p, climatology), climatology, rtol=1e-12)


def test_a_temperature_is_a_power_against_climatology() -> None:
    p, climatology = forecasts(7, 2), forecasts(7, 2, seed=5)
    power = p * (p / climatology) ** 0.3
    calibrator = mover(0.3, 0.3, 0, 0, questions=2).calibrated(p, climatology)
    np.testing.assert_allclose(calibrator, power / power.sum(axis=-1, keepdims=True), rtol=1e-12)


@pytest.mark.slow
@given(st.integers(0, 10**6), st.floats(1e-3, 1.0), st.floats(0.1, 5000))
def test_what_is_calibrated_is_a_distribution_and_the_tighter_the_prior_the_nearer_the_identity(
    seed: int, sd: float, episodes: float
) -> None:
    p, climatology = forecasts(30, 3, seed=seed), forecasts(30, 3, seed=seed + 1)
    evidence = record(drawn(climatology, seed), episodes=episodes)
    calibrator, whole = Calibrator.fit(p, climatology, evidence, CalibrationRule(prior_sd=sd, question_sd=sd))
    assert whole
    out = calibrator.calibrated(p, climatology)
    assert (out > 0).all()
    np.testing.assert_allclose(out.sum(axis=-1), 1, rtol=1e-12)
    errors = calibrator.error(p, climatology)
    assert np.isfinite(errors).all()
    assert (errors > 0).all()
    one, tight = (
        Calibrator.fit(p[:, :1], climatology[:, :1], record(evidence.outcomes[:, :1], episodes=episodes), CalibrationRule(prior_sd=s))[0]
        for s in (sd, sd / 2)
    )
    assert energy(tight) <= energy(one) + 1e-12


def energy(calibrator: Calibrator) -> float:
    """Size of the moves in the metric of the prior, which a heavier prior cannot raise."""
    return float(calibrator.moves[0] @ np.linalg.inv(SHAPE) @ calibrator.moves[0])


def test_the_error_is_the_spread_of_draws_from_the_posterior() -> None:
    p, climatology = forecasts(4, 1), np.broadcast_to([0.4, 0.2, 0.4], (4, 1, 3))
    record_p = forecasts(150, 1, seed=8)
    calibrator, _ = Calibrator.fit(record_p, climatology[:1].repeat(150, axis=0), record(drawn(record_p, 35)), CalibrationRule())
    draws = np.random.default_rng(36).multivariate_normal(calibrator.moves[0], calibrator.covariance[0], size=4000)
    spread = np.std([mover(*draw).calibrated(p, climatology) for draw in draws], axis=0)
    np.testing.assert_allclose(
        calibrator.error(p, climatology), spread, rtol=0.06, atol=0.0015
    )  # 4,000 draws know it to 1.1 %; what is beyond first order is of the size of its square


def test_slope_and_curvature_of_the_loss_are_its_derivatives_and_its_value_the_log_score() -> None:
    p, climatology, group = forecasts(40, 3), forecasts(40, 3, seed=5), np.array([0, 1, 0])
    evidence = record(drawn(p, 37), episodes=25)
    moves = np.array([[0.1, -0.2, 0.3, -0.1], [0.0, 0.2, -0.3, 0.4]])

    def loss(at: Float) -> tuple[Float, Float, Float]:
        return calibration_loss(
            np.log(p), contrasts_of(p) - contrasts_of(climatology), evidence.outcomes, evidence.cases, group, evidence.falls, at
        )

    calibrated = Calibrator(moves=moves[group], covariance=np.zeros((3, 4, 4))).calibrated(p, climatology)
    scores = -np.log(np.take_along_axis(calibrated, evidence.outcomes[..., None], axis=2)[..., 0]) * evidence.cases
    value, slope, curve = loss(moves)
    np.testing.assert_allclose(value, [scores[:, [0, 2]].sum(), scores[:, 1].sum()], rtol=1e-12)
    step = 1e-6  # central differences are then right to about 1e-9 of the value
    for m in range(4):
        up, down = loss(moves + step * np.eye(4)[m]), loss(moves - step * np.eye(4)[m])
        np.testing.assert_allclose(slope[:, m], (up[0] - down[0]) / (2 * step), rtol=1e-5, atol=1e-6)
        np.testing.assert_allclose(curve[:, m], (up[1] - down[1]) / (2 * step), rtol=1e-5, atol=1e-6)
