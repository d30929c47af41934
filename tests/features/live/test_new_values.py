"""What is new at the end of a series: errors that origins make are recognised, and what markets have done is not refused."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from features.errors import OriginError
from features.live.items import YahooItem
from features.live.store.new_values import judge_new_values
from features.live.store.requirements import Bar, RequiredColumn, RequiredFile
from features.live.store.unusual_steps import LEAST, Step, frozen_runs, unusual_steps
from features.panel.series import Basis, Every

DAYS = pd.bdate_range("2019-01-02", periods=1600, unit="ns")
RNG = np.random.default_rng(4)
YIELD = pd.Series(np.clip(4 + np.cumsum(RNG.normal(0, 0.02, 1600)), 3, 6), index=DAYS).round(2)
YIELD.iloc[-2:] = 4.2
RETURNS = RNG.normal(0, 0.01, 1600)
CLOSE = pd.Series(2000 * np.exp(np.cumsum(RETURNS)), index=DAYS).round(2)
SPREAD = np.abs(RNG.normal(0, 0.004, 1600)) + 0.001
BARS = pd.DataFrame({"Close": CLOSE, "Open": (CLOSE.shift().bfill() * 1.0005).round(2)})
BARS["High"], BARS["Low"] = BARS.max(axis=1) * (1 + SPREAD), BARS.min(axis=1) * (1 - SPREAD)
FILE = RequiredFile(
    "f.csv",
    YahooItem(source="yahoo", symbol="X"),
    "XNYS",
    tuple(RequiredColumn(name, Basis.PRICE) for name in ("Close", "High", "Low", "Open")),
    bars=(Bar("Close", "Open", "High", "Low"),),
)


def ended(series: pd.Series, *values: float, basis: Basis, percent: float = 1.0, every: Every = Every.DAY) -> list[str]:
    """What is said where the last values of `series` come anew, as `values`."""
    now = series.copy()
    now.iloc[len(now) - len(values) :] = values
    one = RequiredFile("f.csv", FILE.spec, "XNYS", (RequiredColumn("x", basis, every, percent=percent),))
    return judge_new_values(one, series.iloc[: -len(values)].to_frame("x"), now.to_frame("x"))


@pytest.mark.parametrize("percent", [1.0, 0.01])
@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.0, "is 0 on 2025-02-18 after .*; a missing value\\?"),
        (0.42, "another unit, or a misplaced point\\?"),
        (42.0, "another unit, or a misplaced point\\?"),
        (0.042, "another unit, or a misplaced point\\?"),
        (20.0, "far beyond every step before; a wrong digit\\?"),
    ],
)
def test_a_yield_of_four_percent_does_not_become_another_in_a_day(value: float, said: str, percent: float) -> None:
    with pytest.raises(OriginError, match=rf"f\.csv, column x: .*{said} look at it, .* data pull --accept f\.csv"):
        ended(YIELD * percent, value * percent, basis=Basis.RATE, percent=percent)


def test_a_step_that_is_large_for_these_years_is_said_and_taken() -> None:
    """As the yields of 1987-10-20, after the crash: 10.15 to 9.4 (FRED, DGS10)."""
    shaken = YIELD.copy()
    shaken.iloc[100] += 0.4  # the largest step ever, six years ago
    (line,) = ended(shaken, 4.95, basis=Basis.RATE)
    assert "goes from 4.2 to 4.95 on 2025-02-18, more than twice as far as before; a wrong digit?" in line
    assert ended(YIELD, 4.25, basis=Basis.RATE) == []


def test_a_rate_near_zero_may_be_zero_and_a_spread_may_cross_it() -> None:
    assert ended(YIELD - YIELD.iloc[-2] + 0.04, 0.0, basis=Basis.RATE) == []
    assert ended(YIELD - YIELD.iloc[-2] + 0.04, -0.06, basis=Basis.RATE) == []


def test_what_nobody_held_for_likely_happens() -> None:
    assert ended(YIELD / 1000, 1.0, basis=Basis.PROBABILITY) == []
    claims = pd.Series(220_000 + 10_000 * RNG.normal(size=400), index=pd.date_range("2012-07-21", periods=400, freq="7D"))
    assert ended(claims, 2_914_000, basis=Basis.PRICE, every=Every.WEEK) == []  # ICSA, 2020-03-21


def test_a_price_with_a_misplaced_point_is_refused_and_a_large_move_is_said() -> None:
    for factor in (0.1, 10, 100):
        with pytest.raises(OriginError, match="another unit, or a misplaced point"):
            ended(CLOSE, CLOSE.iloc[-1] * factor, basis=Basis.PRICE)
    assert ended(CLOSE, CLOSE.iloc[-2] * 0.7954, basis=Basis.PRICE) == []  # S&P 500, 1987-10-19
    (line,) = ended(CLOSE, CLOSE.iloc[-2] * 2, basis=Basis.PRICE)
    assert "more than twice as far as before; a wrong digit?" in line


def test_a_history_of_a_year_refuses_ten_times_its_largest_step() -> None:
    with pytest.raises(OriginError, match="far beyond every step before"):
        ended(YIELD[:400], 20.0, basis=Basis.RATE)


def test_a_short_history_says_nothing_of_its_steps() -> None:
    assert ended(YIELD[:LEAST], 20.0, basis=Basis.RATE) == []


def test_a_feed_that_stands_still_is_said() -> None:
    assert ended(CLOSE, *4 * [2000.0], basis=Basis.PRICE) == []
    (line,) = ended(CLOSE, *5 * [2000.0], basis=Basis.PRICE)
    assert line == "f.csv, column x: is 2000 on 5 days in a row, to 2025-02-18; a frozen feed?"
    target = pd.Series(np.repeat([5.25, 5.0, 4.75, 4.5], 400), index=DAYS)
    assert ended(target, *350 * [4.5], basis=Basis.RATE) == [], "a target of rates stands"


def judged(now: pd.DataFrame, known: int = -5) -> list[str]:
    return judge_new_values(FILE, BARS.iloc[:known], now)


def test_a_high_below_the_low_is_refused_and_a_close_outside_of_them_is_said() -> None:
    assert judged(BARS) == []
    day, wrong = DAYS[-2], BARS.copy()
    wrong.loc[day, ["High", "Low"]] = BARS.loc[day, ["Low", "High"]].to_numpy()
    with pytest.raises(OriginError, match=r"f\.csv, column High: .* on 2025-02-17 is below the low, .*, in column Low; look at it"):
        judged(wrong)
    assert len(judge_new_values(FILE, None, wrong)) == 1, "at the first pull it is said"
    assert judge_new_values(FILE, BARS, wrong) == [], "what was judged is not judged again"
    for name in ("Close", "Open"):
        wrong = BARS.copy()
        wrong.loc[day, name] = BARS.loc[day, "High"] * 1.01
        (line,) = judged(wrong)
        assert f"column {name}: " in line
        assert "on 2025-02-17 lies outside of the low and the high" in line


@pytest.mark.parametrize("pair", [["Close", "Open"], ["High", "Low"], ["Close", "High"]])
def test_columns_that_changed_places_are_refused(pair: list[str]) -> None:
    wrong = BARS.copy()
    wrong.loc[DAYS[-30:], pair] = BARS.loc[DAYS[-30:], pair[::-1]].to_numpy()
    held = f"column {pair[0]}: holds on .* days what column {pair[1]} held; have they changed places|is below the low"
    with pytest.raises(OriginError, match=held):
        judged(wrong)
    with pytest.raises(OriginError, match=held):
        judge_new_values(FILE, BARS, wrong)


# true histories ---------------------------------------------------------------------------------------------------------

PRICES = ("rut", "spx", "ndx", "ixic", "iwm", "spy", "qqq", "vix")
RATES = ("UNRATE", "FEDFUNDS")


def true_series(folder: Path) -> list[tuple[str, pd.Series, Basis, bool]]:
    """Every series of numbers in the real histories, with its basis, and whether its values are of days."""
    series: list[tuple[str, pd.Series, Basis, bool]] = []
    for path in sorted(folder.glob("*.csv.gz")):
        name = path.name.partition(".")[0]
        if name.startswith(("fedwatch", "fed_target", "fomc", "release", "polymarket")):
            continue
        table = pd.read_csv(path, index_col=0, parse_dates=True, low_memory=False).select_dtypes("number").astype("float64")
        daily = "monthly" not in name and "weekly" not in name
        for column in table.columns.drop("Volume", errors="ignore"):
            values = table[column].dropna()
            if name.startswith("french") or (values < 0).any():
                basis = Basis.RATE if name == "fred_daily" else Basis.RATIO
            else:
                basis = Basis.RATE if (name == "fred_daily" and column != "VIXCLS") or column in RATES else Basis.PRICE
            series.append((f"{name} {column}", values[values > 0] if basis is Basis.PRICE else values, basis, daily))
    return series


def test_no_day_of_a_true_history_is_refused_and_few_are_said(data_dir: Path) -> None:
    """Each history walked through as if each of its days were new: 1.3 million values of 1926 to 2024."""
    judged, said, still = 0, [], 0
    for name, values, basis, daily in true_series(data_dir):
        numbers = values.to_numpy()
        steps = unusual_steps(numbers, basis, daily=daily)
        assert set(steps) <= {Step.NONE, Step.LARGE}, (name, values.index[(steps != Step.NONE) & (steps != Step.LARGE)])
        judged += max(len(numbers) - LEAST, 0)
        said += [f"{name} {day:%Y-%m-%d}" for day in values.index[steps == Step.LARGE]]
        still += int((frozen_runs(numbers) > 0).sum()) if daily else 0
    assert judged > 1_000_000
    assert len(said) <= 25, said  # of 1928 to 1929, the yields of 1979 and October 1987, and one spread of 2001
    assert still == 0


@pytest.mark.parametrize("name", PRICES)
def test_no_bar_of_a_true_history_is_doubted(data_dir: Path, name: str) -> None:
    table = pd.read_csv(data_dir / f"{name}_daily.csv.gz", index_col=0, parse_dates=True).select_dtypes("number").astype("float64")
    assert judge_new_values(FILE, None, table) == []
