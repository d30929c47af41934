"""Signals and positions: what they say, when, and that they never look ahead."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import InputError
from features.sources import panel_file
from forecast.api import load_predictions
from forecast.runs.manifest import PANEL, Manifest, digests, seal
from forecast.runs.predictions.read import of_question
from forecast.runs.predictions.signals import SCORE, WEIGHT, positions, qlib_signal
from forecast.target.question import Question
from tests import markets
from tests.commands import run
from tests.runs import MAIN, make_run

WEEK = Question(horizon=5, barrier="fixed", size=0.02)
SESSIONS = pd.bdate_range("2024-01-01", periods=40).as_unit("ns")


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> pd.DataFrame:
    return load_predictions(make_run(tmp_path_factory.mktemp("runs") / "run", (MAIN, WEEK), surges=30))


def surges(table: pd.DataFrame, rows: list[int], leans: list[float]) -> pd.DataFrame:
    """Forecasts of WEEK on the given rows of SESSIONS, with the given P(continue) - P(reverse)."""
    one = table[table["horizon"] == WEEK.horizon].iloc[: len(rows)].reset_index(drop=True)
    lean = np.array(leans)
    return one.assign(date=SESSIONS[rows], p_reverse=(0.8 - lean) / 2, p_stall=0.2, p_continue=(0.8 + lean) / 2)


def test_a_position_begins_the_session_after_the_surge_and_ends_with_the_horizon(table: pd.DataFrame) -> None:
    held = positions(surges(table, [10], [0.25]), SESSIONS)
    assert held.name == WEIGHT
    expected = np.zeros(40)
    expected[11:16] = 0.25  # five sessions after session 10
    np.testing.assert_allclose(held, expected, atol=1e-15)


def test_the_next_surge_takes_over_the_session_after_it(table: pd.DataFrame) -> None:
    held = positions(surges(table, [10, 12, 39], [0.25, -0.5, 0.75]), SESSIONS)
    expected = np.zeros(40)
    expected[11:13] = 0.25  # still held on the session of the next surge, whose forecast is made at its close
    expected[13:18] = -0.5
    np.testing.assert_allclose(held, expected, atol=1e-15)
    long_only = positions(surges(table, [10, 12], [0.25, -0.5]), SESSIONS, least=0.0)
    np.testing.assert_allclose(long_only, np.maximum(expected, 0), atol=1e-15)


@given(rows=st.sets(st.integers(0, 39), min_size=1, max_size=10), cut=st.integers(0, 39), seed=st.integers(0, 2**32 - 1))
def test_a_position_hangs_on_nothing_after_the_close_before_it(table: pd.DataFrame, rows: set[int], cut: int, seed: int) -> None:
    """Forecasts on or after session `cut` are made anew, and sessions after it taken away: weights up to it stay, to the bit."""
    rng = np.random.default_rng(seed)
    places = sorted(rows)
    leans = rng.uniform(-0.8, 0.8, len(places))
    before = positions(surges(table, places, list(leans)), SESSIONS)
    other = np.where(np.array(places) >= cut, rng.uniform(-0.8, 0.8, len(places)), leans)
    after = positions(surges(table, places, list(other)), SESSIONS[: cut + 1])
    assert after.to_numpy().tobytes() == before.iloc[: cut + 1].to_numpy().tobytes()


def test_the_order_of_the_rows_makes_no_difference(table: pd.DataFrame) -> None:
    some = surges(table, [3, 5, 20, 22], [0.1, 0.2, 0.3, -0.4])
    pd.testing.assert_series_equal(positions(some.iloc[::-1], SESSIONS), positions(some, SESSIONS))


def test_surges_outside_the_sessions_are_left_out_and_one_between_them_is_refused(table: pd.DataFrame) -> None:
    some = surges(table, [3, 5, 39], [0.1, 0.2, 0.3])
    assert (positions(some, SESSIONS[10:20]) == 0).all()
    assert positions(some, SESSIONS[:0]).empty
    with pytest.raises(InputError, match="sessions: 2024-01-08, a surge, is not among them"):
        positions(some, SESSIONS.delete(5))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"least": 0.5}, "the least weight is from -1 to 0"),
        ({"sessions": SESSIONS[::-1]}, "must be in order, each once"),
        ({"sessions": SESSIONS + pd.Timedelta(hours=16)}, "must be days, without an hour or a zone"),
        ({"sessions": SESSIONS.tz_localize("UTC")}, "must be days, without an hour or a zone"),
        ({"sessions": SESSIONS.insert(3, pd.NaT)}, "must be days, without an hour or a zone"),
        ({"question": "fixed_0.9_h1"}, "--question fixed_0.9_h1: is not asked"),
        ({"other": "Another"}, "the predictions are of Simulated, Another; keep one series"),
    ],
)
def test_what_makes_no_position_is_refused(table: pd.DataFrame, options: dict[str, object], said: str) -> None:
    some = surges(table, [3, 5], [0.1, 0.2])
    if "other" in options:
        some.loc[1, "series"] = options.pop("other")
    with pytest.raises(InputError, match=said):
        positions(some, **{"sessions": SESSIONS, **options})  # type: ignore[arg-type]


def test_a_signal_is_dated_when_it_is_known_and_lies_between_the_extremes(table: pd.DataFrame) -> None:
    signal = qlib_signal(table)
    main = of_question(table)
    assert signal.name == SCORE
    assert signal.index.names == ["datetime", "instrument"]
    assert signal.index.get_level_values("datetime").tolist() == main["date"].tolist()
    assert set(signal.index.get_level_values("instrument")) == {"Simulated"}
    assert signal.tolist() == (main["p_continue"] - main["p_reverse"]).tolist()
    assert signal.between(-1, 1).all()
    assert set(qlib_signal(table, WEEK.label, instrument="RUT").index.get_level_values("instrument")) == {"RUT"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that keeps its panel, with surges on sessions of it, the last session among them."""
    folder = make_run(tmp_path_factory.mktemp("whole") / "run", (MAIN, WEEK), surges=30)
    panel = markets.panel()
    table = load_predictions(folder)
    last = panel.sessions[-len(table) // len((MAIN, WEEK)) :]
    dated = table.assign(date=np.repeat(last, 2), known=np.repeat(last + pd.Timedelta(days=90), 2), trained_to=panel.sessions[0])
    from forecast.runs.predictions import read as predictions

    predictions.write(dated, folder, text=True)
    panel_file.save(panel, folder / PANEL)
    manifest = Manifest.model_validate_json((folder / "run.json").read_text())
    seal(folder, manifest.model_copy(update={"files": digests(folder)}))
    return folder


@pytest.mark.parametrize("ending", [".parquet", ".csv"])
def test_export_writes_signals_and_positions_as_they_are_computed(whole: Path, tmp_path: Path, ending: str) -> None:
    read = {".parquet": pd.read_parquet, ".csv": lambda path: pd.read_csv(path, parse_dates=[0])}[ending]
    exact = {".parquet": 0, ".csv": 1e-15}[ending]  # pandas before 3.1 reads seventeen digits, zeros after the point included
    table = load_predictions(whole)
    assert run("export", str(whole), "--output", str(tmp_path / f"s{ending}"), "--as", "signal").stdout.endswith(": 30 rows\n")
    signal = read(tmp_path / f"s{ending}")
    np.testing.assert_allclose(signal["score"], qlib_signal(table), rtol=0, atol=exact)
    if ending == ".parquet":
        pd.testing.assert_series_equal(signal["score"], qlib_signal(table), check_index_type=False)
    done = run("export", str(whole), "--output", str(tmp_path / f"p{ending}"), "--as", "positions", "--question", WEEK.label)
    held = read(tmp_path / f"p{ending}")
    held = held if ending == ".parquet" else held.set_index("date")
    sessions = markets.panel().sessions
    assert done.stdout.endswith(f": {len(sessions) + 1} rows\n")
    np.testing.assert_allclose(held["weight"].iloc[:-1], positions(table, sessions, WEEK.label), rtol=0, atol=exact)
    last = of_question(table, WEEK.label).iloc[-1]
    assert held["weight"].iloc[-1] == pytest.approx(last["p_continue"] - last["p_reverse"], abs=1e-15), "known at the last close"
    assert held.index[-1] > sessions[-1]
