"""Scenarios: the same surge with drivers at other values."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from features.catalogue import FeatureMatrix, feature_matrix
from features.errors import InputError
from features.panel.panel import Panel
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment, read_experiment, validate
from forecast.backtest.scenario import ScenarioValue
from forecast.engines.arrays import Float
from forecast.engines.probabilities import Prediction
from forecast.models.base_rate import fit_base_rate
from forecast.models.climatology import FittedClimatology
from forecast.models.ensemble.calibration import Calibrator
from forecast.models.ensemble.ensemble import Ensemble
from forecast.models.ensemble.intervals import TrackRecord
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecaster import Forecaster, fit_forecaster
from forecast.models.forecasts import Forecasts
from forecast.models.logistic import Logistic
from forecast.models.rules import IntervalRule, ModelRule
from forecast.runs.answer.scenarios import ScenarioAnswer, answer_scenarios
from forecast.target.outcome import OUTCOMES
from forecast.target.sample import Sample

RUSSELL = Path(__file__).resolve().parents[3] / "experiments" / "russell2000.toml"
MODEL = ModelRule.model_validate({"components": ["climatology", "logistic"]})
NOTHING = (TrackRecord(np.empty((0, 3)), np.empty(0, dtype=np.int64)),) * 3  # settled yet, of three questions


@pytest.fixture(scope="module")
def dataset(panel: Panel, sample: Sample) -> Dataset:
    return Dataset(panel, feature_matrix(panel), sample.up_to(int(sample.rows[-1])), ())


@pytest.fixture(scope="module")
def model(dataset: Dataset) -> ForecastModel:
    return fitted_model(fit_forecaster([dataset.sample], MODEL), (0.25, 0.75))


@pytest.fixture(scope="module")
def forecast(dataset: Dataset, model: ForecastModel) -> Forecasts:
    return model.forecast(dataset.sample, 1, IntervalRule())[0]


def fitted_model(forecaster: Forecaster, weights: tuple[float, ...]) -> ForecastModel:
    return ForecastModel(forecaster, ensemble(np.array(weights), 3), NOTHING, np.datetime64("2000-01-01"))


def ensemble(weights: Float, questions: int) -> Ensemble:
    """One with these weights on every question, and a calibration that moves something."""
    moves = np.tile([-0.1, 0.05, 0.02, -0.03], (questions, 1))
    return Ensemble(
        method="learned",
        weights=np.tile(weights, (4, questions, 1)),
        calibrator=Calibrator(moves=moves, covariance=np.zeros((questions, 4, 4))),
    )


def scenarios_of(
    dataset: Dataset, forecast: Forecasts, model: ForecastModel | None, **scenarios: object
) -> tuple[list[ScenarioAnswer], tuple[str, ...]]:
    experiment = validate({"seed": 1, "model": {"components": list(MODEL.components)}, "scenarios": scenarios}, "test")
    return answer_scenarios(dataset, experiment, len(dataset.sample.rows) - 1, forecast, model)


def table(probabilities: Float, dataset: Dataset) -> dict[str, dict[str, float]]:
    pairs = zip(dataset.sample.questions, probabilities, strict=True)
    return {question.label: dict(zip(OUTCOMES, row, strict=True)) for question, row in pairs}


def test_a_scenario_of_what_is_changes_nothing(dataset: Dataset, forecast: Forecasts, model: ForecastModel) -> None:
    today = float(dataset.features.frame["term_spread"].iloc[int(dataset.sample.rows[-1])])
    (same, moved), notes = scenarios_of(dataset, forecast, model, same={"term_spread": today}, moved={"term_spread": {"add": 0.0}})
    assert notes == ()
    for scenario in (same, moved):
        assert scenario.probabilities == table(forecast.probabilities[0], dataset)
        assert scenario.components == {"logistic": table(forecast.components[0, 1], dataset)}
        assert scenario.drivers[0].today == scenario.drivers[0].value == today


def test_only_what_sees_the_driver_moves_and_by_its_own_law(dataset: Dataset, forecast: Forecasts, model: ForecastModel) -> None:
    (answer,), _ = scenarios_of(dataset, forecast, model, steep={"term_spread": {"percentile": 1.0}})
    sample, logistic = dataset.sample, model.forecaster.components["logistic"]
    history = dataset.features.frame["term_spread"].iloc[: int(sample.rows[-1]) + 1]
    features = sample.features.copy()
    features[-1, sample.feature_names.index("term_spread")] = history.max()
    expected = forecast.components[0].copy()
    expected[1] = logistic.predict(replace(sample, features=features), key=0, paths=1).probabilities
    assert not np.array_equal(expected, forecast.components[0])
    assert answer.components["logistic"] == table(expected[1], dataset)
    sample = dataset.sample
    pool = model.ensemble.pool(expected)
    again = model.ensemble.calibrate(pool, forecast.climatology[0], sample.barriers[-1], sample.horizons)
    assert answer.probabilities == table(again, dataset)
    assert answer.drivers[0].value == history.max()
    assert answer.drivers[0].percentile == 1.0
    assert answer.drivers[0].seen_by == ["logistic"]


def test_a_driver_that_decides_turns_the_forecast(dataset: Dataset) -> None:
    sample = dataset.sample
    features = sample.features.copy()
    place = sample.feature_names.index("term_spread")
    features[:, place] = sample.outcomes[:, 0]  # which no driver could know: 0 reverse, 2 continue
    frame = dataset.features.frame.copy()
    frame["term_spread"] = 1.0
    planted = replace(dataset, sample=replace(sample, features=features), features=FeatureMatrix(frame, {}))
    model = fitted_model(
        Forecaster({"logistic": Logistic(prior_sd=10.0).fit([planted.sample])}, fit_base_rate([planted.sample]), (), (), 1), (1.0,)
    )
    forecast, _ = model.forecast(planted.sample, 1, IntervalRule())
    (down, up), _ = scenarios_of(planted, forecast, model, down={"term_spread": 0}, up={"term_spread": 2})
    label = sample.questions[0].label
    assert down.probabilities[label]["reverse"] > 0.8
    assert up.probabilities[label]["continue"] > 0.8


def test_a_driver_that_no_model_sees_is_named(dataset: Dataset, forecast: Forecasts, model: ForecastModel) -> None:
    frame = dataset.features.frame.drop(columns="market_cape")
    without = replace(dataset, features=FeatureMatrix(frame, {"market_cape": ("cape",)}))
    (answer,), notes = scenarios_of(without, forecast, model, dear={"market_cape": {"percentile": 0.9}})
    assert notes == ("scenario dear: no model sees Price over ten years' earnings (CAPE) (no cape)",)
    assert answer.drivers == []
    assert answer.probabilities == table(forecast.probabilities[0], dataset)
    blind = Forecaster({"climatology": FittedClimatology(), "logistic": FittedClimatology()}, fit_base_rate([dataset.sample]), (), (), 1)
    _, notes = scenarios_of(dataset, forecast, fitted_model(blind, (0.25, 0.75)), steep={"term_spread": 1.0})
    assert notes == ("scenario steep: no model sees Ten-year less bill yield",)


def test_a_family_that_is_off_is_seen_by_no_model(dataset: Dataset, forecast: Forecasts) -> None:
    without = replace(dataset.sample, chosen=tuple(name for name in dataset.sample.chosen if name != "term_spread"))
    _, notes = scenarios_of(dataset, forecast, fitted_model(fit_forecaster([without], MODEL), (0.25, 0.75)), steep={"term_spread": 1.0})
    assert notes == ("scenario steep: no model sees Ten-year less bill yield",)


def test_a_change_from_what_is_not_known_is_said_and_a_value_in_its_place_is_taken(
    dataset: Dataset, forecast: Forecasts, model: ForecastModel
) -> None:
    frame = dataset.features.frame.copy()
    frame.loc[frame.index[int(dataset.sample.rows[-1])], "term_spread"] = np.nan
    hidden = replace(dataset, features=FeatureMatrix(frame, {}))
    (more, stated), notes = scenarios_of(hidden, forecast, model, more={"term_spread": {"add": 1.0}}, stated={"term_spread": 0.1})
    assert [note.partition(" on ")[0] for note in notes] == ["scenario more: Ten-year less bill yield is not known"]
    assert more.probabilities == table(forecast.probabilities[0], dataset)
    assert stated.drivers[0].today is None


def test_a_value_beyond_all_history_is_said(dataset: Dataset, forecast: Forecasts, model: ForecastModel) -> None:
    _, notes = scenarios_of(dataset, forecast, model, wild={"term_spread": 99.0})
    assert len(notes) == 1
    assert notes[0].startswith("scenario wild: Ten-year less bill yield at +9900 bp lies beyond all its history, ")


def test_a_component_that_fails_under_a_scenario_stays_as_it_is(dataset: Dataset, forecast: Forecasts) -> None:
    broken = SimpleNamespace(drivers=("term_spread",), predict=lambda *_, **__: Prediction.exact(np.full((3, 3), np.nan)))
    components = {"climatology": FittedClimatology(), "logistic": broken}
    (answer,), notes = scenarios_of(
        dataset,
        forecast,
        fitted_model(Forecaster(components, fit_base_rate([dataset.sample]), (), (), 1), (0.25, 0.75)),
        steep={"term_spread": 0.05},
    )
    assert notes[0].startswith("scenario steep: logistic stays as it is (")
    assert answer.probabilities == table(forecast.probabilities[0], dataset)


def test_without_the_fit_scenarios_are_left_out_and_it_is_said(dataset: Dataset, forecast: Forecasts) -> None:
    answers, notes = scenarios_of(dataset, forecast, None, steep={"term_spread": 1.0})
    assert answers == []
    assert len(notes) == 1
    assert "scenarios left out: the forecast of" in notes[0]
    assert scenarios_of(dataset, forecast, None) == ([], ())


def test_nothing_after_the_surge_moves_a_scenario(dataset: Dataset, forecast: Forecasts, model: ForecastModel) -> None:
    last = int(dataset.sample.rows[-1])
    frame = dataset.features.frame.copy()
    frame.iloc[last + 1 :] = 1e6
    later = replace(dataset, features=FeatureMatrix(frame, {}))
    stated = {"term_spread": {"percentile": 0.9}, "implied_vol": {"add": 0.5}}
    assert scenarios_of(later, forecast, model, some=stated) == scenarios_of(dataset, forecast, model, some=stated)


@pytest.mark.parametrize(("stated", "value"), [(2, 2.0), ({"add": -0.5}, 3.5), ({"percentile": 0.5}, 2.5)])
def test_a_setting_is_a_value_a_change_or_a_percentile_and_is_written_as_it_was_read(stated: object, value: float) -> None:
    setting = ScenarioValue.model_validate(stated)
    assert setting.value(pd.Series([1.0, np.nan, 2.0, 3.0, 4.0])) == value
    assert setting.model_dump(mode="json") == stated


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("scenarios.x.term_spred=1", r"scenarios.x: no feature 'term_spred'; did you mean 'term_spread'\?"),
        ("scenarios.x.zzzz=1", r"scenarios.x: no feature 'zzzz'; `python -m forecast drivers` lists them"),
        ("scenarios.x={}", r"scenarios.x: states no driver"),
        ("scenarios.x=1", r"scenarios.x: input should be a table"),
        ("scenarios.x.term_spread='high'", r"scenarios.x.term_spread: must be a number, { add = number } or .*, got 'high'"),
        ("scenarios.x.term_spread=true", r"scenarios.x.term_spread: must be a number"),
        ("scenarios.x.term_spread=nan", r"scenarios.x.term_spread: must be a number"),
        ("scenarios.x.term_spread={percentile=90}", r"{ percentile = 0 to 1 }, got {'percentile': 90}"),
        ("scenarios.x.term_spread={add=1, percentile=0.5}", r"scenarios.x.term_spread: must be a number"),
        ("scenarios.x.term_spread={subtract=1}", r"scenarios.x.term_spread: must be a number"),
    ],
)
def test_a_mistake_in_a_scenario_is_named_in_one_line(override: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read_experiment(None, [override])
    assert "\n" not in str(caught.value)


def test_scenarios_are_in_the_digest() -> None:
    stated = read_experiment(None, ["scenarios.x.term_spread=1"])
    assert stated.digest != Experiment().digest
    assert stated.digest != read_experiment(None, ["scenarios.x.term_spread={add=1}"]).digest
    assert read_experiment(RUSSELL).scenarios.keys() == {"soft_landing", "hard_landing", "high_for_longer", "tax_cut"}
