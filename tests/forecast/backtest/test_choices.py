"""Walk-forwards under several choices of features: the bits of full runs, at the cost of the components that see features."""

from dataclasses import fields, replace

import pytest

from features.errors import InputError
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment
from forecast.backtest.feature_choices import backtest_blind, backtest_choices
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.models import MODELS, build, learns_from_choice
from forecast.models.forecasts import Forecasts
from forecast.models.rules import ModelRule
from forecast.target.sample import Sample

QUICK = Experiment(
    model=ModelRule(paths=200, components=("climatology", "logistic", "ewma")),
    walk_forward=WalkForward(start="2007-07-02", refit_every=200),
)
CHOICES = {"none": (), "two": ("momentum_21", "term_spread"), "implied_vol": ("implied_vol",)}


@pytest.mark.slow
def test_every_choice_has_the_bits_of_a_full_run_with_it(sample: Sample) -> None:
    blind = backtest_blind([sample], QUICK)
    forecasts = backtest_choices([sample], QUICK, CHOICES, blind=blind, jobs=2)
    assert list(forecasts) == list(CHOICES)
    for label, names in CHOICES.items():
        full = backtest([replace(sample, chosen=names)], QUICK).forecasts
        assert len(full.surges) > 20
        for field in fields(Forecasts):
            assert getattr(forecasts[label], field.name).tobytes() == getattr(full, field.name).tobytes(), (label, field.name)
    assert forecasts["none"].probabilities.tobytes() != forecasts["two"].probabilities.tobytes()


@pytest.mark.slow
def test_a_component_that_is_no_learner_is_blind_to_the_choice_of_features(sample: Sample) -> None:
    row = int(sample.rows[sample.rows < 1500][-1])  # six years: what is fitted does not matter, nor how well
    seen = sample.up_to(row)
    other = replace(seen, chosen=seen.chosen[:3])
    for name in sorted(MODELS):
        predictions = [build(name, {}).fit([one]).predict(one, key=3, paths=200).probabilities for one in (seen, other)]
        assert (predictions[0].tobytes() == predictions[1].tobytes()) == (not learns_from_choice(name)), name


def test_without_a_component_that_sees_features_there_is_nothing_to_choose(sample: Sample) -> None:
    blind = QUICK.model_copy(update={"model": ModelRule(components=("climatology", "ewma"))})
    with pytest.raises(InputError, match=r"none of \['climatology', 'ewma'\] learns from a choice of features; add 'logistic'"):
        backtest_choices([sample], blind, CHOICES, blind=None)


def test_a_market_without_surges_gives_empty_tables(sample: Sample) -> None:
    quiet = replace(sample.up_to(len(sample) - 1), rows=sample.rows[:0], features=sample.features[:0], outcomes=sample.outcomes[:0])
    forecasts = backtest_choices([quiet], QUICK, CHOICES, blind=backtest_blind([quiet], QUICK))
    assert all(one.probabilities.shape == (0, 3, 3) and one.components.shape == (0, 3, 3, 3) for one in forecasts.values())
