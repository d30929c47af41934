"""The surge of July 2024, read from real data by the price families and once more from the files by statsmodels."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from features.catalogue import catalogue
from features.panel.panel import Panel

DAY = pd.Timestamp("2024-07-16")
FAMILIES = {"valuation", "rotation", "banks", "priced_in"}


def read(name: str, on: Panel) -> float:
    return float(catalogue()[name](on)[DAY])


@pytest.fixture(scope="module")
def files(data_dir: Path) -> pd.DataFrame:
    """Log returns and yield changes by stamp on the sessions of the Russell 2000."""

    def column(file: str, name: str) -> pd.Series:
        return pd.read_csv(data_dir / file, parse_dates=["Date"]).set_index("Date")[name]

    close = column("rut_daily.csv.gz", "Close").dropna()
    table = pd.DataFrame({"small": close, "large": column("spx_daily.csv.gz", "Close"), "tech": column("ndx_daily.csv.gz", "Close")})
    table = table.assign(banks=column("us_etf_adjclose.csv.gz", "KRE")).reindex(close.index)
    moves = np.log(table).diff()
    for name, code in (("two", "DGS2"), ("one", "DGS1")):
        moves[name] = column("fred_daily.csv.gz", code).dropna().reindex(close.index, method="ffill").diff()
    return moves


def test_every_price_feature_is_known_on_the_day(real: Panel) -> None:
    values = {item.name: read(item.name, real) for item in catalogue().values() if item.family in FAMILIES}
    assert len(values) > 40
    assert [name for name, value in values.items() if not np.isfinite(value)] == []


def test_rotation_in_july_is_what_the_files_say(real: Panel, files: pd.DataFrame) -> None:
    before, surge = files.iloc[-257:-5], files.iloc[-5:].sum()
    fit = sm.OLS(before["small"], sm.add_constant(before["large"])).fit()
    rest = surge["small"] - fit.params["large"] * surge["large"]
    assert read("rotation_share_5", real) == pytest.approx(rest / surge["small"], rel=1e-6)
    assert read("rotation_5", real) == pytest.approx(rest / (fit.mse_resid * 5) ** 0.5, rel=1e-6)
    assert read("rotation_share_5", real) > 0.75


def test_what_cut_odds_leave_of_july_is_what_the_files_say(real: Panel, files: pd.DataFrame) -> None:
    news = ["large", "tech", "two", "one"]
    before, surge = files.iloc[-257:-5], files.iloc[-5:].sum()
    surge -= files.iloc[-1].where(files.columns.isin(["two", "one"]), 0.0)  # the day's yields come out on the next
    fit = sm.OLS(before["small"], sm.add_constant(before[news])).fit()
    rest = surge["small"] - fit.params[news] @ surge[news]
    assert read("unexplained_5", real) == pytest.approx(rest / (fit.mse_resid * 5) ** 0.5, rel=1e-6)
    assert read("unexplained_share_5", real) == pytest.approx(rest / surge["small"], rel=1e-6)
    assert read("small_rate_beta", real) == pytest.approx(fit.params["two"] + fit.params["one"], rel=1e-6)


def test_regional_banks_have_mostly_lost_on_small_caps_as_rates_fell(real: Panel, files: pd.DataFrame) -> None:
    before = files.iloc[-257:-5]
    fit = sm.OLS(before["banks"], sm.add_constant(before[["small", "two"]])).fit()
    assert read("regional_banks_rate_beta", real) == pytest.approx(fit.params["two"], rel=1e-5)
    history = catalogue()["regional_banks_rate_beta"](real).dropna()
    assert history.median() > 0.05  # half a percent and more for ten basis points


def test_yields_move_small_caps_on_their_day_and_not_on_the_day_they_come_out(real: Panel, files: pd.DataFrame) -> None:
    lead = files["banks"] - files["small"]
    assert lead.corr(files["two"]) > 0.15
    assert abs(lead.corr(files["two"].shift())) < 0.02


def test_the_cape_of_today_is_near_the_one_published_later(real: Panel, data_dir: Path) -> None:
    """Shiller's CAPE of June 2024 was 34.8; half a year's growth of real earnings over inflation keeps the two apart."""
    later = pd.read_csv(data_dir / "shiller_monthly.csv.gz", parse_dates=["Date"]).set_index("Date")["CAPE"]["2024-06-01"]
    rank, gap = catalogue()["market_cape_rank"](real), catalogue()["excess_cape_yield"](real)
    assert rank[DAY] > 0.9
    yields = real.frame["yield_10y"]["2024-06"].mean()
    inflation = 2.83  # percent a year, consumer prices from May 2014 to May 2024: (313.175 / 236.918) ** 0.1 - 1
    assert 100 / (gap["2024-06"].mean() + yields - inflation) == pytest.approx(later, rel=0.05)


def test_small_caps_were_cheap_and_a_cut_was_priced(real: Panel) -> None:
    assert read("book_to_market_gap_rank", real) > 0.9
    assert read("relative_price_20y", real) < -2
    assert read("cut_by_yield_travelled_21", real) == 1.0
    assert read("cut_by_yield_left", real) == 0.0
