"""A fitted model: components, ensemble and track record, asked for the forecast of a sample's last surge."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from forecast.engines.probabilities import stack
from forecast.models.base_rate import stack_base_rates
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.intervals import TrackRecord
from forecast.models.forecaster import Forecaster
from forecast.models.forecasts import Forecasts
from forecast.models.rules import IntervalRule
from forecast.models.stand_in import stand_in_forecast
from forecast.target.sample import Sample

NONE_FITTED = "no component could be fitted; the base rate stands in the forecast's place"


@dataclass(frozen=True)
class ForecastModel:
    """Everything that a forecast of a later surge needs.

    Parameters
    ----------
    forecaster : Forecaster
        The fitted components.
    ensemble : Ensemble
        What makes one forecast of theirs.
    records : tuple of TrackRecord
        Of each question, the forecasts that were settled when the model was fitted.
    trained_to : numpy.datetime64
        Last session that the model has seen.
    """

    forecaster: Forecaster
    ensemble: Ensemble
    records: tuple[TrackRecord, ...]
    trained_to: np.datetime64

    def forecast(self, sample: Sample, seed: int, rule: IntervalRule) -> tuple[Forecasts, tuple[str, ...]]:
        """The forecast of the last surge of the sample, and a note for each component that the base rate stands in for.

        The base rate itself where no component could be fitted.
        """
        components = self.forecaster.components
        if set(self.forecaster.replaced) == set(components):
            return stand_in_forecast(sample, len(components), rule.level, self.forecaster.base_rate), (NONE_FITTED,)
        surge = len(sample.rows) - 1
        seen = sample.up_to(int(sample.rows[surge]))
        trained_to = int(np.searchsorted(seen.sessions, self.trained_to, side="right")) - 1
        prediction, notes = self.forecaster.predict(seen, seed, draw_paths=rule.paths)
        base = stack_base_rates([self.forecaster.base_rates(seen)])
        return self.ensemble.forecast(seen, np.array([surge]), trained_to, stack([prediction]), base, self.records, rule.level), notes

    def dump(self) -> dict[str, Any]:
        """The fitted state as JSON values, without the track record."""
        return self.forecaster.dump() | {"chain": self.ensemble.dump()}
