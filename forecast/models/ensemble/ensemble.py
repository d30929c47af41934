"""Ensemble: from the components' probabilities to the forecast. Walk-forward, final fit and stored runs all go through here."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from pydantic import TypeAdapter

from forecast.backtest.experiment import Experiment
from forecast.engines.arrays import Float, FloatState, Int
from forecast.models.component import refuse_improper, state
from forecast.models.ensemble.calibration import MOVES, Calibrator
from forecast.models.ensemble.coherence import coherent
from forecast.models.ensemble.episode_weights import evidence
from forecast.models.ensemble.methods import LINEAR, METHODS, combined, every_rival, in_force, rival_weights
from forecast.target.sample import Sample


@state
class Ensemble:
    """What was learned from the forecasts settled so far.

    method : the one in force, of METHODS.   weights : (4, q, n_components), of each method.   calibrator : of its pool.
    """

    method: str
    weights: FloatState
    calibrator: Calibrator

    def __post_init__(self) -> None:
        refuse_improper("weights", self.weights)

    @property
    def weights_in_force(self) -> Float:
        """(q, n_components)."""
        return np.asarray(self.weights[METHODS.index(self.method)])

    def pool(self, components: Float) -> Float:
        """The components combined, not calibrated, (q, 3), from (n_components, q, 3)."""
        return combined(components, self.weights_in_force, self.method)

    def forecast(self, uncalibrated: Float, climatology: Float, barriers: Float, horizons: Int) -> Float:
        """The forecast of one surge, (q, 3), from what `pool` gives and the climatology of the day, (q, 3).

        barriers, horizons : (q,) log moves and sessions of the questions, by which they hang together.
        """
        return coherent(self.calibrator.calibrated(uncalibrated, climatology), barriers, horizons)

    def calibration_error(self, uncalibrated: Float, climatology: Float) -> Float:
        """What the calibration's own moves leave open in log odds, one standard deviation, (..., q, 3), for arguments of that shape."""
        p = self.calibrator.calibrated(uncalibrated, climatology)
        return self.calibrator.error(uncalibrated, climatology) / (p * (1 - p))

    def leverage(self) -> Float | None:
        """What a component's log odds of continue against reverse count for in the forecast's, (q, n_components); None if not linear.

        As far as the questions do not contradict each other: what coherence moves is left out.
        """
        return None if self.method in LINEAR else self.weights_in_force * (1 + self.calibrator.moves[:, 1:2])

    def dump(self) -> dict[str, Any]:
        """As JSON values."""
        return dict(TypeAdapter(type(self)).dump_python(self, mode="json"))

    @classmethod
    def load(cls, stored: Any, *, questions: int, components: int) -> Self:
        """The chain that `dump` wrote; ValueError where it is not whole, or is of other questions or components."""
        chain = TypeAdapter(cls).validate_python(stored)
        p = len(MOVES)
        shapes = (chain.weights.shape, chain.calibrator.moves.shape, chain.calibrator.covariance.shape)
        if chain.method not in METHODS or shapes != ((len(METHODS), questions, components), (questions, p), (questions, p, p)):
            raise ValueError(f"a chain for {questions} questions and {components} components it is not")
        return chain


@dataclass(frozen=True)
class Told:
    """Forecasts as they were given, of n surges.

    surges : (n,) places among the sample's.   components : (n, n_components, q, 3).   rivals : (n, 4, q, 3), of each method.
    uncalibrated, climatology : (n, q, 3).   barriers : (n, q).   horizons : (q,).
    """

    surges: Int
    components: Float
    rivals: Float
    uncalibrated: Float
    climatology: Float
    barriers: Float
    horizons: Int

    @classmethod
    def blank(cls, target: Sample, surges: Int, components: Float, climatology: Float) -> Self:
        """Of surges of `target`, before anything is combined."""
        n, _, q, c = components.shape
        rivals, uncalibrated = np.empty((n, len(METHODS), q, c)), np.empty((n, q, c))
        return cls(surges, components, rivals, uncalibrated, climatology, target.barriers[surges], target.horizons)

    def tell(self, place: int, chain: Ensemble) -> Float:
        """Fills in the row `place` by `chain`, and gives its forecast (q, 3)."""
        self.rivals[place] = every_rival(self.components[place], chain.weights)
        self.uncalibrated[place] = chain.pool(self.components[place])
        return chain.forecast(self.uncalibrated[place], self.climatology[place], self.barriers[place], self.horizons)


def fit_ensemble(target: Sample, told: Told, row: int, experiment: Experiment) -> tuple[Ensemble, tuple[str, ...]]:
    """The chain by the forecasts in `told` that were settled before the close of `row`, and notes; later ones are not looked at."""
    count = int((target.rows[told.surges] <= row).sum())
    known = evidence(target, told.surges[:count], row, experiment.pool.half_life)
    weights, notes = rival_weights(told.components[:count], known, experiment.pool)
    method = in_force(told.rivals[:count], known, experiment.pool)
    calibrator, whole = Calibrator.fit(told.uncalibrated[:count], told.climatology[:count], known, experiment.calibration)
    if not whole:
        notes = (*notes, "calibration: was not found for some questions, which stay at what they are shrunk to")
    return Ensemble(method=method, weights=weights, calibrator=calibrator), notes
