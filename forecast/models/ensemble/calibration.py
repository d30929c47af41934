"""Calibration: the pool's probabilities corrected by their own record, as far as that is worth more than none.

Three ordered outcomes have two contrasts: stall, log(p_stall / sqrt(p_reverse p_continue)), and direction, log(p_continue / p_reverse).
Each is moved along a line about that of climatology c,

    stall' = stall + a_1 (stall - stall_c) + b_1,        direction' = direction + a_2 (direction - direction_c) + b_2.

Equal slopes a are a temperature, the power (p / c) ** (1 + a) against climatology: what is shrunk then goes to the frequencies of
the question, while a power against uniform would send a stall of 5 % towards a third. With all four it is Dirichlet calibration
(Kull et al. 2019), linear in log p, without the terms that let one contrast move the other, which no order of outcomes calls for.
A fall comes or does not: it has the one contrast log(p_stall / p_reverse), in the place of stall, and no direction.
"""

from typing import Self

import numpy as np

from forecast.engines.arrays import Flags, Float, FloatState, Int
from forecast.engines.kernels.pooling_losses import calibration_loss
from forecast.engines.probabilities import finite_logs
from forecast.engines.regression.newton import minimise
from forecast.models.component import refuse_shapes, state
from forecast.models.ensemble.episode_weights import Evidence, fit_by_levels
from forecast.models.rules import CalibrationRule

MOVES = ("stall_slope", "direction_slope", "stall_bias", "direction_bias")  # all zero is the identity
STALL = np.array([-1 / 3, 2 / 3, -1 / 3])  # what a unit of a contrast adds to the log probabilities
DIRECTION = np.array([-1 / 2, 0.0, 1 / 2])
FARTHEST = 20.0  # of a move: the widest prior, an sd of 10, leaves next to nothing beyond, and log odds times it stay finite
SHAPE = np.array([[1.0, 0.5, 0.0, 0.0], [0.5, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
"""Of the prior's covariance: half the variance of a slope is that of the temperature, which both share."""


@state
class Calibrator:
    """Slopes and biases of the calibration of each question.

    Parameters
    ----------
    moves : numpy.ndarray of shape (q, 4)
        In the order of MOVES.
    covariance : numpy.ndarray of shape (q, 4, 4)
        Of the moves, from the curvature of their posterior.
    """

    moves: FloatState
    covariance: FloatState

    def __post_init__(self) -> None:
        q, p = len(np.atleast_1d(self.moves)), len(MOVES)
        refuse_shapes(moves=(self.moves, (q, p)), covariance=(self.covariance, (q, p, p)))
        if (np.abs(self.moves) > FARTHEST).any():
            raise ValueError(f"moves must lie within {FARTHEST:g} of the identity")
        if not np.allclose(self.covariance, self.covariance.swapaxes(1, 2)) or (np.linalg.eigvalsh(self.covariance) < -1e-9).any():
            raise ValueError("covariance must be one")

    @classmethod
    def fit(cls, probabilities: Float, climatology: Float, evidence: Evidence, rule: CalibrationRule) -> tuple[Self, bool]:
        """The likeliest calibration of resolved forecasts (n, q, 3), made beside `climatology` (n, q, 3); and whether all was found.

        The prior is Gaussian about the identity, as `rule` has it: a free recalibration loses skill where episodes are few.
        """
        logs, contrasts = finite_logs(np.ascontiguousarray(probabilities)), contrasts_of(probabilities) - contrasts_of(climatology)
        q, falls = probabilities.shape[1], evidence.falls

        def fit(centre: Float, group: Int, cases: Float, depth: int) -> tuple[Float, Flags]:
            precision = _precision(rule.question_sd if depth else rule.prior_sd)

            def loss(moves: Float) -> tuple[Float, Float, Float]:
                value, slope, curve = calibration_loss(logs, contrasts, evidence.outcomes, cases, group, falls, moves)
                pull = (moves - centre) @ precision
                return value + ((moves - centre) * pull).sum(axis=1) / 2, slope + pull, curve + precision

            return minimise(loss, centre, np.empty((0, len(MOVES))))

        moves, converged = fit_by_levels(fit, evidence, np.zeros(len(MOVES)))
        _, _, curve = calibration_loss(logs, contrasts, evidence.outcomes, evidence.cases, np.arange(q), falls, moves)
        return cls(moves=moves, covariance=np.linalg.inv(curve + _precision(rule.prior_sd))), converged

    def calibrated(self, probabilities: Float, climatology: Float) -> Float:
        """Probabilities (..., q, 3), each row a distribution again; climatology of the same day and shape. What was 0 stays 0."""
        away = contrasts_of(probabilities) - contrasts_of(climatology)
        still, way = (self.moves[:, m] * away[..., m] + self.moves[:, 2 + m] for m in range(2))
        way = np.where(probabilities[..., 2] > 0, way, 0.0)
        odds = probabilities * np.exp(still[..., None] * STALL + way[..., None] * DIRECTION)
        return np.asarray(odds / odds.sum(axis=-1, keepdims=True))

    def error(self, probabilities: Float, climatology: Float) -> Float:
        """Standard error (..., q, 3) that the calibration leaves in what `calibrated` gives for the same arguments; first order.

        Each question's covariance is that of its own evidence under the whole prior, as if it borrowed nothing from the others.
        """
        away = contrasts_of(probabilities) - contrasts_of(climatology)
        p = self.calibrated(probabilities, climatology)
        one, way = np.ones_like(away[..., 0]), (probabilities[..., 2] > 0).astype(np.float64)
        log_slopes = np.stack(
            [away[..., :1] * STALL, away[..., 1:] * DIRECTION, one[..., None] * STALL, way[..., None] * DIRECTION], axis=-1
        )  # (..., q, 3, 4)
        slopes = p[..., None] * (log_slopes - np.einsum("...c,...cm->...m", p, log_slopes)[..., None, :])
        return np.asarray(np.sqrt(np.einsum("...qcm,qmo,...qco->...qc", slopes, self.covariance, slopes)))


def contrasts_of(probabilities: Float) -> Float:
    """Stall and direction, (..., 2), of probabilities (..., 3), all > 0; of a fall, where continue is 0, none against one, and 0."""
    logs, both = finite_logs(probabilities), probabilities[..., 2] > 0
    up = np.where(both, logs[..., 2], logs[..., 0])
    return np.stack([logs[..., 1] - (logs[..., 0] + up) / 2, up - logs[..., 0]], axis=-1)


def _precision(sd: float) -> Float:
    return np.asarray(np.linalg.inv(SHAPE * sd**2))
