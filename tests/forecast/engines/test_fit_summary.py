"""The summary of a fit has the numbers of arch and statsmodels, fits a terminal, and says what a reader should know."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from arch import arch_model
from numpy.testing import assert_allclose
from scipy.stats import norm
from statsmodels.tsa.regime_switching import markov_regression

from forecast.engines.garch.garch import Garch
from forecast.engines.garch.msgarch import MSGarch
from forecast.engines.markov.markov_switching import MarkovSwitching
from forecast.engines.switching.fit_summary import COLUMNS
from tests.forecast.engines.simulated_returns import two_volatilities

NAMES = {"drift": "mu", "omega": "omega", "alpha": "alpha[1]", "beta": "beta[1]", "nu": "nu"}
RETURNS = two_volatilities(800, seed=11)


@pytest.fixture(scope="module")
def sp500() -> pd.Series:
    """Daily percentage returns of the S&P 500, 2011 to 2018, as arch ships it."""
    from arch.data import sp500 as data

    return (100 * np.log(data.load()["Adj Close"])).diff().iloc[-2000:]


@pytest.mark.parametrize(("kind", "theirs"), [("hessian", "classic"), ("sandwich", "robust")])
def test_the_table_is_archs(sp500: pd.Series, kind: Any, theirs: str) -> None:
    ours = Garch(variance="garch", dist="t", drift="model").fit(sp500)
    fit = arch_model(sp500, dist="t").fit(disp="off", cov_type=theirs)
    table, interval = ours.summary(kind).table.rename(index=NAMES), fit.conf_int()
    order = list(fit.params.index)
    # arch stops where a step gains less than 1e-6, and its errors are differences of its likelihood there: two digits
    assert_allclose(table.loc[order, "coef"], fit.params, rtol=5e-3)
    assert_allclose(table.loc[order, "std err"], fit.std_err, rtol=0.03)
    assert_allclose(table.loc[order, "t"], fit.tvalues, rtol=0.03)
    assert_allclose(table.loc[order, "P>|t|"], fit.pvalues, atol=1e-4)
    assert_allclose(table.loc[order, ["[0.025", "0.975]"]], interval, rtol=0.03, atol=2e-3)
    said = dict(ours.summary(kind).facts)
    for name, value in (("Log-likelihood", fit.loglikelihood), ("AIC", fit.aic), ("BIC", fit.bic)):
        assert float(said[name].replace(",", "")) == pytest.approx(value, abs=2e-3)  # twice what is printed, and arch's tolerance
    assert (said["Returns"], said["Distribution"], said["Standard errors"]) == (f"{fit.nobs:,}", "t", kind)
    assert said["Sessions"] == f"{sp500.index[0]:%Y-%m-%d} to {sp500.index[-1]:%Y-%m-%d}"


def test_the_means_of_regimes_have_statsmodels_errors() -> None:
    ours = MarkovSwitching(2).fit(RETURNS)
    means, variances = ours.params_.filter(like="mean").to_list(), (ours.params_.filter(like="sigma") ** 2).to_list()
    model = markov_regression.MarkovRegression(RETURNS, k_regimes=2, switching_variance=True)
    theirs = model.smooth([1 - ours.params_["p[1->2]"], ours.params_["p[2->1]"], *means, *variances], cov_type="approx")
    table = ours.summary().table
    assert_allclose(table.loc[["mean[1]", "mean[2]"], "std err"], theirs.bse[2:4], rtol=1e-3)  # a Hessian by differences
    assert_allclose(table.loc[["mean[1]", "mean[2]"], "P>|t|"], theirs.pvalues[2:4], atol=1e-3)


def test_t_p_and_interval_are_those_of_the_normal_law() -> None:
    table = MarkovSwitching(2).fit(RETURNS).summary().table
    assert tuple(table.columns) == COLUMNS
    assert_allclose(table["t"], table["coef"] / table["std err"])
    assert_allclose(table["P>|t|"], 2 * (1 - norm.cdf(table["t"].abs())), atol=1e-12)
    assert_allclose((table["0.975]"] - table["[0.025"]) / table["std err"], 2 * 1.959964, rtol=1e-6)  # of the 95 % of a normal


@pytest.mark.parametrize(
    "model",
    [MarkovSwitching(3), MSGarch(2, variance="gjr", dist="skewt", shared=("nu", "lambda"), drift="model", ar=1, n_starts=1), Garch()],
)
def test_it_fits_a_terminal_and_has_every_number(model: Any) -> None:
    summary = model.refit(RETURNS).summary()
    lines = str(summary).splitlines()
    assert all(len(line) <= 100 for line in lines)
    assert repr(summary) == str(summary)
    rows = {line.split()[0]: line.split()[1:] for line in lines if line and line.split()[0] in summary.table.index}
    assert list(rows) == list(summary.table.index)
    for name, coef in summary.table["coef"].items():
        assert float(rows[name][0]) == pytest.approx(coef, rel=1e-3, abs=1e-12)  # four digits
    html = summary._repr_html_()
    assert html.count("<tr>") == len(summary.facts) + 1 + len(rows)
    assert "[1-&gt;2]" in html or summary.facts[1][1] == "1"
    copy = summary.to_frame()
    copy["coef"] = 0.0
    assert summary.table["coef"].equals(model.params_.rename("coef"))


def test_what_a_reader_should_know_stands_below() -> None:
    summary = MarkovSwitching(2).refit(np.full(300, 0.5)).summary()
    assert dict(summary.facts)["Converged"] == "sample moments"
    assert summary.table["std err"].isna().all()
    below = " ".join(line.strip() for line in str(summary).split("=" * 90)[-1].splitlines())
    assert "Warning: returns must move, all are 0.5" in below
    assert "Warning: fallback: sample moments" in below
    assert "fallback: sample moments" in summary._repr_html_()


def test_missing_returns_are_counted() -> None:
    gaps = np.where(np.arange(800) % 100 == 3, np.nan, RETURNS)
    assert dict(MarkovSwitching(2).fit(gaps).summary().facts)["Returns"] == "792 and 8 missing"
