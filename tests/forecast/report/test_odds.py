"""`forecast odds`: the same answer on screen, as JSON, as CSV and as a picture; every mistake in one line."""

import json
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import InputError
from features.panel.calendar import day
from features.rates.fedwatch import odds
from features.sources import futures
from forecast.report.html import rates
from forecast.report.plots.odds import draw, grid
from forecast.report.plots.style import LOOK
from forecast.runs.answer.rate_odds import odds_frame, parse_range, read_odds
from tests.commands import run

# Settlements of 2023-03-10, from the published FedWatch table of that day (oracles, "Rate-cut odds").
PRICES = [95.3375, 95.1, 94.855, 94.775, 94.73, 94.75, 94.78, 94.835, 94.97, 95.06, 95.13, 95.3, 95.365]
PNG, SVG = b"\x89PNG\r\n\x1a\n", b"<?xml"


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    path = tmp_path / "curve.csv"
    header = ",".join(f"m{ahead}" for ahead in range(13))
    path.write_text(f"Date,{header}\n2023-02-28,95.4325{12 * ','}\n2023-03-10,{','.join(map(str, PRICES))}\n")
    return path


@pytest.fixture
def long(tmp_path: Path) -> Path:
    path = tmp_path / "contracts.csv"
    months = pd.period_range("2023-03", periods=13, freq="M")
    path.write_text("month,price\n" + "".join(f"{month},{price}\n" for month, price in zip(months, PRICES, strict=True)))
    return path


@pytest.fixture
def history(tmp_path: Path) -> Path:
    path = tmp_path / "history.csv"
    path.write_text("Date,meeting,lo_bp,hi_bp,prob\n2024-07-16,2024-09-18,475,500,0.08\n2024-07-16,2024-09-18,500,525,0.92\n")
    return path


def test_a_wide_and_a_long_file_of_the_same_prices_give_the_same_odds(wide: Path, long: Path) -> None:
    first, second = read_odds("2023-03-10", wide), read_odds("2023-03-10", long)
    assert odds_frame(first).equals(odds_frame(second))
    assert [move.move for move in first.moves] == [move.move for move in second.moves]


def test_the_screen_shows_the_published_table_within_a_hundred_columns(wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run("odds", "--date", "2023-03-10", "--prices", str(wide), "--decision-day", "after")
    assert (code, err) == (0, "")
    assert max(map(len, out.splitlines())) <= 100
    assert "The day of a decision counts after it: the new rate holds from that day on." in out
    row = next(line for line in out.splitlines() if line.strip().startswith("2023-06-14"))
    assert [cell for cell in row.split()[1:] if cell != "·"] == ["31.0", "48.5", "19.7", "0.7"]
    assert "Target in force 4.50 to 4.75 percent" in out
    assert out.rstrip().endswith("Picture: odds-2023-03-10.png")
    assert (tmp_path / "odds-2023-03-10.png").read_bytes().startswith(PNG)


def test_many_ranges_are_gathered_in_the_outermost_columns_and_nothing_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "steep.csv"
    months = pd.period_range("2023-03", periods=13, freq="M")
    path.write_text("month,price\n" + "".join(f"{month},{95.3 - 0.6 * place}\n" for place, month in enumerate(months)))
    code, out, _ = run("odds", "--date", "2023-03-10", "--prices", str(path), "--picture", str(tmp_path / "a.svg"))
    assert code == 0
    assert max(map(len, out.splitlines())) <= 100
    assert "≥" in out
    tables = out.split("Against the target in force")[0]
    for line in tables.splitlines():
        if line.strip().startswith("20"):
            assert sum(float(cell) for cell in line.split()[1:] if cell != "·") == pytest.approx(100, abs=0.3)  # 12 cells rounded to 0.1


def test_json_and_csv_say_what_the_odds_are_and_draw_nothing(wide: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = read_odds("2023-03-10", wide)
    code, out, err = run("odds", "--as-of", "2023-03-10", "--prices", str(wide), "--format", "json")
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert answer["range"] == [4.5, 4.75]
    assert [row["p_cut"] for row in answer["meetings"]] == [each.p_cut for each in expected.distributions]
    assert [row["tick_error_bp"] for row in answer["meetings"]] == [move.error for move in expected.moves]
    _, out, _ = run("odds", "--date", "2023-03-10", "--prices", str(wide), "--format", "csv")
    table = pd.read_csv(StringIO(out))
    assert list(table.columns) == ["date", "meeting", "lower", "upper", "probability"]
    assert table.groupby("meeting").probability.sum().to_numpy() == pytest.approx(np.ones(9), abs=1e-8)
    assert not list(tmp_path.glob("odds-*"))


def test_a_published_history_is_shown_as_it_stands(history: Path, tmp_path: Path) -> None:
    picture = tmp_path / "a.svg"
    code, out, err = run("odds", "--date", "2024-07-16", "--prices", str(history), "--picture", str(picture))
    assert (code, err) == (0, "")
    assert "probabilities as published" in out
    assert "8.0" in out
    assert picture.read_bytes().startswith(SVG)
    assert json.loads(run("odds", "--date", "2024-07-16", "--prices", str(history), "--format", "json")[1])["rate"] is None


EXPORT = (
    ",History for 29 Apr 2026 Fed meeting,,,History for 17 Jun 2026 Fed meeting,,\n"
    "Date,(325-350),(350-375),(375-400),(325-350),(350-375),(375-400)\n"
    "10.04.2026,0.000000,0.980000,0.020000,0.020000,0.960000,0.020000\n"
    "13.04.2026,0.000000,0.990000,0.010000,0.016000,0.974000,0.010000\n"
)


def test_an_export_of_the_exchange_is_shown_as_it_was_saved(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FedMeetingHistory_20260414.csv").write_text(EXPORT)
    code, out, err = run("odds", "--date", "2026-04-13", "--prices", "FedMeetingHistory_20260414.csv")
    assert (code, err) == (0, "")
    assert "Target in force 3.50 to 3.75 percent; probabilities as published." in out
    june = next(line for line in out.splitlines() if line.strip().startswith("2026-06-17"))
    assert june.split()[1:] == ["1.6", "97.4", "1.0"]
    code, out, err = run("odds", "--date", "2026-04-11", "--prices", "FedMeetingHistory_20260414.csv")
    assert (code, out) == (2, "")
    assert err == "error: FedMeetingHistory_20260414.csv: has no rows of 2026-04-11; ask for a --date that it has\n"


def test_exports_of_one_meeting_each_are_shown_together(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("FedMeeting_20260429.csv").write_text("Date,(325-350),(350-375)\n4/13/2026,0.25,0.75\n")
    Path("FedMeeting_20260617.csv").write_text("Date;(325-350);(350-375)\n13.04.2026;0,5;0,5\n")
    code, out, _ = run("odds", "--date", "2026-04-13", "--prices", *sorted(map(str, Path().glob("*.csv"))), "--format", "json")
    assert code == 0
    assert [(row["meeting"], row["p_cut"]) for row in json.loads(out)["meetings"]] == [("2026-04-29", 0.25), ("2026-06-17", 0.5)]


def test_a_convention_for_published_probabilities_is_refused(history: Path) -> None:
    code, out, err = run("odds", "--date", "2024-07-16", "--prices", str(history), "--decision-day", "after")
    assert (code, out) == (2, "")
    said = "history.csv holds probabilities that are published, which no convention changes; leave --decision-day out"
    assert err == f"error: --decision-day after: {said}\n"


def test_the_last_meeting_of_a_strip_is_marked_for_want_of_a_month_after_it(long: Path, tmp_path: Path) -> None:
    code, out, _ = run("odds", "--date", "2023-03-10", "--prices", str(long), "--picture", str(tmp_path / "a.svg"))
    assert code == 0
    meetings = [line.split()[0] for line in out.splitlines() if line.strip().startswith("20")]
    assert [meeting for meeting in meetings if meeting.endswith("*")] == ["2024-03-20*"] * 2  # in both tables
    assert "no anchor after it: the contracts end with 2024-03, before a month without a meeting" in " ".join(out.split())
    assert "The day of a decision counts before it: the new rate holds from the next day." in out
    answer = json.loads(run("odds", "--date", "2023-03-10", "--prices", str(long), "--format", "json")[1])
    assert answer["decision_day"] == "before"
    assert [bool(row["flags"]) for row in answer["meetings"]] == [False] * 8 + [True]


def test_the_page_marks_such_a_meeting_and_says_why(long: Path) -> None:
    section = rates._by_meeting(read_odds("2023-03-10", long))
    assert [row[0] for row in section.tables[0].rows][-2:] == ["2024-01-31", "2024-03-20*"]
    assert section.text[-1].startswith("* 2024-03-20: no anchor after it: the contracts end with 2024-03, before a month without a meeting")


def test_another_range_moves_the_answer(long: Path) -> None:
    """A range that stands half a point higher makes of every level a lower one."""
    usual, higher = read_odds("2023-03-10", long), read_odds("2023-03-10", long, target="5.00-5.25")
    assert higher.offset == pytest.approx(usual.offset - 50)
    assert higher.distributions[0].lower.tolist() == (usual.distributions[0].lower + 50).tolist()


@pytest.mark.parametrize(
    ("text", "expected"), [("4.50-4.75", (4.5, 4.75)), ("-0.25-0", (-0.25, 0.0)), ("0 to 0.25", (0.0, 0.25)), ("5.25", (5.25, 5.25))]
)
def test_a_range_is_read_as_it_is_written(text: str, expected: tuple[float, float]) -> None:
    assert parse_range(text) == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["--date", "2023-03-11"],
            "curve.csv: has no row of 2023-03-11; it holds 2023-02-28 to 2023-03-10, and prices of trading days only",
        ),
        (["--date", "10.3.2023"], "--date 10.3.2023: is no date; write YYYY-MM-DD"),
        (["--date", "2023-03-10", "--range", "low"], "--range low: is no range; write LOWER-UPPER in percent, such as 4.50-4.75"),
        (["--date", "2023-03-10", "--picture", "a.pdf"], "--picture a.pdf: must end in .png or .svg, got .pdf; give such a name"),
        (
            ["--date", "2023-02-28"],
            "prices for 2023-02-28: needs two contracts or more from 2023-02 on, got 2023-02; add later months",
        ),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_two(wide: Path, arguments: list[str], line: str) -> None:
    code, out, err = run("odds", *arguments, "--prices", str(wide))
    assert (code, out, err) == (2, "", f"error: {line}\n")


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "Date,Close\n2023-03-10,1\n",
            r"is no file of prices; it must have the columns Date, m0, m1, \.\.\. or month, price, or Date, meeting, lo_bp, hi_bp, prob "
            r"of a published history, or be CME's own export of FedWatch; name its columns so$",
        ),
        ("Date,m0,m2\n2023-03-10,95,95\n", r"column 'm1' is missing; the columns run m0, m1, m2, ..."),
        ("Date,m0,m1\n2023-03-10,95,x\n", r"'x' in column m1, row \d, is no number; correct it"),
        ("Date,m0,m1\n2023-03-10,95,95\n2023-03-10,95,95\n", r"2023-03-10 stands twice in column Date; keep one row of it"),
        ("month,price\n2023-03,95\n2023-03,95\n", r"contract 2023-03 stands twice; keep one row of it, or add a column Date"),
        ("Date,month,price\n2023-03-09,2023-03,95\n", r"has no rows of 2023-03-10; ask for a --date that it has"),
        ("month,price\n", r"has no rows; check the file"),
        ("month;price\n2023-03;95.1\n", r"its columns are separated by semicolons; save it with commas and decimal points$"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str, line: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=line) as raised:
        read_odds("2023-03-10", path)
    assert "\n" not in str(raised.value)


def test_a_rule_for_published_probabilities_is_refused(history: Path) -> None:
    from features.rates.strip import StripRule

    with pytest.raises(InputError, match=r"^--rule cme: history.csv holds probabilities that are published, .*; leave --rule out$"):
        read_odds("2024-07-16", history, rule=StripRule.CME)


def test_the_last_settlement_of_a_month_is_the_price_of_the_month_before(wide: Path) -> None:
    assert futures.contracts(wide, day("2023-03-10"))["2023-02"] == 95.4325
    assert np.isnan(futures.settlements_before(futures.curve(wide))[0])


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_picture_has_the_same_bytes_twice_and_leaves_no_setting_behind(long: Path, tmp_path: Path, ending: str) -> None:
    import matplotlib as mpl

    before = {key: mpl.rcParams[key] for key in LOOK}
    rate_odds = read_odds("2023-03-10", long)
    first, second = (draw(rate_odds, tmp_path / f"{name}.{ending}").read_bytes() for name in "ab")
    assert first == second
    assert len(first) > 5000
    assert {key: mpl.rcParams[key] for key in LOOK} == before


def test_the_picture_leaves_out_only_what_rounds_to_nothing(long: Path) -> None:
    rate_odds = read_odds("2023-03-10", long)
    lower, chances = grid(rate_odds)
    assert (np.diff(lower) == 25).all()
    assert rate_odds.distributions[0].current in lower
    assert (chances.sum(axis=0) > 0.98).all()


def test_drawing_does_not_import_pyplot() -> None:
    script = "import sys; import forecast.report.plots.odds, forecast.report.plots.style; import matplotlib.figure; print('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "False"


def test_a_price_that_is_stale_is_noted() -> None:
    months = [str(month) for month in pd.period_range("2023-03", periods=13, freq="M")]
    stale = dict(zip(months, [*PRICES[:-1], 93.425], strict=True))
    assert any(
        "contract 2024-03 lies +1." in note and note.endswith("is its price one of that day?") for note in odds("2023-03-10", stale).notes
    )
