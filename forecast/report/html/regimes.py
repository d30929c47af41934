"""Regimes through time: their probabilities on each session, given the returns up to it."""

from functools import partial
from typing import Any

import numpy as np

from features.panel.volatility import SESSIONS_A_YEAR
from forecast.engines.arrays import Float
from forecast.models.msgarch import SwitchingRecursions
from forecast.models.regime import RegimeChain
from forecast.report.html.number_format import NO_BREAK, listed, number, percent
from forecast.report.html.page_elements import MissingPartError, PageTable, Picture, Section
from forecast.report.html.report_data import ReportData
from forecast.report.plots import regimes as picture

KEY, TITLE = "regimes", "Regimes through time"
RECENT = 10 * SESSIONS_A_YEAR
ORDERED = {1: ("the only one",), 2: ("calm", "wild"), 3: ("calm", "middle", "wild")}


def section(data: ReportData) -> Section:
    """The filtered probabilities of the `regime` component, or of `msgarch` without that."""
    regimes = filtered(data)
    if regimes is None:
        replaced = listed(name for name in ("regime", "msgarch") if name in data.forecaster.replaced)
        why = "the run has no component `regime` or `msgarch`" if replaced == "none" else f"the base rate stands in for {replaced}"
        raise MissingPartError(f"No regimes to show: {why}.")
    component, probabilities, short, names = regimes
    days, first = data.sample.sessions[1:], max(len(probabilities) - RECENT, 0)
    spans = [(f"since {days[0]}", days, probabilities)]
    if first:
        spans.append((f"since {days[first]}", days[first:], probabilities[first:]))
    paint = partial(picture.paint, title=f"{data.series}: probability of each regime, filtered ({component})", spans=spans, names=names)
    today = listed(f"{name} {percent(p)}" for name, p in zip(short, probabilities[-1].tolist(), strict=True))
    mean = listed(f"{name} {percent(p)}" for name, p in zip(short, probabilities.mean(axis=0).tolist(), strict=True))
    text = (
        f"On {days[-1]} the regimes have these probabilities: {today}. Their means since {days[0]}: {mean}.",
        "Each session's probabilities use the returns up to it; the parameters are those of the final fit, on all of them. "
        "The picture draws means over neighbouring sessions.",
    )
    alt = f"Stacked areas of the probability of {len(names)} regimes from {days[0]} to {days[-1]}. {text[0]}"
    high = 2.5 if len(spans) == 1 else 4.0
    return Section(KEY, TITLE, text, Picture(KEY, alt, paint, high, high + 0.6), _tables(data, short, probabilities))


def filtered(data: ReportData) -> tuple[str, Float, tuple[str, ...], tuple[str, ...]] | None:
    """Component, probabilities (n - 1, k) by session from the second on, and names of the regimes, short and full, the calmest first."""
    returns, fitted = data.sample.returns, data.fitted
    chain = fitted.get("regime")
    if isinstance(chain, RegimeChain):
        names = ORDERED.get(len(chain.vols), _numbered(len(chain.vols)))
        return "regime", chain.filtered(returns), names, _full(names, chain.vols)
    switching: Any = fitted.get("msgarch")
    if isinstance(switching, SwitchingRecursions):
        names = ORDERED.get(len(switching.nu), _numbered(len(switching.nu)))
        return "msgarch", switching.law.run(returns).filtered, names, names
    return None


def _full(names: tuple[str, ...], vols: Float) -> tuple[str, ...]:
    return tuple(
        f"{name}: volatility {100 * vol * SESSIONS_A_YEAR**0.5:.0f}{NO_BREAK}% a year"
        for name, vol in zip(names, vols.tolist(), strict=True)
    )


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(f"regime {place + 1}" for place in range(count))


def _tables(data: ReportData, names: tuple[str, ...], probabilities: Float) -> tuple[PageTable, ...]:
    """By calendar year, and the parameters of the chain, if there is one."""
    years = data.sample.sessions[1:].astype("datetime64[Y]")
    rows = [(str(year), *(percent(p) for p in probabilities[years == year].mean(axis=0).tolist())) for year in np.unique(years)]
    yearly = PageTable("Mean probability by year", ("year", *names), tuple(rows))
    chain = data.fitted.get("regime")
    if not isinstance(chain, RegimeChain):
        return (yearly,)
    laws = [
        (
            name,
            percent(float(vol) * SESSIONS_A_YEAR**0.5, 1),
            percent(float(mean) * SESSIONS_A_YEAR, 1),
            number(1 / max(1 - float(stay), 1e-12), ".0f"),
        )
        for name, vol, mean, stay in zip(names, chain.vols, chain.means, np.diag(chain.transitions), strict=True)
    ]
    return (yearly, PageTable("The regimes", ("regime", "volatility a year", "mean a year", "sessions it lasts"), tuple(laws)))
