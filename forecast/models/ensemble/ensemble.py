"""The ensemble: components pooled, calibrated, made coherent and given intervals. Every forecast of the package is made here."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from pydantic import TypeAdapter

from forecast.engines.arrays import Flags, Float, FloatState, Int
from forecast.engines.probabilities import Prediction
from forecast.models.climatology import frequencies
from forecast.models.component import refuse_improper, state
from forecast.models.ensemble.calibration import MOVES, Calibrator
from forecast.models.ensemble.coherence import coherent
from forecast.models.ensemble.episode_weights import evidence_of
from forecast.models.ensemble.intervals import TrackRecord, forecast_bounds
from forecast.models.ensemble.methods import LINEAR, METHODS, best_method, combined, method_weights
from forecast.models.forecasts import Forecasts
from forecast.models.rules import CalibrationRule, PoolRule
from forecast.models.surge_base_rate import BaseRates
from forecast.target.sample import Sample

__all__ = ["Ensemble", "fit_ensemble"]


@state
class Ensemble:
    """What was learned from the forecasts settled so far.

    Parameters
    ----------
    method : str
        The method of pooling in force, one of `METHODS`.
    weights : numpy.ndarray of shape (4, q, k)
        Weights of the components by each method.
    calibrator : Calibrator
        Calibration of what the method in force gives.
    """

    method: str
    weights: FloatState
    calibrator: Calibrator

    def __post_init__(self) -> None:
        refuse_improper("weights", self.weights)

    @property
    def weights_in_force(self) -> Float:
        """Weights by the method in force, (q, k)."""
        return np.asarray(self.weights[METHODS.index(self.method)])

    def forecast(
        self,
        sample: Sample,
        surges: Int,
        trained_to: int,
        prediction: Prediction,
        base: BaseRates,
        records: Sequence[TrackRecord],
        level: float,
    ) -> Forecasts:
        """The forecasts of some surges of a sample, made by models of one refit.

        Parameters
        ----------
        sample : Sample
            The target market; of each surge nothing after its session is looked at.
        surges : numpy.ndarray of shape (n,)
            Places of the surges among those of the sample.
        trained_to : int
            Row of the last session that the models had seen.
        prediction : Prediction
            Probabilities of the components with their errors and spread, (n, k, q, 3).
        base : BaseRates
            What stands beside the forecasts, (n, q, 3).
        records : sequence of TrackRecord
            Of each question, the forecasts that were settled when the models were fitted.
        level : float
            Level of the intervals.

        Returns
        -------
        Forecasts
            A batch of n.
        """
        place, count = METHODS.index(self.method), len(surges)
        climatology = np.stack([frequencies(sample.up_to(int(sample.rows[surge]))) for surge in surges])
        by_method = np.stack([self.every_method(each) for each in prediction.probabilities])
        uncalibrated = np.ascontiguousarray(by_method[:, place])
        tables = zip(uncalibrated, climatology, sample.barriers[surges], strict=True)
        probabilities = np.stack([self.calibrate(*table, sample.horizons, sample.falls) for table in tables])
        weights = np.tile(self.weights_in_force, (count, 1, 1))
        error = self.calibration_error(uncalibrated, climatology)
        evidence = np.stack([record.evidence(probabilities[:, q]) for q, record in enumerate(records)], axis=1)
        return Forecasts(
            surges=np.asarray(surges, dtype=np.int64),
            trained_to=np.full(count, trained_to, dtype=np.int64),
            components=prediction.probabilities,
            errors=prediction.errors,
            spread=prediction.spread_or_nan,
            climatology=climatology,
            base_rates=base.frequencies,
            base_bounds=base.bounds(level),
            base_episodes=np.rint(base.evidence).astype(np.int64),
            by_method=by_method,
            uncalibrated=uncalibrated,
            probabilities=probabilities,
            bounds=forecast_bounds(prediction, probabilities, weights, evidence, error, level),
            method=np.full(count, self.method),
            weights=weights,
        )

    def every_method(self, components: Float) -> Float:
        """What each method of pooling makes of the components of one surge.

        Parameters
        ----------
        components : numpy.ndarray of shape (k, q, 3)

        Returns
        -------
        numpy.ndarray of shape (4, q, 3)
        """
        return np.stack([combined(components, weights, method) for method, weights in zip(METHODS, self.weights, strict=True)])

    def pool(self, components: Float) -> Float:
        """What the method in force makes of the components of one surge, not calibrated.

        Parameters
        ----------
        components : numpy.ndarray of shape (k, q, 3)

        Returns
        -------
        numpy.ndarray of shape (q, 3)
        """
        return combined(components, self.weights_in_force, self.method)

    def calibrate(self, uncalibrated: Float, climatology: Float, barriers: Float, horizons: Int, falls: Flags | None = None) -> Float:
        """Calibrated and coherent probabilities of one surge.

        Parameters
        ----------
        uncalibrated, climatology : numpy.ndarray of shape (q, 3)
            What `pool` gives, and the climatology of the day.
        barriers, horizons : numpy.ndarray of shape (q,)
            Log moves and sessions of the questions, which order their probabilities.
        falls : numpy.ndarray of bool of shape (q,), optional
            Which have no upper barrier; by default none.

        Returns
        -------
        numpy.ndarray of shape (q, 3)
        """
        return coherent(self.calibrator.calibrated(uncalibrated, climatology), barriers, horizons, falls)

    def calibration_error(self, uncalibrated: Float, climatology: Float) -> Float:
        """Standard error in log odds that the moves of the calibration leave.

        Parameters
        ----------
        uncalibrated, climatology : numpy.ndarray of shape (..., q, 3)

        Returns
        -------
        numpy.ndarray of shape (..., q, 3)
        """
        p = self.calibrator.calibrated(uncalibrated, climatology)
        return self.calibrator.error(uncalibrated, climatology) / np.where(p > 0, p * (1 - p), 1.0)

    def leverage(self) -> Float | None:
        """How far a component's log odds of continue against reverse move those of the forecast.

        What coherence moves is left out. Of a fall, which has no direction, this is not what moves it.

        Returns
        -------
        numpy.ndarray of shape (q, k), or None
            None where the method in force is not linear in log odds.
        """
        return None if self.method in LINEAR else self.weights_in_force * (1 + self.calibrator.moves[:, 1:2])

    def dump(self) -> dict[str, Any]:
        """The state as JSON values.

        Returns
        -------
        dict
        """
        return dict(TypeAdapter(type(self)).dump_python(self, mode="json"))

    @classmethod
    def load(cls, stored: Any, *, questions: int, components: int) -> Self:
        """Read the ensemble that `dump` wrote.

        Parameters
        ----------
        stored : dict
            JSON values.
        questions, components : int
            How many it must have.

        Returns
        -------
        Ensemble

        Raises
        ------
        ValueError
            Where it is not whole, or is of other questions or components.
        """
        ensemble = TypeAdapter(cls).validate_python(stored)
        p = len(MOVES)
        shapes = (ensemble.weights.shape, ensemble.calibrator.moves.shape, ensemble.calibrator.covariance.shape)
        if ensemble.method not in METHODS or shapes != ((len(METHODS), questions, components), (questions, p), (questions, p, p)):
            raise ValueError(f"not an ensemble for {questions} questions and {components} components")
        return ensemble


_UNFOUND = "calibration: was not found for some questions, which stay at what they are shrunk to"


def fit_ensemble(
    target: Sample, forecasts: Forecasts, row: int, *, prior: Float, pool: PoolRule, calibration: CalibrationRule
) -> tuple[Ensemble, tuple[str, ...]]:
    """Learn the ensemble from the forecasts that were settled before the close of a row.

    Falls learn by themselves: they are other events, and asking about them moves no answer to another question. The method of pooling is
    chosen by the questions with as many barriers as the first, the main one.

    Parameters
    ----------
    target : Sample
        The sample of the forecasts.
    forecasts : Forecasts
        Forecasts in the order of time; those of surges after `row` are not looked at.
    row : int
        Row of the session at whose close the ensemble is learned.
    prior : numpy.ndarray of shape (k,)
        Weights of the components before any evidence, summing to 1.
    pool, calibration : PoolRule, CalibrationRule
        How weights and calibration are learned.

    Returns
    -------
    ensemble : Ensemble
    notes : tuple of str
        What could not be learned.
    """
    past, q, p, method = forecasts.up_to(target, row), len(target.questions), len(MOVES), METHODS[0]
    weights, moves, covariance = np.empty((len(METHODS), q, forecasts.components.shape[1])), np.empty((q, p)), np.empty((q, p, p))
    notes: list[str] = []
    for mine in (~target.falls, target.falls):
        if not mine.any():
            continue
        evidence = evidence_of(target, past.surges, row, pool.half_life, mine)
        weights[:, mine], remarks = method_weights(np.compress(mine, past.components, axis=2), evidence, pool, prior)
        if mine[0]:
            method = best_method(np.compress(mine, past.by_method, axis=2), evidence, pool)
        pool_alone, climatology = (np.compress(mine, part, axis=1) for part in (past.uncalibrated, past.climatology))
        calibrator, converged = Calibrator.fit(pool_alone, climatology, evidence, calibration)
        moves[mine], covariance[mine] = calibrator.moves, calibrator.covariance
        notes += [*remarks] if converged else [*remarks, _UNFOUND]
    return Ensemble(method=method, weights=weights, calibrator=Calibrator(moves=moves, covariance=covariance)), tuple(dict.fromkeys(notes))
