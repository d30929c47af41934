"""The NBER's chronology as it was known, and the probit that is fitted to it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import norm

from features.builders import recessions
from features.builders.probit import Probit, fit_probit
from features.builders.recession_risk import _coefficients, fit_on, monthly_mean, recession_risk, refit_days, term_spread
from features.builders.recessions import SURE_AFTER, dated, month_number, month_of, recession_ahead
from features.panel.releases import Releases
from features.panel.series import Every


def day(text: str) -> pd.Timestamp:
    return pd.Timestamp(text).as_unit("ns")


def months(first: str, last: str) -> np.ndarray:
    return np.arange(month_of(day(first)), month_of(day(last)) + 1)


def state(month: str, on: str) -> float:
    return float(dated(months(month, month), day(on))[0])


def test_months_after_the_peak_up_to_the_trough_are_recession_once_the_trough_is_announced() -> None:
    on = "2010-09-20"  # the NBER's announcement of the trough of June 2009
    assert [state(month, on) for month in ("2007-12", "2008-01", "2009-06")] == [0, 1, 1]


def test_a_peak_is_unknown_until_its_announcement() -> None:
    # December 2007 was called a peak on 2008-12-01; after it nothing is dated until the trough is
    assert np.isnan(state("2007-12", "2008-11-30"))
    assert state("2007-12", "2008-12-01") == 0
    assert np.isnan(state("2008-01", "2010-09-19"))


def test_a_month_without_an_announced_peak_is_expansion_after_a_year_and_a_half() -> None:
    assert state("2023-01", "2024-07-16") == 0
    assert np.isnan(state("2023-02", "2024-07-16"))


def test_no_peak_was_announced_later_than_the_margin() -> None:
    peaks = recessions.turning_points().query("kind == 'peak' and basis == 'announced'")
    delays = [month_of(announcement) - month_of(month) for month, announcement in zip(peaks["month"], peaks["known"], strict=True)]
    assert max(delays) == 12  # 2007-12, announced on 2008-12-01
    assert max(delays) < SURE_AFTER


def test_what_was_dated_never_changed() -> None:
    """No month that counted as known on an announcement's eve or ever before was called otherwise later."""
    span = months("1947-01", "2020-04")
    final = dated(span, day("2024-07-16"))
    for on in pd.date_range("1980-01-01", "2024-07-01", freq="QS", unit="ns"):
        then = dated(span, on)
        assert np.array_equal(then[np.isfinite(then)], final[np.isfinite(then)]), on


def test_the_chronology_is_that_of_the_published_indicator(data_dir: Path) -> None:
    published = pd.read_csv(data_dir / "fred_monthly.csv.gz", parse_dates=["Date"]).set_index("Date")["USREC"].dropna()
    here = dated(month_number(pd.DatetimeIndex(published.index)), day("2030-01-01"))
    assert len(here) > 900
    np.testing.assert_array_equal(here, published.to_numpy())


def test_a_recession_within_a_year_is_one_in_any_of_twelve_months() -> None:
    # recession from January 2008 to June 2009
    span = months("2006-12", "2009-06")
    within = recession_ahead(span, day("2012-01-01"))
    at = recession_ahead(span, day("2012-01-01"), first=12, last=12)
    named = dict(zip(span.tolist(), zip(within, at, strict=True), strict=True))
    assert named[month_of(day("2006-12"))] == (0, 0)
    assert named[month_of(day("2007-01"))] == (1, 1)
    assert named[month_of(day("2008-07"))] == (1, 0)  # July 2009 was the first month of the expansion
    assert named[month_of(day("2009-05"))] == (1, 0)
    assert named[month_of(day("2009-06"))] == (0, 0)


def test_an_undecided_year_is_left_out() -> None:
    outcome = recession_ahead(months("2021-12", "2022-02"), day("2024-07-16"))  # dated up to January 2023
    np.testing.assert_array_equal(outcome, [0, 0, np.nan])
    assert recession_ahead(np.array([], dtype=np.int64), day("2024-07-16")).size == 0


# --- the probit


def test_probit_of_a_two_valued_regressor_is_the_observed_share() -> None:
    x = np.repeat([0.0, 1.0], 10)
    y = np.r_[np.ones(2), np.zeros(8), np.ones(7), np.zeros(3)]
    fit = fit_probit(x, y)
    assert fit is not None
    np.testing.assert_allclose(fit.probability(np.array([0.0, 1.0])), [0.2, 0.7], atol=1e-12)
    assert fit.constant == pytest.approx(norm.ppf(0.2))


def test_probit_agrees_with_statsmodels() -> None:
    from statsmodels.discrete.discrete_model import Probit as Peer

    rng = np.random.default_rng(11)
    x = rng.normal(1.5, 1.2, 400)
    y = (rng.random(400) < ndtr(-0.5333 - 0.6330 * x)).astype("float64")
    fit = fit_probit(x, y)
    peer = Peer(y, np.column_stack([np.ones(400), x])).fit(disp=0, tol=1e-12)
    assert fit is not None
    np.testing.assert_allclose([fit.constant, fit.slope], peer.params, atol=1e-8)


@settings(max_examples=25)
@given(shift=st.floats(-3, 3), scale=st.floats(0.2, 5))
def test_probit_does_not_hang_on_the_regressors_unit(shift: float, scale: float) -> None:
    rng = np.random.default_rng(5)
    x = rng.normal(0, 1, 200)
    y = (rng.random(200) < ndtr(0.3 - x)).astype("float64")
    one, other = fit_probit(x, y), fit_probit(shift + scale * x, y)
    assert one is not None
    assert other is not None
    np.testing.assert_allclose(one.probability(x), other.probability(shift + scale * x), atol=1e-8)


@pytest.mark.parametrize("y", [np.r_[np.zeros(20), np.ones(20)], np.zeros(40)], ids=["separated", "one class"])
def test_probit_without_a_maximum_is_none(y: np.ndarray) -> None:
    assert fit_probit(np.arange(40.0), y) is None


# --- the risk, refitted on what was dated


def spreads(values: np.ndarray, first: str = "1970-01-01") -> Releases:
    stamps = pd.bdate_range(first, periods=len(values), unit="ns")
    return Releases(pd.Series(values, index=stamps), stamps + pd.offsets.BDay(), Every.DAY.max_age)


@pytest.fixture(scope="module")
def wandering() -> tuple[Releases, Releases]:
    """Yields from 1970 to 2010 whose spread wanders about 1.5."""
    rng = np.random.default_rng(2)
    walk = np.zeros(10_700)
    for t in range(1, len(walk)):
        walk[t] = 0.998 * walk[t - 1] + 0.08 * rng.standard_normal()
    return spreads(6.5 + walk), spreads(np.full(len(walk), 5.0))


def test_the_fit_of_a_day_uses_no_dating_announced_later(wandering: tuple[Releases, Releases], monkeypatch: pytest.MonkeyPatch) -> None:
    """With a record that ends before the announcement of 2008-12-01 every earlier probability keeps its bits; later ones change."""
    sessions = pd.bdate_range("2007-01-01", "2010-12-31", unit="ns")
    whole = recession_risk(*wandering, sessions)
    record = recessions.turning_points()
    cut = record[record["known"] < day("2008-12-01")].reset_index(drop=True)
    monkeypatch.setattr("features.builders.recessions.turning_points", lambda: cut)
    forget()
    blind = recession_risk(*wandering, sessions)
    monkeypatch.undo()
    forget()
    assert blind[:"2008-11-30"].to_numpy().tobytes() == whole[:"2008-11-30"].to_numpy().tobytes()
    assert (blind["2008-12-01":] != whole["2008-12-01":]).all()


def forget() -> None:
    """Empties what is kept of the chronology."""
    for memo in (recessions.announcements, recessions._turns, _coefficients):
        memo.cache_clear()


def test_the_risk_changes_on_announcements_and_in_january_only(wandering: tuple[Releases, Releases]) -> None:
    days = refit_days(day("2007-03-01"), day("2009-06-30"))
    assert [f"{refit:%Y-%m-%d}" for refit in days] == ["2007-01-01", "2008-01-01", "2008-12-01", "2009-01-01"]


def test_the_risk_is_the_probit_of_the_months_mean_spread(wandering: tuple[Releases, Releases]) -> None:
    long, short = wandering
    sessions = pd.bdate_range("2005-01-03", "2005-06-30", unit="ns")
    fit = fit_on(*monthly_mean(term_spread(long, short).observed), day("2005-01-01"))
    assert isinstance(fit, Probit)
    spread = long.observed[long.known <= sessions[-1]].iloc[-21:].mean() - 5.0
    assert recession_risk(long, short, sessions).iloc[-1] == pytest.approx(float(ndtr(fit.constant + fit.slope * spread)), abs=1e-12)


def test_a_short_history_has_no_risk() -> None:
    sessions = pd.bdate_range("1972-01-03", "1972-06-30", unit="ns")
    assert recession_risk(spreads(np.full(800, 6.0)), spreads(np.full(800, 5.0)), sessions).isna().all()


def test_coefficients_of_real_data_are_near_the_published_ones(data_dir: Path) -> None:
    """Recession in the twelfth month ahead, as the Federal Reserve Bank of New York fits it after Estrella and Mishkin (1998).

    Published for 1959 to 2009: constant -0.5333, slope -0.6330. Here from 1976 on, with bills at a discount rather than at bond
    equivalence (a tenth or two of spread, so 0.1 of the constant); with HAC errors those are about 0.2 and 0.15, the tolerance.
    """
    frame = pd.read_csv(data_dir / "fred_daily.csv.gz", parse_dates=["Date"]).set_index("Date")
    spread = (frame["DGS10"] - frame["DTB3"]).dropna()
    for on in ("2012-01-01", "2024-07-16"):
        fit = fit_on(*monthly_mean(spread), day(on), first=12, last=12)
        assert fit is not None
        assert fit.constant == pytest.approx(-0.5333, abs=0.2)
        assert fit.slope == pytest.approx(-0.6330, abs=0.15)


def test_the_record_in_another_form_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("features.builders.recessions.pd.read_csv", lambda text: pd.DataFrame({"month": []}))
    with pytest.raises(ValueError, match=r"facts/nber.csv must have the columns month, kind, known, basis, got month"):
        recessions.turning_points.__wrapped__()
