"""The walk-forward as a whole: blind to the future, honest about what it knows."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

from features.catalogue import feature_matrix
from features.errors import InputError
from features.panel.panel import build_panel
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.engines.probabilities import Prediction
from forecast.models.base_rate import fit_base_rate, stack_base_rates
from forecast.models.ensemble.ensemble import fit_ensemble
from forecast.models.ensemble.intervals import track_records
from forecast.models.forecasts import Forecasts
from forecast.models.rules import IntervalRule, ModelRule
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample, build_sample
from forecast.target.surge import SurgeRule
from tests import markets
from tests.conftest import QUESTIONS

QUICK = Experiment(
    model=ModelRule.model_validate({"paths": 200, "msgarch": {"starts": 1}}),
    interval=IntervalRule(paths=100),
    walk_forward=WalkForward(refit_every=252),
)
CUT = pd.Timestamp("2006-03-31")
LAST = 1620  # a session of June 2006; the folds begin in January of 2005 and of 2006


@pytest.fixture(scope="module")
def early(sample: Sample) -> Sample:
    """The simulated market up to a few months into the second fold."""
    return sample.up_to(LAST)


@pytest.fixture(scope="module")
def tested(early: Sample):
    return backtest([early], QUICK).forecasts


def test_every_surge_after_the_start_has_probabilities(early: Sample, tested) -> None:
    np.testing.assert_array_equal(tested.surges, np.flatnonzero(early.rows >= QUICK.walk_forward.first_row(early)))
    assert tested.probabilities.shape == (len(tested.surges), 3, 3)
    np.testing.assert_allclose(tested.probabilities.sum(axis=2), 1)
    np.testing.assert_allclose(tested.climatology.sum(axis=2), 1)
    np.testing.assert_allclose(tested.weights.sum(axis=2), 1)
    assert (tested.trained_to < early.rows[tested.surges]).all()


@pytest.mark.slow
def test_noise_after_a_day_changes_no_forecast_up_to_it(tested) -> None:
    panel = build_panel(markets.with_noise_after(markets.raw_market(), CUT))
    blind_sample = build_sample(panel, feature_matrix(panel), SurgeRule(min_z=1.0, min_return=0.01), QUESTIONS).up_to(LAST)
    blind = backtest([blind_sample], QUICK).forecasts
    before = blind_sample.sessions[blind_sample.rows[blind.surges]] <= np.datetime64(CUT, "D")
    count = int(before.sum())
    assert count > 30
    assert count < len(tested.surges)
    for name in (field.name for field in fields(Forecasts)):
        assert getattr(blind, name)[:count].tobytes() == getattr(tested, name)[:count].tobytes(), name


def test_a_batch_of_one_has_the_bits_of_the_fold_it_was_forecast_in(early: Sample, tested: Forecasts) -> None:
    for place in (0, len(tested) // 2, len(tested) - 1):
        one = tested.select(slice(place, place + 1))
        row = int(one.trained_to[0])
        ensemble, _ = fit_ensemble(early, tested, row, prior=QUICK.model.prior_weights, pool=QUICK.pool, calibration=QUICK.calibration)
        seen, records = early.up_to(int(early.rows[one.surges[0]])), track_records(tested, early.up_to(row))
        base = stack_base_rates([fit_base_rate([early.up_to(row)]).rates(seen)])
        again = ensemble.forecast(seen, one.surges, row, Prediction(one.components, one.errors, one.spread), base, records, 0.9)
        for field in fields(Forecasts):
            assert getattr(again, field.name).tobytes() == getattr(one, field.name).tobytes(), field.name
    assert np.abs(tested.probabilities - tested.uncalibrated).max() > 1e-3  # calibration has been learned


def test_every_probability_lies_in_its_interval_and_every_component_has_a_spread(tested) -> None:
    low, high = tested.bounds[:, :, 0], tested.bounds[:, :, 1]
    assert ((low > 0) & (low < tested.probabilities) & (tested.probabilities < high) & (high < 1)).all()
    assert np.isfinite(tested.spread).all()
    assert (tested.spread.mean(axis=(0, 2, 3)) > 1e-3).all()
    width = (high - low).mean(axis=(1, 2))
    assert width[-20:].mean() < width[:20].mean()  # more is settled, and more returns are known


def test_climatology_of_a_day_counts_what_was_settled_before_it(early: Sample, tested) -> None:
    i = len(tested.surges) // 2
    row = early.rows[tested.surges[i]]
    settled = (early.rows + 21 < row) & (early.outcomes[:, 0] != UNSETTLED)
    counts = np.bincount(early.outcomes[settled, 0], minlength=3) + 1
    np.testing.assert_allclose(tested.climatology[i, 0], counts / counts.sum())


def test_the_first_weights_are_the_prior_s_and_later_ones_learned(tested) -> None:
    prior = QUICK.model.prior_weights
    np.testing.assert_allclose(tested.weights[0], np.tile(prior, (tested.weights.shape[1], 1)))
    assert np.abs(tested.weights[-1] - prior).max() > 1e-4


def test_a_market_without_surges_gives_an_empty_table(sample: Sample) -> None:
    panel = markets.panel()
    quiet = build_sample(panel, feature_matrix(panel), SurgeRule(min_z=10), QUESTIONS)
    assert len(quiet.rows) == 0
    result = backtest([quiet], QUICK).forecasts
    assert result.probabilities.shape == (0, 3, 3)
    assert result.weights.shape == (0, 3, len(QUICK.model.components))


def test_a_start_after_the_last_surge_forecasts_nothing(sample: Sample) -> None:
    late = replace_start(QUICK, "2008-09-05")
    assert len(backtest([sample], late).forecasts) == 0


def test_a_start_after_the_last_session_is_refused(sample: Sample) -> None:
    with pytest.raises(InputError, match=r"would start on 2030-01-01, .* the last session of Simulated is 2008-09-05; choose an earlier"):
        backtest([sample], replace_start(QUICK, "2030-01-01"))


def replace_start(experiment: Experiment, start: str) -> Experiment:
    return experiment.model_copy(update={"walk_forward": WalkForward(start=start, refit_every=504)})


def test_the_start_is_five_years_in_unless_it_is_named(sample: Sample) -> None:
    assert str(sample.sessions[QUICK.walk_forward.first_row(sample)]) == "2005-01-03"
    assert str(sample.sessions[replace_start(QUICK, "2004-07-03").walk_forward.first_row(sample)]) == "2004-07-06"


@pytest.mark.slow
def test_a_companion_that_begins_later_is_left_out_until_it_does(sample: Sample) -> None:
    sample = sample.up_to(1800)  # two months into the second of two folds, in January of 2005 and of 2007
    later = replace(sample, market="Later", sessions=sample.sessions + 365 * 6, known=sample.known + 365 * 6)
    names = ("climatology", "ewma", "shared", "logistic", "analogs")
    experiment = QUICK.model_copy(update={"model": ModelRule(paths=200, components=names), "walk_forward": WalkForward(refit_every=504)})
    alone, together = (backtest(samples, experiment).forecasts for samples in ([sample], [sample, later]))
    np.testing.assert_array_equal(alone.components[:, :2], together.components[:, :2])  # they know their own market only
    assert alone.components[0].tobytes() == together.components[0].tobytes()
    for place, name in enumerate(names[2:], start=2):
        assert alone.components[-1, place].tobytes() != together.components[-1, place].tobytes(), name


@pytest.mark.slow
def test_a_component_that_fails_is_the_base_rate_for_that_fold(sample: Sample) -> None:
    close = sample.close.copy()
    close[:900] = close[900]  # the market stands still, then wakes
    late = replace(sample, close=close).up_to(1200)
    walk_forward = WalkForward(start="2003-06-02", refit_every=21, min_history=750)
    experiment = Experiment(model=ModelRule(paths=400, components=("climatology", "ewma", "garch")), walk_forward=walk_forward)
    result = backtest([late], experiment)
    assert any("replaced by the base rate" in note and note.startswith("2003-") for note in result.notes)
    np.testing.assert_array_equal(result.forecasts.components[0, 2], result.forecasts.base_rates[0])
