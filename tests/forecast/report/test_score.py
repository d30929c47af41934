"""Anybody's probabilities, scored by prices: from Python and from the command line."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from features.errors import InputError
from features.files.table import NEAREST
from features.sources import closes
from forecast.api import TrainedRun, score, train
from forecast.backtest.promotion import PromotionRule, least_skill
from forecast.report.evaluation.evaluation import QuestionEvaluation, evaluate_run
from forecast.report.evaluation.subgroups import Z_EDGES
from forecast.report.evaluation.tally import tally_of_evaluations
from forecast.report.html import skill as skill_section
from forecast.report.html.number_format import MINUS
from forecast.report.html.report_data import ReportData
from forecast.report.scoring.external_forecasts import LEAST, OFF, read_external_forecasts
from forecast.report.text.answer_table import show_skill
from forecast.report.text.console import console
from forecast.report.text.evaluation_table import show_evaluations
from forecast.runs.answer.demonstrated_skill import reference_name
from forecast.runs.folder import open_run
from forecast.runs.predictions.read import BASE_COLUMNS, CLIMATOLOGY_COLUMNS, HIGH_COLUMNS, LOW_COLUMNS, P_COLUMNS
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL
from forecast.target.question import Question, barrier_words
from forecast.target.sample import Sample, price_sample
from forecast.target.surge import SurgeRule
from tests import markets
from tests.commands import run

RULE = SurgeRule(min_z=1.0, min_return=0.01)
MAIN = Question()
EXPERIMENT = """
name = "scored"
market.name = "Simulated"
surge = { min_z = 1.0, min_return = 0.01 }
outcome = { horizon = 21, barrier = "surge", size = 0.5, also = [{ horizon = 10, barrier = "sigma", size = 0.75 }] }
sensitivity = { horizons = [] }
pullback = { horizons = [] }
promotion = { over = ["climatology", "base_rate"], min_t = 1.0 }
walk_forward = { start = 2005-01-03, refit_every = 504 }
model = { paths = 200, components = ["climatology", "ewma", "range"] }
inputs.small = { file = "prices.csv", columns = { small = "Close", small_high = "High", small_low = "Low" } }
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with prices, an experiment, and the probabilities `mine.csv` of every surge."""
    place = tmp_path_factory.mktemp("score")
    frame = markets.panel().frame
    columns = {"Close": frame["small"], "High": frame["small_high"], "Low": frame["small_low"]}
    pd.DataFrame(columns).rename_axis("Date").to_csv(place / "prices.csv")
    (place / "scored.toml").write_text(EXPERIMENT)
    table(sample_of(place)).to_csv(place / "mine.csv", index=False)
    return place


@pytest.fixture(scope="module")
def trained(place: Path) -> TrainedRun:
    return train(place / "scored.toml", data=place, output=place / "run", track=False, report=False, jobs=1)


def sample_of(place: Path, rule: SurgeRule = RULE) -> Sample:
    return price_sample(closes.load(place / "prices.csv"), rule, [MAIN])


def table(sample: Sample, *, seed: int = 3) -> pd.DataFrame:
    """Probabilities of every surge, drawn at random."""
    p = np.random.default_rng(seed).dirichlet([4, 1, 5], len(sample.rows))
    return pd.DataFrame({"date": sample.surge_sessions.astype("datetime64[ns]"), **dict(zip(P_COLUMNS, p.T, strict=True))})


def only(reports: dict[str, QuestionEvaluation]) -> QuestionEvaluation:
    (report,) = reports.values()
    return report


def plain(value: Any) -> str:
    """Of equal numbers, NaN among them, equal text."""
    return json.dumps(value, default=lambda item: item.tolist() if isinstance(item, np.ndarray) else str(item))


def without_rivals(evaluation: QuestionEvaluation, judged: str) -> dict[str, Any]:
    """What does not hang on the other forecasters and the experiment's rule: theirs, the contests, skill over them and verdicts apart."""
    values = asdict(evaluation)
    mine, base = values["forecasters"].pop(judged), values["forecasters"]["climatology"]
    mine["over"] = mine["over"]["climatology"]
    for part in values["slices"]:
        part["skill"], part["t"] = part["skill"]["climatology"], part["t"]["climatology"]
    for one in (mine, base):
        one.pop("set_p")
    base.pop("over")
    for key in ("better_p", "judged", "rivals", "forecasters", "min_t", "demonstrated", "standing"):
        values.pop(key)
    return values | {"mine": mine, "base": base}


# one path for a run and for a file --------------------------------------------------------------------------------------


@pytest.mark.parametrize("own_references", [True, False])
def test_the_predictions_of_a_run_are_worth_what_evaluate_says_of_the_run(trained: TrainedRun, place: Path, own_references: bool) -> None:
    predictions = pd.read_parquet(trained.folder / "predictions.parquet")
    table = predictions if own_references else predictions.drop(columns=[*BASE_COLUMNS, *CLIMATOLOGY_COLUMNS])
    result = score(table, place / "prices.csv", rule=RULE).evaluations
    expected = evaluate_run(open_run(trained.folder))
    assert set(result) == set(expected) == {"surge_0.5_h21", "sigma_0.75_h10"}
    for label, one in result.items():
        assert one.sessions > 20
        assert len(one.coverage) == 9
        assert plain(without_rivals(one, "the table")) == plain(without_rivals(expected[label], "pool"))


@pytest.mark.slow
def test_one_run_has_one_t_and_one_verdict_wherever_it_is_read(trained: TrainedRun, place: Path) -> None:
    opened, min_t = open_run(trained.folder), 1.0  # of the experiment, not the default
    evaluated, scored = evaluate_run(opened), score(trained.folder, place / "prices.csv", rule=RULE).evaluations
    verdicts = {}
    assert trained.answer is not None
    for answer in trained.answer.questions:
        models = trained.metrics["questions"][answer.question]["models"]
        over, skill, t = least_skill(models["pool"])
        assert t == min(models["pool"][f"brier_t_vs_{name}"] for name in ("climatology", "base_rate"))
        verdicts[answer.question] = t >= min_t
        assert (answer.skill, answer.skill_t, answer.skill_over, answer.demonstrated) == (skill, t, over, t >= min_t)
        for one in (evaluated[answer.question], scored[answer.question]):
            worth = one.forecasters[one.judged].over[over]
            assert (worth.skill, worth.diebold_mariano.t, one.min_t, one.demonstrated) == (skill, t, min_t, t >= min_t)
            assert one.standing == answer.headline.standing
            text = printed(show_evaluations, {answer.question: one}, summary=True)
            row = next(line for line in text.splitlines() if line.startswith(f" {barrier_words(answer.barrier_kind, answer.size)} "))
            assert row.split()[-1] == ("yes" if one.demonstrated else "no")
            assert f"{models['pool']['brier_t_vs_climatology']:+.1f}" in row.split()
            assert f"{one.standing[1:]}." in " ".join(text.split())
            assert f"{min_t:g} or more" in text
            assert all(" ".join(line.split()) in " ".join(text.split()) for line in tally_of_evaluations([one]))
        assert f"{t:+.2f}" in printed(show_skill, answer.question, trained.metrics["questions"][answer.question])
    assert trained.metrics["promotion"]["passed"] == sum(verdicts.values())
    assert trained.metrics["promotion"]["promoted"] == all(verdicts.values())
    page, main = " ".join(skill_section.section(ReportData.of(opened)).text), trained.answer.questions[0]
    assert f"over {reference_name(main.skill_over)} (t {main.skill_t:+.2f})".replace("-", MINUS) in page
    assert page.startswith(tally_of_evaluations(evaluated.values())[0].replace(" -", f" {MINUS}"))


def test_probabilities_without_an_experiment_are_judged_by_the_default_rule(place: Path) -> None:
    report = only(score(place / "mine.csv", place / "prices.csv", rule=RULE).evaluations)
    assert report.min_t == PromotionRule().min_t
    assert not report.demonstrated  # drawn at random


def printed(show: Callable[..., None], *arguments: Any, **options: Any) -> str:
    """What a table of the screen says."""
    screen = console()
    with screen.capture() as capture:
        show(screen, *arguments, **options)
    return capture.get()


@pytest.mark.slow
def test_a_run_compared_with_brings_its_pool_and_the_components_that_are_rivals(trained: TrainedRun, place: Path) -> None:
    file = trained.folder / "predictions.parquet"
    result = score(file, place / "prices.csv", rule=RULE, horizon=21, barrier="surge", against=[trained.folder])
    report, expected = only(result.evaluations), evaluate_run(open_run(trained.folder))["surge_0.5_h21"]
    assert report.rivals == ("run", "ewma")  # there is no GJR among the components
    assert report.forecasters["predictions"].over["run"].skill == 0
    assert plain(asdict(report.forecasters["ewma"].over["climatology"])) == plain(asdict(expected.forecasters["ewma"].over["climatology"]))


# properties -------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
@settings(max_examples=2)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_order_of_the_rows_changes_nothing(place: Path, seed: int) -> None:
    rows = pd.read_csv(place / "mine.csv").tail(120)
    every = pd.concat([rows.assign(horizon=21), rows.assign(horizon=5)])
    shuffled = every.sample(frac=1, random_state=seed)
    one, other = (score(part, place / "prices.csv", rule=RULE).as_json() for part in (every, shuffled))
    assert plain(one) == plain(other)
    assert list(one["questions"]) == ["surge_0.5_h5", "surge_0.5_h21"]


@pytest.mark.slow
def test_the_truth_has_a_skill_of_one(place: Path) -> None:
    sample = sample_of(place)
    settled = sample.outcomes[:, 0] >= 0
    truth = table(sample)[settled]
    truth[list(P_COLUMNS)] = np.eye(3)[sample.outcomes[settled, 0]]
    result = score(truth, place / "prices.csv", rule=RULE)
    report = only(result.evaluations)
    # zeros are taken as LEAST: an error of 2 * LEAST, squared
    assert report.forecasters["the table"].over["climatology"].skill == pytest.approx(1, abs=1e-10)
    assert report.forecasters["the table"].scores["log"] == pytest.approx(2 * LEAST, rel=1e-3)
    assert any("taken as 1e-06" in note for note in result.notes)


@pytest.mark.slow
def test_a_file_that_is_called_climatology_is_not_taken_for_it(place: Path) -> None:
    table(sample_of(place)).to_csv(place / "climatology.csv", index=False)
    one, other = (only(score(place / name, place / "prices.csv", rule=RULE).evaluations) for name in ("climatology.csv", "mine.csv"))
    assert one.judged == "climatology-2"
    assert plain(asdict(one.forecasters["climatology-2"])) == plain(asdict(other.forecasters["mine"]))
    assert one.forecasters["climatology-2"].over["climatology"].skill != 0


def test_a_name_in_brackets_is_printed_as_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table(sample_of(place)).to_csv(place / "m[red]x.csv", index=False)
    result = score(place / "m[red]x.csv", place / "prices.csv", rule=RULE)
    show_evaluations(console(), result.evaluations, summary=True)
    printed = capsys.readouterr().out
    assert "What m[red]x's settled forecasts" in printed
    assert "Where m[red]x was better" in printed
    assert "mx" not in printed


@pytest.mark.slow
def test_climatology_has_no_skill(place: Path) -> None:
    sample = sample_of(place)
    rows = table(sample)
    # by hand: the outcomes settled before the session of each surge, and one case of each
    for place_, row in enumerate(sample.rows):
        earlier = sample.outcomes[(sample.rows + 21 < row) & (sample.outcomes[:, 0] >= 0), 0]
        rows.loc[place_, list(P_COLUMNS)] = (np.bincount(earlier, minlength=3) + 1) / (len(earlier) + 3)
    report = only(score(rows, place / "prices.csv", rule=RULE).evaluations)
    assert report.forecasters["the table"].over["climatology"].skill == pytest.approx(0, abs=1e-12)


@pytest.mark.slow
@settings(max_examples=2)
@given(cut=st.integers(400, 2000), seed=st.integers(0, 2**32 - 1))
def test_prices_after_the_last_horizon_change_nothing(place: Path, cut: int, seed: int) -> None:
    prices = pd.read_csv(place / "prices.csv", index_col=0, parse_dates=True)["Close"]
    later = prices.copy()
    noise = np.random.default_rng(seed).normal(0, 0.05, len(prices) - cut - 22).cumsum().clip(-2, 2)
    later.iloc[cut + 22 :] *= np.exp(noise)
    rows = pd.read_csv(place / "mine.csv", parse_dates=["date"])
    rows = rows[rows["date"] <= prices.index[cut]]
    one, other = (only(score(rows, each, rule=RULE).evaluations) for each in (prices, later))
    assert one.sessions == len(rows) > 0
    assert plain(asdict(one)) == plain(asdict(other))


def test_outcomes_are_those_of_the_prices_whatever_the_file_says() -> None:
    days = pd.bdate_range("2010-01-04", periods=200)
    steps = np.where(np.arange(200) % 2, 0.004, -0.004)
    steps[100:105] = 0.01  # a surge on the session 104, of 5 %; half of it is 2.5 %
    for after, outcome in ((-0.01, REVERSE), (0.0, STALL), (0.01, CONTINUE)):
        steps[105:108] = after
        close = pd.Series(100 * np.exp(steps.cumsum()), days)
        rows = pd.DataFrame({"date": [days[104]], "p_reverse": 0.2, "p_stall": 0.3, "p_continue": 0.5, "outcome": 7, "barrier": 0.9})
        result = score(rows, close)
        assert only(result.evaluations).frequency[OUTCOMES[outcome]] == 1
        assert only(result.evaluations).forecasters["the table"].scores["brier"] == pytest.approx(
            ((np.array([0.2, 0.3, 0.5]) - np.eye(3)[outcome]) ** 2).sum()
        )
        assert any("1 of the outcomes" in note for note in result.notes)
        assert any("1 of the barriers" in note for note in result.notes)


def test_rows_that_are_not_scored_are_counted_and_named(place: Path) -> None:
    strict = SurgeRule(min_z=2.0, min_return=0.01)
    sample = sample_of(place, strict)
    rows = pd.read_csv(place / "mine.csv", parse_dates=["date"])
    rival = rows[rows["date"] > rows["date"].iloc[0] + pd.Timedelta(days=900)]
    result = score(rows, place / "prices.csv", rule=strict, against=[rival])
    by_why = {one.why: one for one in result.excluded}
    assert by_why["no surge by the rule"].rows == len(rows) - len(sample.rows)
    lacking = (sample.surge_sessions <= rows["date"].iloc[0].to_datetime64() + np.timedelta64(900, "D")).sum()
    assert by_why["not in every file compared with"].rows == lacking > 0
    report = only(result.evaluations)
    assert report.sessions == len(rows) - sum(one.rows for one in result.excluded)
    assert [part for part in report.slices if part.kind == "z" and part.name.startswith(("below", f"{Z_EDGES[0]:g} "))] == []
    assert sum("rows left out" in note for note in result.notes) == len(result.excluded)


def test_probabilities_rounded_to_six_digits_are_probabilities(place: Path) -> None:
    rows = pd.read_csv(place / "mine.csv").round(6)
    rows.loc[0, list(P_COLUMNS)] = [0.333333, 0.333333, 0.333333]
    whole = rows.copy()
    whole[list(P_COLUMNS)] /= whole[list(P_COLUMNS)].to_numpy().sum(axis=1, keepdims=True)
    one, other = (only(score(part, place / "prices.csv", rule=RULE).evaluations) for part in (rows, whole))
    assert abs(3 * 0.333333 - 1) < OFF
    brier = [result.forecasters["the table"].scores["brier"] for result in (one, other)]
    assert brier[0] == pytest.approx(brier[1], rel=1e-9)


@pytest.mark.parametrize(
    ("row", "expected", "by"),
    [
        ([0.9, 1 - 0.9 - 0.1, 0.1], [0.9, 0.0, 0.1], "2.8e-17"),  # a remainder: -2.8e-17
        ([0.0, 1.0000000000000002, 0.0], [0.0, 1.0, 0.0], "2.2e-16"),  # the double after 1
        (np.float32([-1e-8, 0.3, 0.7]).tolist(), [0.0, 0.3, 0.7], "1e-08"),
        ([0.333, 0.333, 0.333], [1 / 3, 1 / 3, 1 / 3], "0.001"),
        ([0.3335, 0.3335, 0.3335], [1 / 3, 1 / 3, 1 / 3], None),  # 1.0005 is more than three numbers of four digits can miss
        ([0.33333, 0.33333, 0.33333], [1 / 3, 1 / 3, 1 / 3], "1e-05"),
        ([0.0, 0.0005, 0.9985], [0.0, 0.0005, 0.9985], None),  # 0.999 of four digits
        (np.float32([0.333, 0.333, 0.333]).tolist(), [1 / 3, 1 / 3, 1 / 3], "0.001"),
    ],
)
def test_probabilities_that_miss_by_rounding_are_taken_with_a_note(row: list[float], expected: list[float], by: str | None) -> None:
    table = pd.DataFrame([row, [0.2, 0.3, 0.5]], columns=list(P_COLUMNS)).assign(date=["2024-07-11", "2024-07-12"])
    if by is None:
        with pytest.raises(InputError, match=r"must sum to 1, and sum to .*; divide each row by its sum"):
            read_external_forecasts(table)
        return
    forecasts = read_external_forecasts(table)
    np.testing.assert_allclose(forecasts.p[0], np.maximum(expected, LEAST), rtol=0, atol=2 * LEAST)
    assert forecasts.p[0].sum() == pytest.approx(1, abs=1e-15)
    assert forecasts.p[1].tolist() == [0.2, 0.3, 0.5]  # to the bit
    assert forecasts.notes[0] == f"1 rows of p_ miss 0, 1 or a sum of 1 by rounding, by {by} at most: divided by their sums"


def test_intervals_of_rounded_rows_are_rounded_too() -> None:
    values = dict.fromkeys(P_COLUMNS, 0.333) | dict.fromkeys(LOW_COLUMNS, 0.333) | dict.fromkeys(HIGH_COLUMNS, 1 + 1e-9)
    forecasts = read_external_forecasts(pd.DataFrame([{"date": "2024-07-11", **values}]))
    assert forecasts.bounds is not None
    assert (forecasts.bounds[:, :, 0] <= forecasts.p).all()
    assert (forecasts.bounds[:, :, 1] == 1).all()


def test_a_message_shows_the_digits_that_are_at_fault() -> None:
    row = {"date": "2024-07-11", **dict(zip(P_COLUMNS, (0.0, 1.00001, 0.0), strict=True))}
    with pytest.raises(InputError, match=r"must lie between 0 and 1, got 0.0, 1.00001, 0.0"):
        read_external_forecasts(pd.DataFrame([row]))


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ([np.inf, 0.0, 0.0], r"must lie between 0 and 1, got inf, 0.0, 0.0"),  # without a warning of numpy's
        ([True, False, False], r"the table: column p_reverse: holds bool and no numbers; name another column"),
        ([0.2 + 1j, 0.3, 0.5], r"the table: column p_reverse: holds complex128 and no numbers"),
        ([pd.Timedelta(0), 0.5, 0.5], r"the table: column p_reverse: holds timedelta64.* and no numbers"),
    ],
)
def test_what_is_no_probability_is_refused(row: list[object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_external_forecasts(pd.DataFrame([row], columns=list(P_COLUMNS)).assign(date="2024-07-11"))


def test_files_may_be_parquet_with_dates_for_an_index_and_a_run_its_folder(trained: TrainedRun, place: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(place / "mine.csv", parse_dates=["date"], **NEAREST)
    prices = pd.read_csv(place / "prices.csv", index_col=0, parse_dates=True, **NEAREST)
    rows.set_index("date").to_parquet(tmp_path / "mine.parquet")
    prices.to_parquet(tmp_path / "prices.parquet")
    one, other = (
        only(score(folder / f"mine.{kind}", folder / f"prices.{kind}", rule=RULE).evaluations)
        for folder, kind in ((place, "csv"), (tmp_path, "parquet"))
    )
    assert plain(asdict(one)) == plain(asdict(other))
    assert score(trained.folder, place / "prices.csv", rule=RULE).name == "run"


def test_a_series_of_days_in_utc_and_dates_as_text_are_days(place: Path) -> None:
    prices = pd.read_csv(place / "prices.csv", index_col=0, parse_dates=True)["Close"]
    text = pd.read_csv(place / "mine.csv", parse_dates=["date"])
    stamped = text.assign(date=text["date"].dt.tz_localize("UTC"))
    one, other = (only(score(part, prices.tz_localize("UTC"), rule=RULE).evaluations) for part in (text, stamped))
    assert plain(asdict(one)) == plain(asdict(other))


@pytest.mark.parametrize("shape", ["an index without a name", "an index of periods", "an Arrow table", "highs and lows", "newest first"])
def test_tables_of_a_notebook_are_worth_what_their_files_are(place: Path, shape: str) -> None:
    mine = pd.read_csv(place / "mine.csv", parse_dates=["date"], **NEAREST)
    whole = pd.read_csv(place / "prices.csv", index_col=0, parse_dates=True, **NEAREST)
    of_files = only(score(place / "mine.csv", place / "prices.csv", rule=RULE).evaluations)
    by_day = mine.set_index("date").rename_axis(None)
    shapes: dict[str, Any] = {
        "an index without a name": (by_day, whole["Close"]),
        "an index of periods": (by_day.set_axis(by_day.index.to_period("D")), whole["Close"].set_axis(whole.index.to_period("D"))),
        "an Arrow table": (pa.Table.from_pandas(mine), pa.Table.from_pandas(whole["Close"].reset_index())),
        "highs and lows": (mine, whole),
        "newest first": (mine.iloc[::-1], whole["Close"].iloc[::-1]),
    }
    one = only(score(*shapes[shape], rule=RULE).evaluations)
    with_ranges = shape == "highs and lows"  # the base rate is measured by them where they are known
    names = {old: "mine" if old == "the table" else old for old in one.forecasters if with_ranges or old != "base_rate"}
    assert {new: one.forecasters[old].scores for old, new in names.items()} == {
        new: of_files.forecasters[new].scores for new in names.values()
    }


# mistakes ---------------------------------------------------------------------------------------------------------------


def _set(column: str, value: Any, row: int = 4) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def spoil(rows: pd.DataFrame) -> pd.DataFrame:
        rows = rows.astype({column: object}) if isinstance(value, str) and column in rows else rows
        rows.loc[row, column] = value
        return rows

    return spoil


MISTAKES: list[tuple[Callable[[pd.DataFrame], pd.DataFrame], str]] = [
    (lambda rows: rows.rename(columns={"p_stall": "p_stal"}), "no column 'p_stall'; did you mean 'p_stal'?"),
    (lambda rows: rows.rename(columns={"date": "day"}), "no column 'date'"),
    (lambda rows: rows.drop(columns="p_continue"), "no column 'p_continue'"),
    (lambda rows: rows.rename(columns=str.upper), "no column 'date'; did you mean 'DATE'?"),
    (lambda rows: rows.rename(columns={"p_reverse": "p_down"}), "the file has 'date', 'p_down', 'p_stall', 'p_continue'; needed are"),
    (lambda rows: rows.assign(again=rows["p_stall"]).rename(columns={"again": "p_stall"}), "several columns are named 'p_stall'"),
    (_set("p_stall", np.nan), "in column p_stall, row 6, is no number"),
    (_set("p_stall", "much"), "'much' in column p_stall, row 6, is no number"),
    (_set("p_stall", 0.9), "must sum to 1, and sum to"),
    (_set("p_stall", -0.1), "must lie between 0 and 1"),
    (lambda rows: rows.assign(**{name: 100 * rows[name] for name in P_COLUMNS}), "look like percent, divide by 100"),
    (_set("date", "04.01.2005"), "is no date; write YYYY-MM-DD"),
    (_set("date", "2004-07-10"), "2004-07-10 is no session of the prices in prices.csv (it is a Saturday)"),
    (_set("date", "2031-01-06"), "they run from 2000-01-03"),
    (lambda rows: pd.concat([rows, rows.iloc[:1]]), "stands twice for surge_0.5_h21; keep one row"),
    (lambda rows: rows.assign(horizon=2.5), "horizon: input should be a valid integer, got 2.5"),
    (lambda rows: rows.assign(horizon=0), "horizon: input should be greater than or equal to 1, got 0"),
    (lambda rows: rows.assign(barrier_kind="surges"), "got 'surges'; did you mean 'surge'?"),
    (lambda rows: rows.assign(size=-1.0), "size: input should be greater than 0, got -1.0"),
    (lambda rows: rows.assign(base_stall=0.2), "has 'base_stall' but no column 'base_reverse'"),
    (lambda rows: rows.assign(**dict.fromkeys(BASE_COLUMNS, 0.5)), "base_reverse, base_stall, base_continue of"),
    (
        lambda rows: rows.assign(**dict.fromkeys(LOW_COLUMNS, 0.9), **dict.fromkeys(HIGH_COLUMNS, 1.0)),
        "do not hold its probabilities",
    ),
    (lambda rows: rows.assign(series=["A"] + ["B"] * (len(rows) - 1)), "names 2 indices (A, B)"),
    (lambda rows: rows.iloc[:0], "has no rows"),
]


@pytest.mark.parametrize(("spoil", "line"), MISTAKES, ids=[line[:40] for _, line in MISTAKES])
def test_a_mistake_in_the_file_is_one_line_and_code_2(
    spoil: Callable[[pd.DataFrame], pd.DataFrame], line: str, place: Path, tmp_path: Path
) -> None:
    spoil(pd.read_csv(place / "mine.csv")).to_csv(tmp_path / "mine.csv", index=False)
    done = run("score", str(tmp_path / "mine.csv"), "--prices", str(place / "prices.csv"), "--min-z", "1", "--min-return", "0.01")
    assert done.returncode == 2
    assert done.stdout == ""
    errors = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
    assert len(errors) == 1
    assert line in errors[0]


def test_a_mistake_in_what_is_asked_is_one_line_and_code_2(place: Path, tmp_path: Path) -> None:
    prices, mine = str(place / "prices.csv"), str(place / "mine.csv")
    pd.read_csv(mine).assign(horizon=21).to_csv(tmp_path / "asked.csv", index=False)
    two = pd.read_csv(prices).rename(columns={"Close": "close_a", "High": "close_b"})
    two.to_csv(tmp_path / "two.csv", index=False)
    pd.read_csv(prices).sample(frac=1, random_state=1).to_csv(tmp_path / "shuffled.csv", index=False)
    pd.read_csv(prices)[:50].to_csv(tmp_path / "short.csv", index=False)
    cases = [
        ((mine, "--prices", prices, "--min-z", "9"), "none of its"),
        ((str(tmp_path / "asked.csv"), "--prices", prices, "--horizon", "5"), "no row with horizon 5; the file has 21"),
        ((mine, "--prices", prices, "--close", "Clsoe"), "no column 'Clsoe'; did you mean 'Close'?"),
        ((mine, "--prices", str(tmp_path / "two.csv")), "'close_a', 'close_b', 'Low'; name it with --close"),
        ((mine, "--prices", str(tmp_path / "shuffled.csv")), "dates must rise"),
        ((mine, "--prices", str(tmp_path / "short.csv")), "50 closes, fewer than 100"),
        ((mine, "--prices", str(tmp_path / "none.csv")), "no such file"),
        ((str(tmp_path / "none.csv"), "--prices", prices), "no such file"),
        ((mine, "--prices", prices, "--min-z", "1", "--min-return", "0.01", "--question", "sigma_1_h5"), "the file asks surge_0.5_h21"),
        ((mine, "--prices", prices, "--against", str(tmp_path)), "so it is no whole run"),
        ((mine, "--prices", prices, "--size", "0"), "size: input should be greater than 0, got 0.0"),
    ]
    for arguments, line in cases:
        done = run("score", *arguments)
        errors = [text for text in done.stderr.splitlines() if text.startswith("error: ")]
        assert (done.returncode, len(errors)) == (2, 1), (arguments, done.stderr)
        assert line in errors[0], (arguments, errors[0])


def test_python_raises_what_the_command_line_prints(place: Path) -> None:
    with pytest.raises(InputError, match="the table: no column 'p_reverse'; the file has 'date', 'x'; needed are date, p_reverse, p_stall"):
        read_external_forecasts(pd.DataFrame({"date": ["2005-01-04"], "x": 1}))
    doubled = pd.read_csv(place / "mine.csv").iloc[:, [0, 1, 1, 2, 3]]
    with pytest.raises(InputError, match="the table: several columns are named 'p_reverse'"):
        read_external_forecasts(doubled)


# what is shown ----------------------------------------------------------------------------------------------------------


def test_tables_fit_100_columns_with_the_longest_names(place: Path, tmp_path: Path) -> None:
    rows = pd.read_csv(place / "mine.csv")
    every = pd.concat([rows.assign(horizon=h, barrier_kind=kind, size=0.75) for h in (5, 63) for kind in ("surge", "sigma")])
    for name in ("a_forecaster_with_a_long_name", "another_forecaster"):
        every.to_csv(tmp_path / f"{name}.csv.gz", index=False)
    files = [str(tmp_path / f"{name}.csv.gz") for name in ("a_forecaster_with_a_long_name", "another_forecaster")]
    rule = ("--min-z", "1", "--min-return", "0.01")
    done = run("score", files[0], "--prices", str(place / "prices.csv"), "--against", files[1], "--against", files[1], *rule)
    full = run("score", files[0], "--prices", str(place / "prices.csv"), "--against", files[1], "--question", "sigma_0.75_h63", *rule)
    for shown in (done.stdout, full.stdout):
        assert max(len(line) for line in shown.splitlines()) <= 100
        assert "headings, from the left: another… is another_forecaster." in " ".join(shown.split())
        assert "…" not in shown.replace("another…", "").replace("another_fo…", "").replace(
            "a_forecast…", ""
        )  # no figure is cut, however large
    for barrier in ("0.75 of the surge", "0.75 sigma"):
        assert any(line.startswith(f" {barrier} ") for line in done.stdout.splitlines())


def test_json_and_pictures_are_what_python_gives(place: Path, tmp_path: Path) -> None:
    arguments = ("score", str(place / "mine.csv"), "--prices", str(place / "prices.csv"), "--min-z", "1", "--min-return", "0.01")
    done = run(*arguments, "--format", "json", "--pictures", str(tmp_path / "pictures"))
    shown = json.loads(done.stdout)
    expected = only(score(place / "mine.csv", place / "prices.csv", rule=RULE).evaluations)
    assert shown["questions"]["surge_0.5_h21"]["forecasters"]["mine"]["scores"] == expected.forecasters["mine"].scores
    assert shown["surge"] == RULE.model_dump()
    assert {path.name for path in (tmp_path / "pictures").iterdir()} == {"reliability-surge_0.5_h21.png", "monitor.png"}
