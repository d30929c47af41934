"""The track record of a history: what came of each forecast, which of them count, and the page that says so."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.panel.series import SMALL
from forecast.api import TrainedRun, load_predictions, predict
from forecast.report.evaluation.evaluation import evaluate_records
from forecast.report.html.track_record import NEWEST, NONE, track_record_page
from forecast.runs.folder import open_run
from forecast.runs.predictions.history import load_history
from forecast.runs.predictions.history_outcomes import AGAIN, COUNTED, LATE, IndexCloses, counted_records, with_aftermath
from forecast.runs.predictions.settled import read_settled
from forecast.target.outcome import CONTINUE, REVERSE, STALL
from forecast.target.question import Question
from tests.commands import run
from tests.runs import make_run

MAIN, OTHER = Question(), Question(barrier="sigma", size=0.75, horizon=10)
DAY = pd.Timestamp("2024-03-01")  # a Friday
SESSIONS = pd.bdate_range(DAY, periods=30)


def history_of(table: pd.DataFrame) -> pd.DataFrame:
    """The forecasts of a run as they would stand in a history, each given on its own day and open."""
    given = (table["date"] + pd.Timedelta(hours=22)).dt.tz_localize("UTC")
    return table.assign(as_of=table["date"], given_at=given, outcome=pd.array([pd.NA] * len(table), dtype="Int64"))


@pytest.fixture(scope="module")
def walk_forward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_run(tmp_path_factory.mktemp("track") / "made", (MAIN, OTHER), surges=60, open_ones=0)


@pytest.fixture(scope="module")
def row(walk_forward: Path) -> pd.DataFrame:
    """One forecast of the main question, of DAY, with a barrier of 3 %."""
    table = history_of(load_predictions(walk_forward).iloc[[0]].assign(date=DAY, known=SESSIONS[21]))
    return table.reset_index(drop=True)


def index(*moves: float) -> IndexCloses:
    """Closes from DAY on, at these log moves from its own, the last of which lasts."""
    path = np.array([0.0, *moves])
    return IndexCloses(pd.Series(100 * np.exp(path), SESSIONS[: len(path)]), "XNYS")


@pytest.mark.parametrize(
    ("moves", "outcome", "met", "sessions"),
    [
        ([0.01] * 21, STALL, None, 21),
        ([0.01, 0.031, -0.05] + [0.0] * 18, CONTINUE, CONTINUE, 21),
        ([-0.031] + [0.05] * 20, REVERSE, REVERSE, 21),
        ([0.01, -0.031], None, REVERSE, 2),  # met, and not settled before the horizon's end
        ([0.01, 0.02], None, None, 2),
        ([], None, None, 0),
    ],
)
def test_what_came_of_a_forecast_is_read_from_the_closes_since(
    row: pd.DataFrame, moves: list[float], outcome: int | None, met: int | None, sessions: int
) -> None:
    one = with_aftermath(row, {"Simulated": index(*moves)}).iloc[0]
    assert (None if pd.isna(one["outcome"]) else one["outcome"]) == outcome
    assert (None if pd.isna(one["met"]) else one["met"]) == met
    assert one["sessions"] == sessions
    assert one["move"] == pytest.approx(moves[-1] if moves else 0.0, abs=1e-12)
    if met is not None:
        first = next(place for place, move in enumerate(moves, start=1) if abs(move) >= 0.03)
        assert one["met_on"] == SESSIONS[first]


def test_a_rise_ends_no_fall(row: pd.DataFrame) -> None:
    fall = row.assign(barrier_kind="fall", size=0.03, barrier=-np.log(0.97), horizon=3, known=SESSIONS[3])
    one = with_aftermath(fall, {"Simulated": index(0.2, 0.1, -0.031)}).iloc[0]
    assert (one["outcome"], one["met_on"]) == (REVERSE, SESSIONS[3])


def test_without_closes_a_later_row_of_the_same_surge_says_what_came(row: pd.DataFrame) -> None:
    later = row.assign(as_of=SESSIONS[25], given_at=row["given_at"] + pd.Timedelta(days=40), outcome=pd.array([REVERSE], dtype="Int64"))
    table = with_aftermath(pd.concat([row, later], ignore_index=True), {})
    assert table["outcome"].tolist() == [REVERSE, REVERSE]
    assert table["use"].tolist() == [COUNTED, AGAIN]


def test_a_forecast_counts_if_it_is_the_first_and_was_given_before_the_next_close_was_out(row: pd.DataFrame) -> None:
    """The next session after Friday 1 March 2024 closes on Monday the 4th at 21:00 UTC, and its close is out half an hour later."""
    for given_at, use in (("2024-03-04 21:29", COUNTED), ("2024-03-04 21:31", LATE)):
        late = row.assign(given_at=pd.Timestamp(given_at, tz="UTC"))
        assert with_aftermath(late, {"Simulated": index(0.01)})["use"].tolist() == [use]
        # whatever came of it: whether it counts hangs on nothing that followed
        assert with_aftermath(late, {"Simulated": index(-0.05)})["use"].tolist() == [use]


def test_a_history_of_a_walk_forward_is_worth_what_the_run_says(small_run: TrainedRun) -> None:
    """Outcomes by the closes, probabilities by the history: the same score, skill and t as of the run's own files."""
    panel = open_run(small_run.folder).panel()
    history = history_of(load_predictions(small_run.folder))
    closes = {str(history["series"].iloc[0]): IndexCloses(panel[SMALL], panel.exchange)}
    (mine,) = counted_records(with_aftermath(history, closes))
    (theirs,) = read_settled(small_run.folder)
    np.testing.assert_array_equal(mine.outcomes, theirs.outcomes)
    np.testing.assert_array_equal(np.unique(mine.episodes, return_inverse=True)[1], np.unique(theirs.episodes, return_inverse=True)[1])
    one, other = (evaluate_records([record], {})[MAIN.label].forecasters["pool"] for record in (mine, theirs))
    assert one.scores == other.scores
    for name in ("base_rate", "climatology"):
        assert (one.over[name].skill, one.over[name].diebold_mariano) == (other.over[name].skill, other.over[name].diebold_mariano)


def page_of(table: pd.DataFrame) -> str:
    """The page's words, without pictures and styles."""
    page = track_record_page(table)
    assert "://" not in page
    return " ".join(re.sub(r"<(style|svg).*?</\1>|<[^>]+>", " ", page, flags=re.DOTALL).split())


def test_an_empty_history_has_a_page_that_says_so(row: pd.DataFrame) -> None:
    assert NONE.replace("`", "") in page_of(with_aftermath(row.iloc[:0], {})).replace("train ,", "train,").replace(
        "--history ,", "--history,"
    )


def test_a_history_of_one_forecast_says_how_far_it_has_come(row: pd.DataFrame) -> None:
    words = page_of(with_aftermath(row, {"Simulated": index(0.01, 0.02)}))
    assert "1 forecast of 1 surge session: 1 counted, of which 0 settled and 1 open." in words
    assert f"open until {SESSIONS[21]:%Y-%m-%d}: +2.0 % after 2 of 21 sessions" in words
    assert "0 forecasts settled and counted: this part needs 3." in words
    assert words.count("2024-03-01") >= 2


def test_a_long_history_shows_every_forecast_its_score_and_the_monitor(walk_forward: Path) -> None:
    table = load_predictions(walk_forward)
    settled = history_of(table).assign(outcome=table["outcome"])  # it knows its outcomes itself
    words = page_of(with_aftermath(settled, {}))
    days = settled["date"].drop_duplicates()
    assert len(days) > NEWEST
    assert all(f"{day:%Y-%m-%d}" in words for day in days)
    assert words.index("The score so far") < words.index("Every forecast as it was given") < words.index("Has an alarm been raised?")
    assert re.search(r"Better than the base rate on \d of 2 questions, surely on", words)
    assert "0.75 sigma in 10 sessions" in words
    assert MAIN.label not in words
    assert OTHER.label not in words


def test_the_command_writes_the_page_from_the_runs_closes(small_run: TrainedRun, tmp_path: Path) -> None:
    predict(small_run.folder, data="kept", history=tmp_path / "history")
    given = load_history(tmp_path / "history").iloc[0]
    done = run("history", str(tmp_path / "history"), "--page", str(tmp_path / "track.html"))
    assert (done.returncode, done.stdout) == (0, f"Page: {tmp_path / 'track.html'}\n")
    page = (tmp_path / "track.html").read_text("utf-8")
    assert f"{given['date']:%Y-%m-%d}" in page
    assert "given late, not counted" in page  # today, of a surge of 2008
    (tmp_path / "history" / next(path.name for path in (tmp_path / "history").glob("latest-*.json"))).unlink()
    done = run("history", str(tmp_path / "history"), "--page", str(tmp_path / "again.html"))
    assert done.returncode == 0
    assert "nothing says which run gave its forecasts" in done.stderr
    (tmp_path / "none").mkdir()
    assert run("history", str(tmp_path / "none"), "--page", str(tmp_path / "none.html")).returncode == 0
    refused = run("history", str(tmp_path / "history"), "--page", str(tmp_path / "no" / "page.html"))
    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("error: ")
