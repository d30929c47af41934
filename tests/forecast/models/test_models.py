"""What holds of every component, and what each is for."""

import dataclasses

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy.stats import norm

from forecast.engines.probabilities import Prediction
from forecast.engines.seeds import session_key
from forecast.models import MODELS, build
from forecast.models.base_rate import fit_base_rate
from forecast.models.climatology import frequencies
from forecast.models.component import Drawn, FitError, FittedComponent
from forecast.models.estimation_sample import estimation_sample
from forecast.models.forecaster import Forecaster, fit_forecaster
from forecast.models.garch import GarchPaths
from forecast.models.garch_paths import Recursion
from forecast.models.logistic import Logistic, regime_columns
from forecast.models.msgarch import MSGarchPaths
from forecast.models.regime import RegimeChain, RegimePaths
from forecast.models.rules import ModelRule
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample

KEY, PATHS = 7, 4000


@pytest.fixture(scope="module")
def sample(sample: Sample) -> Sample:
    """The simulated sample, of which models may learn from every tenth feature: quicker, and enough here."""
    return dataclasses.replace(sample, chosen=sample.chosen[::10])


@pytest.fixture(scope="module")
def today(sample: Sample) -> Sample:
    """The sample as of its last surge but twenty."""
    return sample.up_to(int(sample.rows[-20]))


@pytest.fixture(scope="module", params=MODELS)
def fitted(request: pytest.FixtureRequest, today: Sample) -> tuple[str, FittedComponent]:
    """Each component by name, fitted with its defaults."""
    return request.param, build(request.param, {}).fit([today])


def test_a_component_gives_probabilities_and_the_same_for_the_same_key(fitted: tuple[str, FittedComponent], today: Sample) -> None:
    """What changes with the key has an error, and nothing else has."""
    name, component = fitted
    first = component.predict(today, key=KEY, paths=PATHS)
    assert first.probabilities.shape == first.errors.shape == (3, 3)
    assert (first.probabilities > 0).all()
    np.testing.assert_allclose(first.probabilities.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_array_equal(first, component.predict(today, key=KEY, paths=PATHS))
    others = [component.predict(today, key=KEY + more, paths=PATHS).probabilities for more in range(1, 13)]  # one path in 10,000 may decide
    np.testing.assert_array_equal(first.errors > 0, (np.stack(others) != first.probabilities).any(axis=0))
    assert bool(first.errors.any()) == (name in ("ewma", "range", "heavy", "har", "garch", "msgarch"))


def test_fitted_state_has_notes_and_survives_json_to_the_bit(fitted: tuple[str, FittedComponent], today: Sample) -> None:
    name, component = fitted
    assert isinstance(component, MODELS[name].fitted)
    assert isinstance(component.notes, tuple)
    adapter = TypeAdapter(type(component))
    restored = adapter.validate_json(adapter.dump_json(component))
    np.testing.assert_array_equal(restored.predict(today, key=KEY, paths=PATHS), component.predict(today, key=KEY, paths=PATHS))


def test_every_component_has_a_spread_simulated_or_in_closed_form(fitted: tuple[str, FittedComponent], today: Sample) -> None:
    _, component = fitted
    spread = component.predict(today, key=KEY, paths=PATHS).spread_or_nan
    if isinstance(component, Drawn):
        assert np.isnan(spread).all()
        spread = component.spread(today, key=KEY, paths=500)
    assert ((spread > 0) & (spread < 0.2)).all()


def test_a_component_learns_only_what_was_known(fitted: tuple[str, FittedComponent], sample: Sample, today: Sample) -> None:
    """Closes, ranges and features after the day, and outcomes settled later, are noise."""
    name, component = fitted
    row, rng = len(today) - 1, np.random.default_rng(2)
    close, ranges = sample.close.copy(), sample.ranges.copy()
    close[row + 1 :] *= np.exp(rng.normal(0, 0.2, len(close) - row - 1))
    ranges[row + 1 :] *= rng.uniform(0.5, 2, len(close) - row - 1)
    noisy = dataclasses.replace(
        sample,
        close=close,
        ranges=ranges,
        outcomes=np.where(sample.settled_row() < row, sample.outcomes, (sample.outcomes + 1) % 3).astype(np.int8),
        features=np.where((sample.rows <= row)[:, None], sample.features, sample.features[::-1]),
    ).up_to(row)
    again = build(name, {}).fit([noisy]).predict(noisy, key=KEY, paths=PATHS)
    assert np.stack(again).tobytes() == np.stack(component.predict(today, key=KEY, paths=PATHS)).tobytes()


@pytest.mark.parametrize("name", ["ewma", "range", "heavy", "garch", "regime", "msgarch"])
def test_too_short_or_motionless_a_history_is_a_labelled_failure(name: str, sample: Sample) -> None:
    with pytest.raises(FitError, match="100 returns, fewer than the 250 needed"):
        build(name, {}).fit([sample.up_to(100)])
    with pytest.raises(FitError, match="prices do not move"):
        build(name, {}).fit([dataclasses.replace(sample, close=np.full(len(sample), 100.0))])


def test_a_component_that_fails_is_replaced_by_the_base_rate_and_noted(sample: Sample) -> None:
    still = dataclasses.replace(sample, close=np.full(len(sample), 100.0)).up_to(int(sample.rows[-1]))
    forecaster = fit_forecaster([still], ModelRule(components=("climatology", "garch"), paths=100))
    assert forecaster.replaced == ("garch",)
    assert forecaster.notes == ("garch: replaced by the base rate (Simulated: prices do not move)",)
    prediction, notes = forecaster.predict(still, seed=1)
    assert notes == ()
    np.testing.assert_array_equal(prediction.probabilities[1], forecaster.base_rates(still).frequencies)
    assert (prediction.errors == 0).all()
    restored = Forecaster.load(forecaster.dump())
    np.testing.assert_array_equal(restored.predict(still, seed=1)[0], prediction)


def test_climatology_is_laplace_smoothed_frequency(today: Sample) -> None:
    outcomes = today.outcomes[:, 0]
    counts = np.array([(outcomes == code).sum() for code in range(3)])
    np.testing.assert_allclose(frequencies(today)[0], (counts + 1) / (counts.sum() + 3))
    assert counts.sum() == (outcomes != UNSETTLED).sum()


def test_garch_is_where_arch_is_or_higher(today: Sample) -> None:
    from arch import arch_model

    fitted = GarchPaths(dist="normal").fit([today])
    returns = estimation_sample(today).returns
    fit = arch_model(100 * (returns - returns.mean()), mean="Zero", vol="GARCH", p=1, o=1, q=1, rescale=False).fit(disp="off")
    ours = fitted.recursion.variances(returns - fitted.drift)[:-1]
    np.testing.assert_allclose(100 * np.sqrt(ours), fit.conditional_volatility, rtol=1e-3)  # where SLSQP stops, at an ftol of 1e-6
    shocks = 100 * (returns - fitted.drift)
    assert norm.logpdf(shocks, scale=100 * np.sqrt(ours)).sum() > fit.loglikelihood - 1e-6
    assert fitted.drift == returns.mean()
    assert fitted.residuals.mean() == pytest.approx(0, abs=1e-12)
    assert fitted.residuals.std() == pytest.approx(1)


def simulated_chain(chain: RegimeChain, count: int, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    regime, returns = 0, np.empty(count)
    for t in range(count):
        regime = int(rng.random() > chain.transitions[regime, 0]) if len(chain.means) == 2 else 0
        returns[t] = chain.means[regime] + chain.vols[regime] * rng.standard_normal()
    return returns


def test_regimes_are_recovered_and_ordered_by_volatility(sample: Sample) -> None:
    truth = RegimeChain(
        means=np.array([0.001, -0.001]),
        vols=np.array([0.007, 0.02]),
        transitions=np.array([[0.985, 0.015], [0.03, 0.97]]),
    )
    close = 100 * np.exp(np.cumsum(simulated_chain(truth, 8000, seed=4)))
    chain = RegimePaths(regimes=2).fit([dataclasses.replace(sample, close=close)])
    # standard errors at 8,000 sessions: vol / sqrt(2 n_k), about 0.5 % and 0.8 %; of a stay, sqrt(p q / n_k), about 0.002
    np.testing.assert_allclose(chain.vols, truth.vols, rtol=0.03)
    np.testing.assert_allclose(np.diag(chain.transitions), np.diag(truth.transitions), atol=0.008)
    assert (np.diff(chain.vols) > 0).all()


def test_the_logistic_finds_a_driver_and_ignores_noise(sample: Sample) -> None:
    rng = np.random.default_rng(5)
    driver = rng.standard_normal(len(sample.rows))
    outcomes = np.where(driver[:, None] + rng.logistic(size=(len(driver), 3)) > 0, 2, 0).astype(np.int8)
    features = np.column_stack([driver, rng.standard_normal(len(driver))])
    spread = dataclasses.replace(
        sample,
        rows=np.arange(len(driver)) * 4 + 100,
        features=features,
        feature_names=("driver", "noise"),
        chosen=("driver", "noise"),
        outcomes=outcomes,
    )
    fitted = Logistic(prior_sd=1.5).fit([spread])
    toward = fitted.coefficients[0, 2, 2:] - fitted.coefficients[0, 0, 2:]
    assert toward[0] > 5 * abs(toward[1])
    assert toward[0] > 0
    standardised = np.clip((driver[-1] - driver.mean()) / driver.std(), -4, 4)
    assert fitted.tilts(spread)["driver"] == pytest.approx(toward[0] * standardised)


@pytest.mark.slow
def test_msgarch_without_a_second_regime_falls_back_and_notes_it(sample: Sample) -> None:
    rng = np.random.default_rng(11)
    calm = dataclasses.replace(sample, close=100 * np.exp(np.cumsum(np.r_[0.0, 0.01 * rng.standard_normal(len(sample) - 1)])))
    fitted = MSGarchPaths(regimes=4, starts=1).fit(
        [calm.up_to(int(sample.rows[sample.rows < 300][-1]))]
    )  # 22 parameters of so few sessions, of which two regimes hold none
    assert fitted.coefficients.shape == (1, 4)
    assert fitted.notes[-1] == "msgarch: fallback: one regime"
    assert fitted.notes[0].startswith("msgarch: ")
    probabilities = fitted.predict(calm, key=KEY, paths=PATHS).probabilities
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


@pytest.mark.parametrize("dist", ["normal", "t", "skewt"])
def test_msgarch_of_every_shape_survives_json(dist: str, today: Sample) -> None:
    fitted = MSGarchPaths(dist=dist, starts=1).fit([today])
    adapter = TypeAdapter(type(fitted))
    restored = adapter.validate_json(adapter.dump_json(fitted))
    np.testing.assert_array_equal(restored.predict(today, key=KEY, paths=PATHS), fitted.predict(today, key=KEY, paths=PATHS))
    assert (restored.law.resting_variances()[:-1] <= restored.law.resting_variances()[1:]).all()


def test_a_switching_garch_of_one_normal_regime_asks_the_same_as_its_recursion(today: Sample) -> None:
    fitted = MSGarchPaths(regimes=1, variance="garch", dist="normal").fit([today])
    omega, alpha, gamma, beta = fitted.coefficients[0]
    assert gamma == 0
    ahead = Recursion(omega, alpha, gamma, beta, float(fitted.first[0])).variances(today.returns - fitted.drift)[-1]
    law = fitted.law
    assert law.run(today.returns).variance()[-1] == pytest.approx(ahead, rel=1e-12)


def two_regimes() -> RegimeChain:
    return RegimeChain(means=np.array([5e-4, -1e-3]), vols=np.array([0.006, 0.02]), transitions=np.array([[0.98, 0.02], [0.05, 0.95]]))


def test_regimes_at_a_surge_are_those_of_the_returns_up_to_it(sample: Sample) -> None:
    chain = two_regimes()
    columns = regime_columns(chain, sample, 1)
    for place in (0, 5, len(sample.rows) - 1):
        returns = sample.returns[: sample.rows[place]]  # the last is that of the surge's own session
        assert columns[place, 0] == pytest.approx(chain.filtered(returns)[-1, 1], rel=1e-12)
    row = int(sample.rows[-5])
    close = sample.close.copy()
    close[row + 1 :] *= np.linspace(1, 0.2, len(close) - row - 1)
    changed = regime_columns(chain, dataclasses.replace(sample, close=close), 1)
    np.testing.assert_array_equal(changed[: len(sample.rows) - 4], columns[: len(sample.rows) - 4])
    assert (changed[len(sample.rows) - 4 :] != columns[len(sample.rows) - 4 :]).any()


@pytest.mark.slow
def test_one_regime_is_no_feature_and_two_are_one(today: Sample) -> None:
    none, one, two = (Logistic(regimes=regimes).fit([today]) for regimes in (1, 2, 3))
    assert none.chain is None
    assert regime_columns(None, today, 0).shape == (len(today.rows), 0)
    widths = [fitted.coefficients.shape[2] - len(today.chosen) for fitted in (none, one, two)]
    assert widths == [2, 3, 4]  # the question's geometry, and the regimes but the calmest
    assert "regime 2" in one.tilts(today)
    assert not any(name.startswith("regime") for name in none.tilts(today))


def test_a_chain_that_was_fitted_with_fewer_regimes_leaves_zeros(sample: Sample) -> None:
    alone = RegimeChain(means=np.zeros(1), vols=np.array([0.01]), transitions=np.ones((1, 1)))
    np.testing.assert_array_equal(regime_columns(alone, sample, 2), np.zeros((len(sample.rows), 2)))


def test_a_market_too_young_for_regimes_is_still_learnt_from(sample: Sample) -> None:
    young = sample.up_to(int(sample.rows[sample.rows < 200][-1]))
    fitted = Logistic().fit([young])
    assert fitted.notes == ("logistic: no regimes, the returns are too few or do not move",)
    assert (fitted.coefficients[:, :, -1] == 0).all()
    assert (fitted.predict(young, key=KEY, paths=1).probabilities > 0).all()


def test_the_logistic_without_evidence_is_even(sample: Sample) -> None:
    blank = dataclasses.replace(sample, outcomes=np.full_like(sample.outcomes, UNSETTLED))
    np.testing.assert_allclose(Logistic().fit([blank]).predict(blank, key=KEY, paths=1).probabilities, 1 / 3, atol=1e-6)


def test_a_feature_known_too_seldom_has_no_say(sample: Sample) -> None:
    features = sample.features.copy()
    features[: int(0.6 * len(features)), 0] = np.nan
    fitted = Logistic().fit([dataclasses.replace(sample, features=features)])
    assert (fitted.coefficients[:, :, 2] == 0).all()
    assert np.abs(fitted.coefficients[:, :, 3]).max() > 0
    assert sample.chosen[0] not in fitted.drivers
    assert sample.chosen[1] in fitted.drivers


def test_another_key_differs_by_no_more_than_the_stated_error(today: Sample) -> None:
    model = ModelRule(components=("ewma", "garch", "regime"), paths=PATHS)
    forecaster = fit_forecaster([today], model)
    predictions = [forecaster.predict(today, seed)[0] for seed in range(30)]
    spread = np.std([chances.probabilities for chances in predictions], axis=0, ddof=1)
    # the standard deviation of 30 is itself known to 13 %, a stated error to 9 %, the mean of 30 to less; 1e-15 is rounding
    assert (spread <= 1.5 * np.mean([chances.errors for chances in predictions], axis=0) + 1e-15).all()


def test_keys_hang_on_seed_market_and_session_only() -> None:
    day = np.datetime64("2024-07-16")
    keys = {session_key(1, "A", day), session_key(2, "A", day), session_key(1, "B", day), session_key(1, "A", day + 1)}
    assert len(keys) == 4
    assert session_key(1, "A", day) == session_key(1, "A", np.datetime64("2024-07-16T00:00:00"))


def companion(sample: Sample, **changes: object) -> Sample:
    return dataclasses.replace(sample, market="Companion", **changes)


@pytest.mark.slow
def test_a_companion_lends_its_features_by_name_and_not_by_place(sample: Sample) -> None:
    backward = companion(sample, features=sample.features[:, ::-1].copy(), feature_names=sample.feature_names[::-1])
    fits = [Logistic().fit([sample, other]) for other in (companion(sample), backward)]
    np.testing.assert_array_equal(fits[0].coefficients, fits[1].coefficients)
    fewer = companion(sample, features=sample.features[:, 1:], feature_names=sample.feature_names[1:])
    assert Logistic().fit([sample, fewer]).feature_names == sample.chosen


def test_a_companion_too_young_takes_nothing_from_the_target(sample: Sample) -> None:
    young = companion(sample.up_to(50))
    forecaster = fit_forecaster([sample, young], ModelRule(paths=100))
    assert forecaster.replaced == ()


def test_a_component_that_gives_no_probabilities_is_replaced_on_that_day_and_noted(sample: Sample) -> None:
    day = sample.up_to(int(sample.rows[-1]))
    forecaster = fit_forecaster([day], ModelRule(components=("climatology", "ewma"), paths=100))
    close = day.close.copy()
    close[-1] = np.inf
    broken = dataclasses.replace(day, close=close)
    prediction, notes = forecaster.predict(broken, seed=1)
    np.testing.assert_array_equal(prediction.probabilities[1], forecaster.base_rates(broken).frequencies)
    assert len(notes) == 1
    assert notes[0].startswith(f"ewma: the base rate in its place on {day.sessions[-1]}")


def test_state_that_is_not_finite_is_no_state() -> None:
    with pytest.raises(ValueError, match="finite"):
        RegimeChain(means=np.array([np.nan]), vols=np.ones(1), transitions=np.ones((1, 1)))


@pytest.mark.parametrize("errors", [np.full((3, 3), -0.1), np.full((3, 3), np.nan), np.zeros(3)])
def test_errors_that_are_none_are_not_passed_on(today: Sample, errors: np.ndarray) -> None:
    class Wrong:
        notes = ()

        def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
            return Prediction(frequencies(sample), errors)

    prediction, notes = Forecaster({"wrong": Wrong()}, fit_base_rate([today]), (), (), PATHS).predict(today, seed=1)
    assert (prediction.errors == 0).all()
    assert "Monte-Carlo errors of" in notes[0]
