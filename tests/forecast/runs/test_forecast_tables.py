"""Forecasts written as tables and read back."""

from dataclasses import fields

import numpy as np
import pandas as pd
import pytest

from features.catalogue import FeatureMatrix
from forecast.backtest.dataset import Dataset, dataset_of
from forecast.backtest.experiment import Experiment, Outcome, Pullback, Sensitivity
from forecast.models.forecasts import Forecasts
from forecast.runs.answer.answer import RunKey
from forecast.runs.predictions.tables import components_table, forecast_of, predictions_table
from forecast.target.question import Question
from tests.markets import panel

COMPONENTS = ("climatology", "ewma")
QUESTIONS = Outcome(also=(Question(barrier="fixed", size=0.05),))


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    market = panel()
    experiment = Experiment(outcome=QUESTIONS, sensitivity=Sensitivity(horizons=()), pullback=Pullback(horizons=()))
    return dataset_of(market, experiment, matrix=FeatureMatrix(pd.DataFrame(index=market.sessions), {}))


@pytest.fixture(scope="module")
def forecast(dataset: Dataset) -> Forecasts:
    """A forecast of the last surge, every number another one."""
    rng, q, k = np.random.default_rng(1), len(dataset.sample.questions), len(COMPONENTS)
    return Forecasts(
        surges=np.array([len(dataset.sample.rows) - 1]),
        trained_to=np.array([int(dataset.sample.rows[-1]) - 7]),
        components=rng.random((1, k, q, 3)),
        errors=rng.random((1, k, q, 3)),
        spread=rng.random((1, k, q, 3)),
        climatology=rng.random((1, q, 3)),
        base_rates=rng.random((1, q, 3)),
        base_bounds=rng.random((1, q, 2, 3)),
        base_episodes=rng.integers(0, 100, (1, q)),
        by_method=np.full((1, 4, q, 3), np.nan),  # which the tables do not hold
        uncalibrated=rng.random((1, q, 3)),
        probabilities=rng.random((1, q, 3)),
        bounds=rng.random((1, q, 2, 3)),
        method=np.array(["stacking"]),
        weights=rng.random((1, q, k)),
    )


@pytest.fixture
def tables(dataset: Dataset, forecast: Forecasts) -> tuple[pd.DataFrame, pd.DataFrame]:
    return predictions_table(dataset, forecast, RunKey("test", "0", "0")), components_table(dataset, forecast, COMPONENTS)


def test_a_forecast_is_read_back_from_its_tables_to_the_bit(
    dataset: Dataset, forecast: Forecasts, tables: tuple[pd.DataFrame, ...]
) -> None:
    again = forecast_of(*tables, dataset.sample, COMPONENTS)
    for field in fields(Forecasts):
        np.testing.assert_array_equal(getattr(again, field.name), getattr(forecast, field.name), err_msg=field.name)


def test_tables_that_lack_a_question_are_refused(dataset: Dataset, tables: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    with pytest.raises(ValueError, match="do not answer the questions of its experiment"):
        forecast_of(tables[0].iloc[1:], tables[1], dataset.sample, COMPONENTS)


@pytest.mark.parametrize("components", [("ewma", "climatology"), ("ewma",), (*COMPONENTS, "garch")])
def test_tables_of_other_components_are_refused(
    dataset: Dataset, tables: tuple[pd.DataFrame, pd.DataFrame], components: tuple[str, ...]
) -> None:
    with pytest.raises(ValueError, match="are not of the components of its experiment"):
        forecast_of(*tables, dataset.sample, components)
