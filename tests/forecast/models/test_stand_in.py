"""What stands in for a forecast that cannot be given: the base rate of that day, or climatology."""

from dataclasses import replace

import numpy as np

from forecast.models.base_rate import fit_base_rate
from forecast.models.ensemble.methods import STAND_IN
from forecast.models.forecast_model import NONE_FITTED, ForecastModel
from forecast.models.forecaster import Forecaster
from forecast.models.rules import IntervalRule
from forecast.models.stand_in import stand_in_forecast
from forecast.target.sample import Sample

LEVEL = 0.9


def test_it_is_the_base_rate_with_its_interval_and_knows_nothing_of_what_followed(sample: Sample) -> None:
    early = sample.up_to(int(sample.rows[40]))
    later = replace(
        early,
        sessions=sample.sessions,
        known=sample.known,
        close=sample.close,
        ranges=sample.ranges,
        outcomes=sample.outcomes[: len(early.rows)],
    )
    one, other = stand_in_forecast(early, 2, LEVEL), stand_in_forecast(later, 2, LEVEL)
    for name in vars(one):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    rates = fit_base_rate([early]).rates(early)
    assert rates.evidence.all()
    np.testing.assert_array_equal(one.probabilities[0], rates.frequencies)
    np.testing.assert_array_equal(one.bounds[0], rates.bounds(LEVEL))
    np.testing.assert_array_equal(one.components[0, 1], rates.frequencies)
    assert one.method.tolist() == [STAND_IN]
    assert one.trained_to.tolist() == [int(early.rows[-1])]


def test_it_is_climatology_where_no_surge_is_settled_over_the_longest_horizon(sample: Sample) -> None:
    seen = sample.up_to(int(sample.rows[0]) + 12)
    assert (int(seen.rows[-1]) - int(seen.rows[0])) < 21
    one = stand_in_forecast(seen, 2, LEVEL)
    np.testing.assert_array_equal(one.probabilities, one.climatology)
    assert (one.bounds[:, :, 0] <= one.probabilities).all()
    assert (one.probabilities <= one.bounds[:, :, 1]).all()


def test_it_is_the_forecast_of_a_model_none_of_whose_components_could_be_fitted(sample: Sample) -> None:
    """With what is known of the companions, which the model has; the ensemble is not asked."""
    base = fit_base_rate([sample, sample])
    forecaster = Forecaster({"ewma": base, "garch": base}, base, ("ewma", "garch"), (), 100)
    model = ForecastModel(forecaster, None, (), sample.sessions[-1])  # type: ignore[arg-type]
    forecast, notes = model.forecast(sample, 1, IntervalRule())
    seen = sample.up_to(int(sample.rows[-1]))
    np.testing.assert_array_equal(forecast.probabilities[0], base.rates(seen).frequencies)
    assert (forecast.method.tolist(), notes) == ([STAND_IN], (NONE_FITTED,))
