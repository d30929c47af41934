"""What people argue about: what followed past surges in one state of the world and in the other."""

import json
from dataclasses import replace
from io import StringIO
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pydantic import ValidationError
from rich.console import Console
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import proportion_confint

from features.catalogue import FeatureMatrix
from features.panel.series import SMALL
from forecast.backtest.dataset import Dataset, dataset_of
from forecast.backtest.experiment import Experiment, Outcome, Sensitivity
from forecast.models.session_vol import blended_vol
from forecast.report.html import contrasts as section
from forecast.report.html.report_data import ReportData
from forecast.report.text.contrasts_table import show_contrasts
from forecast.runs.contrasts.answer import FOLLOWED, Contrasts
from forecast.runs.contrasts.build import contrasts_of
from forecast.runs.contrasts.precedents import Precedents, joined, read_precedents
from forecast.runs.contrasts.rules import Condition, ContrastRule, Split
from forecast.runs.contrasts.shares import between, holm, independent_weights, spread_of, wilson
from forecast.runs.contrasts.states import FIRST, NEITHER, SECOND, states
from forecast.runs.manifest import PRECEDENTS
from forecast.runs.repredict import experiment_of, stored_dataset, written_answer
from forecast.target.outcome import CONTINUE, first_barrier_met
from forecast.target.surge import SurgeRule
from tests import markets
from tests.reports import run_of

Factory = pytest.TempPathFactory
LEVEL = 0.9
HORIZON = 21
VOL, DRIFT = 0.008, 0.0025  # a session's; 21 sessions of it are a move of five per cent


@pytest.fixture(scope="module")
def contrasts(tmp_path_factory: Factory) -> Contrasts:
    answer = written_answer(run_of("whole", tmp_path_factory))
    assert answer is not None
    assert answer.contrasts is not None
    return answer.contrasts


# shares -----------------------------------------------------------------------------------------------------------------


def test_surges_of_one_day_count_as_one_and_those_far_apart_each() -> None:
    session = np.array(["2001-03-05", "2001-03-05", "2003-06-02", "2005-09-06"], dtype="datetime64[D]")
    weight, block = independent_weights(session, HORIZON)
    assert_allclose(weight, [0.5, 0.5, 1.0, 1.0])
    assert block[0] == block[1] == 0
    assert len(set(block.tolist())) == 3


def test_the_interval_of_a_share_is_wilsons() -> None:
    cases, counts = np.array([10.0, 50.0, 200.0]), np.array([0, 15, 120])
    theirs = [proportion_confint(int(k), int(n), alpha=0.05, method="wilson") for k, n in zip(counts, cases, strict=True)]
    assert_allclose(np.stack(wilson(counts / cases, cases, 1.959964), axis=1), theirs, atol=1e-6)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.floats(0.01, 0.5))
def test_what_stands_among_many_is_holms(p: list[float], error: float) -> None:
    assert holm(np.array(p), error).tolist() == multipletests(p, alpha=error, method="holm")[0].tolist()


def _spreads(rng: np.random.Generator, gap: float) -> tuple[float, float, float]:
    """Difference between two states of 80 independent surges each, of which a half and `gap` more continue; its interval."""
    spreads = []
    for place, share in enumerate((0.5 + gap, 0.5)):
        followed = (rng.random(80) < share)[:, None]
        spreads.append(spread_of(followed, np.ones(80), 2 * np.arange(80) + place, 160, LEVEL))
    difference = between(*spreads)
    return float(difference.difference[0]), float(difference.low[0]), float(difference.high[0])


def test_intervals_of_no_difference_hold_nil_nine_times_in_ten_and_true_differences_are_told() -> None:
    rng = np.random.default_rng(0)
    nil = [low <= 0 <= high for _, low, high in (_spreads(rng, 0.0) for _ in range(400))]
    assert 0.86 <= np.mean(nil) <= 0.95  # three standard errors of 400
    told = [low > 0 for _, low, _ in (_spreads(rng, 0.3) for _ in range(50))]
    assert np.mean(told) > 0.95


@given(st.lists(st.floats(0.01, 1), min_size=1, max_size=40))
def test_what_always_follows_has_a_share_of_one_and_no_more(weights: list[float]) -> None:
    count = len(weights)
    spread = spread_of(np.tile([True, False], (count, 1)), np.array(weights), np.arange(count), count, LEVEL)
    assert 1 - 1e-12 <= spread.shares[0] <= 1
    assert spread.shares[1] == 0


def test_days_of_one_block_are_worth_little_more_than_one() -> None:
    """Eighty surges in four blocks, alike within each: the interval is that of about four cases."""
    followed = np.repeat([True, False, True, False], 20)[:, None]
    spread = spread_of(followed, np.full(80, 0.05), np.repeat(np.arange(4), 20), 4, LEVEL)
    assert spread.episodes == pytest.approx(4)
    assert spread.high[0] - spread.low[0] > 0.6


# states -----------------------------------------------------------------------------------------------------------------


def test_a_surge_is_in_the_state_whose_conditions_hold_and_in_neither_where_a_value_is_missing() -> None:
    values = {"level": np.array([1.0, -1.0, np.nan, 0.2, -3.0]), "rate": np.array([1.0, 1.0, 1.0, -1.0, 1.0])}
    split = Split((Condition("level", least=0.0),), within=(Condition("rate", least=0.0),))
    assert states(split, values).tolist() == [FIRST, SECOND, NEITHER, NEITHER, SECOND]
    apart = Split((Condition("level", least=0.0),), second=(Condition("level", below=-2.0),))
    assert states(apart, {"level": values["level"]}).tolist() == [FIRST, NEITHER, NEITHER, FIRST, SECOND]


# the answer -------------------------------------------------------------------------------------------------------------


def test_shares_of_every_surge_are_those_counted_from_the_moves_after_it(tmp_path_factory: Factory, contrasts: Contrasts) -> None:
    run = run_of("whole", tmp_path_factory)
    dataset = stored_dataset(run, experiment_of(run))
    seen = dataset.sample.up_to(int(dataset.sample.rows[-1]))
    question = experiment_of(run).questions[0]
    own = Precedents.of(seen, None, window=5, horizon=question.horizon).up_to(seen.sessions[-1])
    assert contrasts.every.surges == len(own) == int((seen.rows + question.horizon < len(seen) - 1).sum())
    vol, weight = blended_vol(seen), independent_weights(own.session, question.horizon)[0]
    counts = dict.fromkeys(FOLLOWED, 0.0)
    for session, share in zip(own.session, weight, strict=True):
        row = int(np.searchsorted(seen.sessions, session))
        far = vol[row] / vol[-1]  # as far in its own volatility
        after = np.log(seen.close[row + 1 : row + 1 + question.horizon] / seen.close[row])
        met = next((move for move in after if abs(move) >= far * seen.barriers[-1, 0]), 0.0)
        counts["continue" if met > 0 else "reverse" if met < 0 else "stall"] += share
        counts["fall"] += share * bool((after <= far * np.log(0.95)).any())
    assert contrasts.every.shares is not None
    assert contrasts.every.shares == pytest.approx({name: count / weight.sum() for name, count in counts.items()}, abs=1e-6)
    assert contrasts.every.episodes == pytest.approx(weight.sum())


def test_every_contrast_has_its_states_and_todays_is_marked(contrasts: Contrasts) -> None:
    assert len(contrasts.contrasts) >= 12
    marked = [one for one in contrasts.contrasts if one.today is not None]
    assert marked
    for one in contrasts.contrasts:
        assert one.says in one.sentence
        assert one.first.surges + one.second.surges + one.left_out == contrasts.every.surges or one.lacks
        names = set(one.values)
        assert names or one.lacks
        assert not any(name in one.standing for name in names)  # people read titles


def _market_whose_state_matters(seed: int) -> tuple[Dataset, Experiment]:
    """A walk with a surge every 60 sessions, after which it drifts up where `truth` is 1 and down where it is -1; `lie` is by lot."""
    rng, panel = np.random.default_rng(seed), markets.panel()
    moves = VOL * rng.standard_normal(len(panel.sessions))
    truth, lie = np.ones(len(moves)), np.ones(len(moves))
    for row in range(300, len(moves) - 60, 60):
        truth[row - 30 : row + 30], lie[row - 30 : row + 30] = rng.choice([-1.0, 1.0], 2)
        moves[row - 4 : row + 1] = 0.012  # of which the last session alone is a surge, but for luck
        moves[row + 1 : row + 1 + HORIZON] += DRIFT * truth[row]
    close = pd.Series(1000 * np.exp(np.cumsum(moves)), panel.sessions)
    features = pd.DataFrame({"truth": truth, "lie": lie}, panel.sessions)
    small = replace(panel, frame=panel.frame[[SMALL.name]].assign(**{SMALL.name: close}), released={})
    experiment = Experiment(
        outcome=Outcome(barrier="fixed", size=0.03), surge=SurgeRule(min_z=2.0, min_return=0.0599), sensitivity=Sensitivity(horizons=())
    )
    return dataset_of(small, experiment, matrix=FeatureMatrix(features, {})), experiment


def _rule(value: str, expects: Literal[-1, 1]) -> ContrastRule:
    return ContrastRule(value, "It matters", ("up", "down"), expects, (Split((Condition(value, least=0.0),)),), "by construction")


def test_a_state_that_matters_is_found_with_its_true_difference_and_one_by_lot_is_not() -> None:
    """The whole way from closes to verdicts, in a dozen markets; what truly follows is counted from simulated paths."""
    rng = np.random.default_rng(7)
    held, lies = [], []
    for seed in range(12):
        dataset, experiment = _market_whose_state_matters(seed)
        place = len(dataset.sample.rows) - 1
        rules = (_rule("truth", 1), _rule("truth", -1), _rule("lie", 1))
        made = contrasts_of(dataset, experiment, place, rules=rules)
        assert made is not None
        true, wrong, lie = made.contrasts
        assert (true.verdict, wrong.verdict) == ("as they say", "the opposite")
        assert true.interval is not None
        assert true.difference is not None
        far = made.barrier / blended_vol(dataset.sample)[dataset.sample.rows[-1]]
        own = np.resize(blended_vol(dataset.sample)[dataset.sample.rows], 10_000)
        walks = np.cumsum(VOL * rng.standard_normal((2, 10_000, HORIZON)) + np.array([[[DRIFT]], [[-DRIFT]]]), axis=2)
        met = [first_barrier_met(paths, far * own) for paths in walks]
        gap = float((met[0] == CONTINUE).mean() - (met[1] == CONTINUE).mean())
        held.append(true.interval["continue"][0] <= gap <= true.interval["continue"][1])
        lies.append(lie.verdict in ("as they say", "the opposite"))
    assert sum(held) >= 9  # of 12 intervals of nine in ten, all but three at most in 97 cases of 100
    assert sum(lies) <= 3


def test_what_comes_after_a_surge_changes_nothing_of_what_was_said_of_it(tmp_path_factory: Factory) -> None:
    run = run_of("whole", tmp_path_factory)
    experiment = experiment_of(run)
    dataset = stored_dataset(run, experiment)
    place = len(dataset.sample.rows) - 8
    then = dataset.panel.as_of(pd.Timestamp(dataset.sample.surge_sessions[place]))
    early = contrasts_of(dataset_of(then, experiment), experiment, place)
    assert early is not None
    assert contrasts_of(dataset, experiment, place) == early


def test_prices_alone_say_what_is_not_in_these_data(tmp_path_factory: Factory) -> None:
    answer = written_answer(run_of("bare", tmp_path_factory))
    assert answer is not None
    assert answer.contrasts is not None
    by_key = {one.key: one for one in answer.contrasts.contrasts}
    assert by_key["soft_by_jobs"].verdict == "not in these data"
    assert by_key["soft_by_jobs"].lacks
    assert by_key["at_high"].verdict != "not in these data"


def test_contrasts_that_contradict_themselves_are_refused(contrasts: Contrasts) -> None:
    stored = json.loads(contrasts.model_dump_json())
    assert Contrasts.model_validate(stored) == contrasts
    stored["every"]["shares"]["continue"] += 0.1
    with pytest.raises(ValidationError, match="must sum to 1"):
        Contrasts.model_validate(stored)


def test_the_table_has_three_rows_a_contrast(contrasts: Contrasts) -> None:
    frame = contrasts.to_frame()
    assert len(frame) == 1 + 3 * len(contrasts.contrasts)
    assert set(FOLLOWED) <= set(frame.columns)


def test_the_screen_fits_100_columns_and_the_page_has_every_sentence(tmp_path_factory: Factory, contrasts: Contrasts) -> None:
    out = StringIO()
    show_contrasts(Console(file=out, width=100), contrasts)
    assert max(map(len, out.getvalue().splitlines())) <= 100
    run = run_of("whole", tmp_path_factory)
    answer = written_answer(run)
    assert answer is not None
    experiment = experiment_of(run)
    from forecast.runs.metrics import read_metrics

    data = ReportData(run, experiment, stored_dataset(run, experiment), answer, read_metrics(run, experiment.questions))
    made = section.section(data)
    assert len(made.points) == len(contrasts.contrasts)
    assert contrasts.caution in made.text


def test_precedents_are_read_as_they_were_written(tmp_path_factory: Factory) -> None:
    run = run_of("whole", tmp_path_factory)
    dataset = stored_dataset(run, experiment_of(run))
    own = Precedents.of_markets([dataset.sample], None, window=5, horizon=HORIZON)
    place = tmp_path_factory.mktemp("precedents") / PRECEDENTS
    own.write(place)
    again = read_precedents(place, HORIZON)
    for name in ("session", "settled", "surge_z", "path"):
        np.testing.assert_array_equal(getattr(again, name), getattr(own, name))
    assert len(joined([own, again], HORIZON)) == 2 * len(own)
