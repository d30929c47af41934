"""Analogs: the distance, the weights, the component and its list."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from forecast.engines.arrays import Float
from forecast.models import build
from forecast.models.analog_distance import AnalogDistance, effective_episodes, fit_distance, kernel_weights
from forecast.models.analog_history import AnalogHistory
from forecast.models.analogs import Analogs, FittedAnalogs, _PastSurges
from forecast.models.component import FitError
from forecast.models.forecaster import fit_forecaster
from forecast.models.own_volatility import barrier_distance
from forecast.models.rules import ModelRule
from forecast.runs.answer.analogs import FOLLOWED, answered_analogs, nearest
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL, UNSETTLED, first_barrier_met, label_outcomes
from forecast.target.question import Question
from forecast.target.sample import Sample

DRIVER, OTHER = "momentum_252", "distance_from_high"
SPACING = 40  # sessions between the surges of `market`, more than the horizon: each is an episode
ASKED = Question(horizon=21, barrier="fixed", size=0.04)


def market(codes: list[int], drivers: Float) -> Sample:
    """A market whose surges are followed by 21 sessions of 1 % a day up, down, or neither; the last surge is the present one.

    Between, prices go up and down by half a percent. drivers : (len(codes) + 1, k), values of DRIVER and OTHER.
    """
    rows = 100 + SPACING * np.arange(len(codes) + 1)
    steps = 0.005 * (-1.0) ** np.arange(rows[-1] + 1)
    for row, code in zip(rows, codes, strict=False):
        if code != STALL:
            steps[row + 1 : row + 22] = 0.01 if code == CONTINUE else -0.01
    close = 100 * np.exp(np.cumsum(steps))
    barrier = np.full(len(rows), ASKED.size)
    sessions = np.datetime64("2000-01-03") + np.arange(len(close))
    return Sample(
        market="Made",
        sessions=sessions,
        known=sessions,
        close=close,
        ranges=np.full(len(close), np.nan),
        rows=rows,
        vol=np.full(len(rows), 0.005),
        surge_return=np.full(len(rows), 0.03),
        surge_z=np.full(len(rows), 2.0),
        features=drivers,
        feature_names=(DRIVER, OTHER)[: drivers.shape[1]],
        chosen=(),
        barriers=barrier[:, None],
        outcomes=label_outcomes(close, rows, barrier, ASKED.horizon)[:, None],
        questions=(ASKED,),
    )


@pytest.fixture(scope="module")
def today(sample: Sample) -> Sample:
    """The simulated sample as of its last surge but twenty."""
    return sample.up_to(int(sample.rows[-20]))


def test_the_distance_is_mahalanobis_over_what_both_know() -> None:
    metric = AnalogDistance(columns=(0, 1), centre=np.zeros(2), scale=np.ones(2), correlation=np.array([[1.0, 0.5], [0.5, 1.0]]))
    there = np.array([[1.0, 0.0], [1.0, np.nan], [np.nan, np.nan], [1.0, 1.0]])
    # by hand: the inverse of the correlation is [[4, -2], [-2, 4]] / 3; one driver of two counts double; none is no distance
    np.testing.assert_allclose(metric.distances(np.zeros(2), there) ** 2, [4 / 3, 2.0, np.inf, 4 / 3], rtol=1e-12)


def test_surges_that_share_less_than_half_of_the_drivers_are_not_compared() -> None:
    metric = AnalogDistance(columns=(0, 1, 2), centre=np.zeros(3), scale=np.ones(3), correlation=np.eye(3))
    there = np.array([[1.0, np.nan, np.nan], [1.0, 1.0, np.nan]])
    np.testing.assert_allclose(metric.distances(np.zeros(3), there), [np.inf, np.sqrt(2 * 3 / 2)])


def test_the_votes_of_four_episodes_are_worth_two() -> None:
    # (1 + 3k)^2 / (1 + 3k^2) = 2 has the root k = 2 / sqrt(3) - 1, the kernel of each of the three that are further
    k = 2 / np.sqrt(3) - 1
    weights = kernel_weights(np.array([0.0, 1.0, 1.0, 1.0]), np.array([0, 1, 2, 3]), 2.0)
    np.testing.assert_allclose(weights, np.array([1, k, k, k]) / (1 + 3 * k), rtol=1e-9)


@given(
    hundredths=st.lists(st.integers(1, 5000), min_size=4, max_size=60, unique=True),  # apart enough to be told apart
    sizes=st.lists(st.integers(1, 5), min_size=60, max_size=60),
    neighbours=st.floats(1, 40),
)
@settings(max_examples=20)
def test_an_episode_votes_once_however_many_surges_it_has(hundredths: list[int], sizes: list[int], neighbours: float) -> None:
    squares = np.array(hundredths) / 100
    distance, episode = np.sqrt(squares), np.arange(len(squares))
    once = kernel_weights(distance, episode, neighbours)
    repeats = np.array(sizes[: len(squares)])
    often = kernel_weights(np.repeat(distance, repeats), np.repeat(episode, repeats), neighbours)
    np.testing.assert_allclose(np.bincount(np.repeat(episode, repeats), weights=often), once, atol=1e-9)
    assert often.sum() == pytest.approx(1)
    # bounds of the bandwidth are 1e6 of the mean apart: between them the number of votes is met
    assert effective_episodes(once, episode) == pytest.approx(min(neighbours, max(len(squares) / 2, 1)), rel=1e-3)


def alone(neighbours: float = 1.0, prior: float = 3.0) -> FittedAnalogs:
    """A fit that looks at DRIVER only, as it stands."""
    metric = AnalogDistance(columns=(2,), centre=np.zeros(1), scale=np.ones(1), correlation=np.ones((1, 1)))
    return FittedAnalogs(features=(DRIVER,), metric=metric, companions=(), neighbours=neighbours, prior_episodes=prior)


def test_two_surges_like_the_present_one_speak_for_it() -> None:
    codes = [CONTINUE, REVERSE, STALL, CONTINUE, CONTINUE, REVERSE]
    sample = market(codes, np.array([[0.0], [1.0], [2.0], [2.5], [-1.0], [1.0], [1.0]]))
    assert sample.outcomes[:-1, 0].tolist() == codes
    near = alone().neighbourhood(sample, 0)
    np.testing.assert_allclose(near.weight, [0, 0.5, 0, 0, 0, 0.5], atol=1e-12)
    # three that continue, two that reverse and one that stalls, one case of each added; the two like it reverse
    base = np.array([3, 2, 4]) / 9
    expected = (3 * base + 2 * np.array([1, 0, 0])) / (3 + 2)
    np.testing.assert_allclose(alone().predict(sample, key=0, paths=0).probabilities[0], expected, rtol=1e-9)


def test_outcomes_are_taken_at_a_barrier_as_far_in_the_volatility_of_then() -> None:
    sample = market([CONTINUE, REVERSE, STALL, CONTINUE, CONTINUE, REVERSE], np.arange(7.0)[:, None])
    far = dataclasses.replace(sample, barriers=np.full_like(sample.barriers, 10.0))  # no path of 21 sessions goes so far
    assert (alone().neighbourhood(far, 0).outcomes == STALL).all()
    close = sample.close.copy()
    after = sample.rows[4] + 1
    close[after:] = close[after - 1] * (close[after:] / close[after - 1]) ** 3  # from here on everything moves thrice as far
    loud = dataclasses.replace(sample, close=close, barriers=np.full_like(sample.barriers, 0.35))
    # the first surge was followed by a rise of 21 %: short of 35 %, but beyond the 12 % that are as far in a third of the volatility
    assert alone().neighbourhood(loud, 0).outcomes[0] == CONTINUE


def test_a_planted_driver_is_found() -> None:
    rng = np.random.default_rng(3)
    drivers = rng.standard_normal((81, 2))
    codes = [CONTINUE if value > 0 else REVERSE for value in drivers[:-1, 0]]
    component = Analogs(drivers=(DRIVER, OTHER), neighbours=10.0, prior_episodes=1.0)
    for sign, likely in ((1.5, CONTINUE), (-1.5, REVERSE)):
        drivers[-1] = sign, 0.0
        sample = market(codes, drivers)
        probabilities = component.fit([sample]).predict(sample, key=0, paths=0).probabilities[0]
        assert probabilities[likely] > 0.75  # half of the neighbours' distance is in drivers that say nothing


@given(scale=st.floats(0.01, 100), flip=st.sampled_from([-1, 1]), shift=st.floats(-100, 100))
@settings(max_examples=20)
def test_units_of_the_drivers_do_not_matter(today: Sample, scale: float, flip: int, shift: float) -> None:
    changed = dataclasses.replace(today, features=flip * scale * today.features + shift)
    probabilities, same = (Analogs().fit([each]).predict(each, key=0, paths=0).probabilities for each in (today, changed))
    np.testing.assert_allclose(
        same, probabilities, rtol=1e-6
    )  # cancellation: 100 of shift on a driver of 0.01 costs four digits of sixteen
    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-12)


def test_correlated_drivers_count_once_and_unknown_ones_not_at_all() -> None:
    rng = np.random.default_rng(4)
    one = rng.standard_normal(400)
    drivers = np.column_stack([one, one + 0.01 * rng.standard_normal(400), rng.standard_normal(400), np.full(400, 7.0)])
    available = np.ones_like(drivers)
    metric = fit_distance(drivers, available)
    assert metric.columns == (0, 1, 2)  # the last does not move
    assert metric.correlation[0, 1] > 0.95
    assert abs(metric.correlation[0, 2]) < 0.15  # three standard errors at 400
    along = metric.distances(np.zeros(3), np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0]]))
    assert along[0] == pytest.approx(along[1], rel=0.05)
    available[9:, 2] = 0
    assert fit_distance(drivers, available).columns == (0, 1)  # nine episodes know it


def test_only_settled_surges_of_other_episodes_vote(today: Sample) -> None:
    fitted = Analogs().fit([today])
    row = int(today.rows[-1])
    for q, question in enumerate(today.questions):
        near = fitted.neighbourhood(today, q)
        assert (today.settled_row()[near.places, q] < row).all()
        past = AnalogHistory.of(today, fitted.drivers)
        assert past.episodes(today.sessions, question.horizon)[-1] not in near.episode


def test_a_history_too_short_is_replaced_by_the_base_rate_and_noted(sample: Sample) -> None:
    model = ModelRule(components=("climatology", "analogs"), paths=100)
    for place in (0, 3):
        early = sample.up_to(int(sample.rows[place]))
        forecaster = fit_forecaster([early], model)
        assert forecaster.replaced == ("analogs",)
        assert "settled episodes number 0, fewer than the 5 needed" in forecaster.notes[0]
        chances, _ = forecaster.predict(early, seed=1)
        np.testing.assert_array_equal(chances.probabilities[1], forecaster.base_rates(early).frequencies)
        assert answered_analogs(sample, model, place, int(sample.rows[place])) == []
    with pytest.raises(FitError, match="no surge yet"):
        Analogs().fit([sample.up_to(int(sample.rows[0]) - 1)])


def test_a_question_without_a_precedent_is_answered_by_the_priors_centre_and_the_others_stay(today: Sample) -> None:
    """Over a horizon as long as the history all surges are one episode, and none of it is settled."""
    endless = Question(horizon=252, barrier="fixed", size=0.04)
    settled = today.rows + endless.horizon < len(today) - 1
    widened = dataclasses.replace(
        today,
        questions=(*today.questions, endless),
        barriers=np.column_stack([today.barriers, np.full(len(today.rows), endless.size)]),
        outcomes=np.column_stack([today.outcomes, np.where(settled, CONTINUE, UNSETTLED)]).astype(np.int8),
    )
    fitted = Analogs().fit([widened])
    assert not len(_PastSurges.of(fitted, widened).neighbourhood(len(today.questions)).places)
    probabilities = fitted.predict(widened, key=0, paths=0).probabilities
    np.testing.assert_array_equal(probabilities[:-1], Analogs().fit([today]).predict(today, key=0, paths=0).probabilities)
    near = AnalogHistory.of(widened, ()).paths[settled]
    met = first_barrier_met(near, np.full(len(near), barrier_distance(widened, len(today.rows) - 1, len(today.questions))))
    np.testing.assert_allclose(probabilities[-1], (np.bincount(met, minlength=3) + 1) / (len(met) + 3))


def test_a_surge_whose_drivers_are_not_known_has_the_base_rate_in_the_place_of_its_analogs(today: Sample) -> None:
    model = ModelRule(components=("climatology", "analogs"), paths=100)
    forecaster = fit_forecaster([today], model)
    features = today.features.copy()
    features[-1] = np.nan
    chances, notes = forecaster.predict(dataclasses.replace(today, features=features), seed=1)
    assert len(notes) == 1
    assert "the base rate in its place" in notes[0]
    assert "no settled surge of another episode shares half of the drivers" in notes[0]
    np.testing.assert_array_equal(chances.probabilities[1], forecaster.base_rates(today).frequencies)


def test_surges_of_a_companion_vote_and_those_of_one_time_share_a_vote(today: Sample) -> None:
    twin = dataclasses.replace(today, market="Twin")
    one, two = Analogs().fit([today]), Analogs().fit([today, twin])
    np.testing.assert_allclose(two.metric.centre, one.metric.centre)
    near, both = one.neighbourhood(today, 0), two.neighbourhood(today, 0)
    assert len(both.weight) == 2 * len(near.weight)
    assert (both.places == -1).sum() == len(near.weight)
    np.testing.assert_allclose(both.frequencies, near.frequencies, rtol=1e-9)
    older = dataclasses.replace(twin, sessions=twin.sessions - np.timedelta64(20 * 365, "D"))
    more = Analogs().fit([today, older]).neighbourhood(today, 0)
    assert len(np.unique(more.episode)) > 1.8 * len(np.unique(near.episode))
    restored = TypeAdapter(FittedAnalogs).validate_json(TypeAdapter(FittedAnalogs).dump_json(two))
    np.testing.assert_array_equal(restored.neighbourhood(today, 0).weight, both.weight)


def test_the_list_is_nearest_first_and_says_what_followed(today: Sample) -> None:
    fitted = Analogs().fit([today])
    analogs = nearest(today, fitted, count=7)
    assert len(analogs) == 7
    assert [analog.distance for analog in analogs] == sorted(analog.distance for analog in analogs)
    places = [int(np.searchsorted(today.surge_sessions, np.datetime64(analog.session))) for analog in analogs]
    numbers = AnalogHistory.of(today, fitted.drivers).episodes(today.sessions, 21)[places]
    assert len(set(numbers)) == 7
    near = fitted.neighbourhood(today, 0)
    for analog, place in zip(analogs, places, strict=True):
        row = int(today.rows[place])
        for ahead in FOLLOWED:
            if row + ahead < len(today):
                assert analog.followed[str(ahead)] == pytest.approx(np.log(today.close[row + ahead] / today.close[row]))
            else:
                assert analog.followed[str(ahead)] is None
        assert analog.outcomes[today.questions[0].label] == OUTCOMES[near.outcomes[near.places == place][0]]
    every = nearest(today, fitted, count=10_000)
    assert sum(analog.weight for analog in every) == pytest.approx(1)


def test_the_list_is_blind_to_what_comes_after_the_surge(sample: Sample) -> None:
    row = int(sample.rows[-20])
    close, features = sample.close.copy(), sample.features.copy()
    close[row + 1 :] *= np.exp(np.random.default_rng(2).normal(0, 0.2, len(close) - row - 1))
    features[sample.rows > row] *= -3
    noisy = dataclasses.replace(sample, close=close, features=features)
    whole, blind = (nearest(each.up_to(row), Analogs().fit([each.up_to(row)])) for each in (sample, noisy))
    assert whole == blind


def test_a_driver_that_is_no_feature_is_refused_with_a_hint() -> None:
    with pytest.raises(ValueError, match=r"analogs.drivers: no feature 'term_spred'; did you mean 'term_spread'\?"):
        build("analogs", {"drivers": ("term_spred",)})
    with pytest.raises(ValueError, match="a feature stands twice"):
        build("analogs", {"drivers": ("term_spread", "term_spread")})
