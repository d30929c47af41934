"""Simulated markets for the tests: every input that any feature declares, with the stamps and lags of real ones."""

from dataclasses import replace
from functools import cache

import numpy as np
import pandas as pd

from features.catalogue import known_inputs
from features.panel import calendar
from features.panel.panel import Panel, build_panel
from features.panel.publication_lag import Lag
from features.panel.raw import RawMarket, RawSeries
from features.panel.series import FUTURES, SMALL, SMALL_HIGH, SMALL_LOW, SMALL_OPEN, Basis, Every, Series

FIRST = pd.Timestamp("2000-01-03")
LAST = pd.Timestamp("2008-09-05")  # no decision in the month before it, so that odds and their changes are known
EARLIEST = pd.Timestamp("1975-01-01")  # of what is observed by week or month, or ends in `_before`: panels know the past
STAMPS = {Every.WEEK: "W-SAT", Every.MONTH: "MS", Every.QUARTER: "QS"}
LAGS = {Every.WEEK: Lag(days=5), Every.MONTH: Lag(months=1, days=10), Every.QUARTER: Lag(months=6)}
MONTHLY = {"aaa", "baa"}  # daily by nature, monthly in the data that ship


@cache
def raw_market(seed: int = 1, *, first: pd.Timestamp = FIRST) -> RawMarket:
    """Eight years, if it begins with FIRST, of a market whose volatility clusters, so that it surges often enough to learn from."""
    rng = np.random.default_rng(seed)
    sessions = calendar.sessions("XNYS", first, LAST)
    close = pd.Series(clustered_walk(rng, len(sessions)), index=sessions)
    series = {name: _raw(item, rng, sessions, close) for name, item in known_inputs().items()}
    return RawMarket("Simulated", "XNYS", "simulated", "numpy", series)


@cache
def panel(seed: int = 1) -> Panel:
    """The panel of `raw_market`, the same one for all who ask, with the features that are worked out by now."""
    return build_panel(raw_market(seed))


def with_noise_after(market: RawMarket, day: pd.Timestamp, seed: int = 9) -> RawMarket:
    """The same market up to `day`, and noise in every input on every later stamp."""
    rng = np.random.default_rng(seed)
    return replace(market, series={name: _noisy(raw, day, rng) for name, raw in market.series.items()})


def _noisy(raw: RawSeries, day: pd.Timestamp, rng: np.random.Generator) -> RawSeries:
    wide = 0.001 if raw.series in FUTURES else 0.3  # what no price of a contract can be would be left out, and show nothing
    noise = raw.observed * np.exp(rng.normal(0, wide, len(raw.observed)).clip(-1, 1))
    if raw.series.basis is Basis.PROBABILITY:
        noise = noise.clip(upper=1)
    return replace(raw, observed=raw.observed.where(raw.observed.index <= day, noise))


def clustered_walk(rng: np.random.Generator, count: int) -> np.ndarray:
    vol, moves = 0.01, np.empty(count)
    for t in range(count):
        moves[t] = 0.0003 + vol * rng.standard_normal()
        vol = np.sqrt(2e-6 + 0.08 * moves[t] ** 2 + 0.90 * vol**2)
    return 1000 * np.exp(np.cumsum(moves))


def _future(rng: np.random.Generator, sessions: pd.DatetimeIndex, ahead: int) -> pd.Series:
    """A contract's price: a rate that falls from 5 to 3 percent, expected to go on falling, and noise of a few basis points."""
    falling = np.linspace(95, 97, len(sessions)) + 0.02 * ahead
    return pd.Series(falling + rng.normal(0, 0.01, len(sessions)), index=sessions)


def _raw(series: Series, rng: np.random.Generator, sessions: pd.DatetimeIndex, close: pd.Series) -> RawSeries:
    spread = np.abs(rng.normal(0, 0.005, len(sessions)))
    ohlc = {SMALL: close, SMALL_OPEN: close, SMALL_HIGH: close * np.exp(spread), SMALL_LOW: close * np.exp(-spread)}
    if series in ohlc:
        return RawSeries(series, ohlc[series], series.name)
    if series in FUTURES:
        return RawSeries(series, _future(rng, sessions, FUTURES.index(series)), series.name)
    every = Every.MONTH if series.name in MONTHLY else series.every
    days = pd.bdate_range(EARLIEST, LAST, unit="ns") if series.name.endswith("_before") else sessions
    stamps = days if every is Every.DAY else pd.date_range(EARLIEST, LAST, freq=STAMPS[every], unit="ns")
    walk = np.cumsum(rng.normal(0, 0.01, len(stamps)))
    values = 100 * np.exp(walk) if series.basis is Basis.PRICE else 4 + walk
    values = 1 / (1 + np.exp(-walk)) if series.basis is Basis.PROBABILITY else values
    lag = Lag(sessions=int(series.basis is Basis.RATE)) if every is Every.DAY else LAGS[every]
    return RawSeries(series, pd.Series(values, index=stamps), series.name, lag, every)
