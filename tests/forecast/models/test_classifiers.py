"""The classifiers for scikit-learn: its own checks, what they share with the forecaster, and how they are used on surges."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.calibration import CalibratedClassifierCV, calibration_curve
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import forecast.models.classifiers.multinomial
from features.panel.panel import Panel
from forecast.backtest.dataset import dataset_of
from forecast.backtest.experiment import Experiment, Outcome
from forecast.engines.arrays import Float, Int
from forecast.engines.kernels.pooling_losses import calibration_loss
from forecast.engines.kernels.pooling_losses import log_linear_loss as kernel_of_three
from forecast.engines.regression.log_linear import log_linear_loss
from forecast.engines.regression.multinomial_logit import NotConvergedError
from forecast.models.classifiers import LogLinearPool, RidgeMultinomial, ShrunkCalibrator
from forecast.models.classifiers.calibrator import directions, terms_of
from forecast.models.classifiers.held_out import held_out_forecasts
from forecast.models.ensemble.calibration import DIRECTION, STALL, Calibrator, contrasts_of
from forecast.models.ensemble.episode_weights import Evidence
from forecast.models.ensemble.weights import log_linear_weights
from forecast.models.rules import CalibrationRule, PoolRule
from forecast.runs.events import Events, events
from forecast.target.question import Question
from forecast.target.sklearn_splits import CombinatorialPurgedSplit, ForwardPurgedSplit
from forecast.target.surge import SurgeRule
from tests.forecast.records import drawn, forecasts

ROUNDING = 1e-9  # of two ends of Newton's method on one strictly convex loss, whose decrement ends below 1e-8 and is then squared


class Stated(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier whose rows are its probabilities of classes 0, 1, ..."""

    def fit(self, X: Any, y: Any) -> "Stated":  # noqa: N803
        self.classes_ = np.arange(np.shape(X)[1])
        return self

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        return np.asarray(X, dtype=np.float64)


class Tempered(Stated):
    """The same, taken to a power."""

    def __init__(self, power: float = 1.0) -> None:
        self.power = power

    def predict_proba(self, X: Any) -> Float:  # noqa: N803
        odds = np.asarray(X, dtype=np.float64) ** self.power
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


@pytest.fixture(scope="module")
def surges(panel: Panel) -> Events:
    """The surges of the simulated market, by a question whose three outcomes all come."""
    experiment = Experiment(surge=SurgeRule(min_z=1.0, min_return=0.01), outcome=Outcome(horizon=10, barrier="sigma", size=0.75))
    every = events(dataset_of(panel, experiment))
    return replace(every, X=every.X[[*every.X.columns[:-2:10], *every.X.columns[-2:]]])  # a tenth of the features are enough here


def alone(codes: Int, cases: float = 1.0) -> Evidence:
    group = np.zeros(1, dtype=np.int64)
    return Evidence(codes[:, None], np.full((len(codes), 1), cases), np.arange(len(codes)), (group, group, group), np.zeros(1, dtype=bool))


# scikit-learn's own checks ----------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")  # its checks feed what warns on purpose
@parametrize_with_checks(
    [RidgeMultinomial(), ShrunkCalibrator(), LogLinearPool([("ridge", RidgeMultinomial()), ("wide", RidgeMultinomial(10.0))])]
)
def test_scikit_learn_finds_nothing_to_object_to(estimator: Any, check: Any) -> None:
    check(estimator)


def test_parameters_of_the_classifiers_of_a_pool_are_set_by_name() -> None:
    pool = LogLinearPool([("ridge", RidgeMultinomial()), ("prior", DummyClassifier())])
    assert pool.get_params()["ridge__prior_sd"] == 1.0
    assert clone(pool).set_params(ridge__prior_sd=0.5, prior_episodes=7).get_params()["ridge__prior_sd"] == 0.5
    assert pool.set_params(prior=RidgeMultinomial(3.0)).get_params()["prior__prior_sd"] == 3.0


# against other libraries and the forecaster's own -----------------------------------------------------------------------


@pytest.mark.parametrize("classes", [3, 4, 7])
def test_the_ridge_is_that_of_scikit_learn_on_standardised_columns(classes: int) -> None:
    rng = np.random.default_rng(4)
    x, weight = rng.normal(3, 10, (400, 5)), rng.uniform(0.1, 2, 400)
    y = np.digitize(x[:, 0] / 10 + rng.logistic(size=400), np.linspace(-1, 2, classes - 1))
    fitted = RidgeMultinomial(0.5, clip=100).fit(x, y, sample_weight=weight)
    columns = (x - np.average(x, axis=0, weights=weight)) / np.sqrt(
        np.average((x - np.average(x, axis=0, weights=weight)) ** 2, axis=0, weights=weight)
    )
    each = 0.5**2 / 5  # the prior's variance of each of five columns
    other = LogisticRegression(C=each, max_iter=10_000, tol=1e-9).fit(columns, y, sample_weight=weight)
    assert_allclose(fitted.predict_proba(x), other.predict_proba(columns), atol=1e-6)  # its search ends on the slope


def test_what_is_not_known_is_taken_at_its_mean_and_a_column_hardly_known_says_nothing() -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(size=(300, 3))
    y = (x[:, 0] + rng.logistic(size=300) > 0).astype(int)
    x[:, 1] = y  # would give it away, were it known
    x[60:, 1] = np.nan
    fitted = RidgeMultinomial().fit(x, y)
    assert (fitted.coefficients_[:, 1] == 0).all()
    assert (fitted.coefficients_[:, 0] != 0).all()
    at_mean = fitted.centre_[None].copy()
    assert_allclose(fitted.predict_proba(np.full((1, 3), np.nan)), fitted.predict_proba(at_mean), rtol=1e-12)
    assert_allclose(
        fitted.predict_proba([[1e9, 0, 0]]), fitted.predict_proba([[fitted.centre_[0] + 4 * fitted.scale_[0], 0, 0]]), rtol=1e-9
    )


def test_where_no_maximum_is_found_the_frequencies_stand_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> None:
        raise NotConvergedError("no minimum")

    monkeypatch.setattr(forecast.models.classifiers.multinomial, "fit_multinomial", lost)
    with pytest.warns(ConvergenceWarning, match="the class frequencies are the fit: no minimum"):
        fitted = RidgeMultinomial().fit(np.arange(8.0)[:, None], [0, 0, 0, 0, 0, 0, 1, 1])
    assert_allclose(fitted.predict_proba([[3.0]]), [[0.75, 0.25]])
    assert len(fitted.notes_) == 1


def test_the_loss_of_any_number_of_classes_is_that_of_the_kernels_of_three() -> None:
    p, base = forecasts(60, 4, seed=8), forecasts(60, seed=9)
    codes, cases = drawn(p[:, 0], 10), np.random.default_rng(11).uniform(0, 2, 60)
    group, at = np.zeros(1, dtype=np.int64), np.array([[0.4, 0.1, 0.2, 0.3]])
    logs = np.log(p)
    contrasts = np.ascontiguousarray((logs[:, :, 1:] - logs[:, :, :1]).transpose(0, 2, 1))[:, None]
    expected = kernel_of_three(contrasts, codes[:, None], cases[:, None], group, at)
    for one, other in zip(log_linear_loss(np.zeros((60, 3)), logs, codes, cases)(at), expected, strict=True):
        assert_allclose(one, other, rtol=1e-10, atol=1e-10)  # sums of 60 terms of order one
    away = contrasts_of(p[:, 0]) - contrasts_of(base)
    moved = calibration_loss(logs[:, :1], away[:, None], codes[:, None], cases[:, None], group, np.zeros(1, dtype=bool), at)
    for one, other in zip(log_linear_loss(logs[:, 0], terms_of(p[:, 0], base), codes, cases)(at), moved, strict=True):
        assert_allclose(one, other, rtol=1e-10, atol=1e-10)
    assert_allclose(directions(3), np.stack([STALL, DIRECTION]), rtol=1e-15)


def test_a_pool_learns_the_weights_that_the_forecaster_would() -> None:
    p = forecasts(240, seed=12)
    y = drawn(p, 13)
    members = [("sharp", Tempered(2.0)), ("as it is", Tempered(1.0)), ("flat", Tempered(0.1))]
    fitted = LogLinearPool(members, prior_episodes=5).fit(p, y)
    seen = held_out_forecasts([member for _, member in members], p, y, np.arange(3), None, None)
    expected, whole = log_linear_weights(seen.p[:, :, None], alone(y[-len(seen.codes) :]), PoolRule(prior_episodes=5), np.full(3, 1 / 3))
    assert whole
    assert len(seen.codes) == 200  # five of six stretches
    assert_allclose(fitted.weights_, expected[0], atol=ROUNDING)
    # the pool of powers of the truth is its power w @ (2, 1, 0.1), which should be one; 200 rows tell a power to about 0.15
    assert fitted.weights_ @ [2.0, 1.0, 0.1] == pytest.approx(1, abs=0.45)


def test_a_calibrator_learns_the_moves_that_the_forecaster_would() -> None:
    p = forecasts(600, seed=14)
    y = drawn(p, 15)
    fitted = ShrunkCalibrator(Tempered(2.0)).fit(p, y)
    seen = held_out_forecasts([Tempered(2.0)], p, y, np.arange(3), None, None)
    rule = CalibrationRule(prior_sd=0.2)
    expected, whole = Calibrator.fit(seen.p, seen.base[:, None], alone(seen.codes), rule)
    assert whole
    assert_allclose(fitted.moves_, expected.moves[0], atol=ROUNDING)
    base = np.broadcast_to(fitted.frequencies_, (len(p), 1, 3))
    assert_allclose(fitted.predict_proba(p), expected.calibrated(fitted.estimator_.predict_proba(p)[:, None], base)[:, 0], atol=1e-8)
    assert -0.6 < fitted.moves_[0] < -0.2  # the truth is a slope of a half, the prior holds it at one
    assert np.abs(fitted.predict_proba(p) - p).mean() < 0.5 * np.abs(fitted.estimator_.predict_proba(p) - p).mean()


@pytest.mark.parametrize("classes", [2, 3, 5])
def test_few_cases_leave_probabilities_as_they_are(classes: int) -> None:
    p = np.random.default_rng(16).dirichlet(np.full(classes, 4.0), 500)
    y = (np.random.default_rng(17).random((500, 1)) > p.cumsum(axis=1)[:, :-1]).sum(axis=1)
    raw = Tempered(2.0).fit(p, y).predict_proba(p)
    few, none = (ShrunkCalibrator(Tempered(2.0)).fit(p[:n], y[:n]).predict_proba(p) for n in (40, 11))
    assert_allclose(none, raw, atol=1e-5)  # of fewer than twelve rows nothing is held back; FLOOR is 1e-6
    much = ShrunkCalibrator(Tempered(2.0)).fit(p, y).predict_proba(p)
    assert np.abs(few - raw).mean() < np.abs(much - raw).mean()
    assert np.abs(much - p).mean() < np.abs(raw - p).mean()


def test_rows_that_overlap_count_for_their_episodes() -> None:
    p = forecasts(200, seed=18)
    y = drawn(p, 19)
    begin = np.repeat(np.arange(20) * 100, 10) + np.tile(np.arange(10), 20)
    spans = np.column_stack([begin, begin + 21])
    seen = held_out_forecasts([Stated()], p, y, np.arange(3), None, spans)
    # of 34 rows a stretch, the first six hold the cases up to row 33; episodes begin every ten rows, the fourth is cut by the border
    assert seen.episodes == len(np.unique(np.arange(200)[-len(seen.codes) :] // 10)) == 17
    loose, tight = (ShrunkCalibrator(Tempered(2.0)).fit(p, y, groups=groups).moves_ for groups in (None, spans))
    assert np.abs(tight).sum() < np.abs(loose).sum()


# on surges --------------------------------------------------------------------------------------------------------------


def test_a_pipeline_gives_probabilities_of_the_surges_that_are_ahead(surges: Events) -> None:
    model = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), RidgeMultinomial(0.25))
    ahead = surges.X.iloc[-5:]
    p = model.fit(surges.X, surges.y, ridgemultinomial__sample_weight=surges.weight).predict_proba(ahead)
    assert p.shape == (5, 3)
    assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    assert list(model.classes_) == [0, 1, 2]
    assert model[-1].n_features_in_ == surges.X.shape[1]


@pytest.mark.parametrize("cv", [TimeSeriesSplit(4), ForwardPurgedSplit(n_splits=4), CombinatorialPurgedSplit(n_groups=4, n_tested=1)])
def test_a_classifier_is_cross_validated_on_surges(cv: Any, surges: Events) -> None:
    spans = None if isinstance(cv, TimeSeriesSplit) else surges.spans  # it warns that it does not heed them
    scores = cross_val_score(RidgeMultinomial(0.1), surges.X, surges.y, groups=spans, cv=cv, scoring="neg_log_loss")
    assert scores.shape == (4,)
    assert (scores < 0).all()
    assert np.isfinite(scores).all()


def test_a_prior_is_searched_on_purged_splits(surges: Events) -> None:
    search = GridSearchCV(RidgeMultinomial(), {"prior_sd": [0.01, 100.0]}, cv=ForwardPurgedSplit(n_splits=3), scoring="neg_log_loss")
    search.fit(surges.X, surges.y, groups=surges.spans)
    assert search.best_params_ == {"prior_sd": 0.01}  # the market is a random walk: its features say nothing


@pytest.mark.slow
def test_a_pool_of_strangers_is_calibrated_on_surges_and_its_curve_drawn(surges: Events) -> None:
    stranger = make_pipeline(SimpleImputer(keep_empty_features=True), StandardScaler(), LogisticRegression(C=0.01))
    pool = LogLinearPool([("ridge", RidgeMultinomial(0.25)), ("stranger", stranger), ("frequencies", DummyClassifier(strategy="prior"))])
    model = ShrunkCalibrator(pool).fit(surges.X, surges.y, groups=surges.spans)
    p = model.predict_proba(surges.X)
    assert_allclose(p.sum(axis=1), 1, rtol=1e-12)
    frequency, mean = calibration_curve(surges.y == 2, p[:, 2], n_bins=3)
    assert frequency.shape == mean.shape
    theirs = CalibratedClassifierCV(RidgeMultinomial(0.25), cv=TimeSeriesSplit(2))
    assert theirs.fit(surges.X, surges.y).predict_proba(surges.X).shape == p.shape


def test_events_are_the_surges_of_the_sample_with_what_was_known_at_their_close(panel: Panel, surges: Events) -> None:
    experiment = Experiment(surge=SurgeRule(min_z=1.0, min_return=0.01), outcome=Outcome(horizon=10, barrier="sigma", size=0.75))
    sample = dataset_of(panel, experiment).sample
    assert surges.question == Question(horizon=10, barrier="sigma", size=0.75)
    assert len(surges.X) + len(surges.ahead) == len(sample.rows)
    assert list(surges.X.columns[-2:]) == ["barrier_distance", "surge_size"]
    np.testing.assert_array_equal(surges.X.index.to_numpy("datetime64[D]"), sample.sessions[surges.spans[:, 0]])
    np.testing.assert_array_equal(surges.spans[:, 1] - surges.spans[:, 0], 10)
    np.testing.assert_array_equal(surges.X["surge_size"], sample.surge_z[: len(surges.X)])
    assert surges.weight.sum() == pytest.approx(len(np.unique(surges.episodes)))
    with pytest.raises(ValueError, match=r"question surge_9_h9: the experiment asks sigma_0\.75_h10"):
        events(dataset_of(panel, experiment), question="surge_9_h9")


# mistakes ---------------------------------------------------------------------------------------------------------------


def test_what_does_not_fit_is_told_in_one_line(surges: Events) -> None:
    x, y = surges.X, surges.y
    for model, line in (
        (RidgeMultinomial(0.0), "prior_sd must be > 0, got 0.0"),
        (RidgeMultinomial(clip=-1), "clip must be > 0 standard deviations, got -1"),
        (RidgeMultinomial(min_coverage=1.0), r"min_coverage must be in \[0, 1\), got 1.0"),
        (LogLinearPool([]), "estimators must hold at least one"),
        (LogLinearPool([("a", RidgeMultinomial()), ("a", RidgeMultinomial())]), "Names provided are not unique"),
        (ShrunkCalibrator(prior_sd=0), "prior_sd"),
    ):
        with pytest.raises(ValueError, match=line):
            model.fit(x, y)
    with pytest.raises(ValueError, match="zero"):
        RidgeMultinomial().fit(x, y, sample_weight=np.zeros(len(y)))
    with pytest.raises(ValueError, match=r"groups must be \(n, 2\) whole numbers"):
        list(ForwardPurgedSplit().split(x, y))
    with pytest.raises(ValueError, match="n_splits must be >= 1 and below the number of cases, got 5 for 3"):
        list(ForwardPurgedSplit().split(x, y, surges.spans[:3]))
