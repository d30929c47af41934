"""Truth: a made-up market as its origins know it, from day to day, and what they change in its past."""

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pandas as pd

from features.panel import calendar

EXCHANGE = "XNYS"
HISTORY = 756  # sessions before the first morning: three years
SMALL, LARGE, RATE, PRICES, FUTURES = "small.csv", "large.csv", "rate.csv", "prices.csv", "futures.csv"
COLUMNS = {SMALL: "Close", LARGE: "Close", RATE: "DFF", PRICES: "CPIAUCSL"}
CHANGING = tuple(COLUMNS)
OLD = 60  # sessions before the last, beyond what is asked for every morning
SPEAKS_LATE = 3  # mornings on which a session is missing


@dataclass
class Truth:
    """series : by file, everything that will ever be, as it stands now.   out : the day on which each value is out.

    expected : the rate by which futures are priced, which nobody revises.   hidden : days that an origin has lost, or not yet shown.
    """

    sessions: pd.DatetimeIndex
    series: dict[str, pd.Series]
    out: dict[str, pd.DatetimeIndex]
    expected: pd.Series
    hidden: dict[str, set[pd.Timestamp]] = field(default_factory=lambda: {file: set() for file in CHANGING})

    @classmethod
    def drawn(cls, mornings: int, seed: int, first: str = "2021-07-01") -> "Truth":
        """An index whose volatility clusters, its large partner, a rate, and prices by month."""
        rng = np.random.default_rng(seed)
        start = pd.Timestamp(first)
        reach = calendar.sessions(EXCHANGE, start, start + pd.Timedelta(days=(HISTORY + mornings) * 7 // 5 + 60))
        sessions = reach[: HISTORY + mornings + 10]
        small, market = _walk(rng, len(sessions)), rng.normal(0.0003, 0.008, len(sessions))
        large = 4000 * np.exp(np.cumsum(0.5 * np.diff(np.log(small), prepend=np.log(small[0])) + market))
        months = pd.date_range(start - pd.DateOffset(years=1), sessions[-1], freq="MS", unit="ns")
        rate = 3 + np.cumsum(rng.choice([0.0, 0.0, 0.0, 0.25, -0.25], len(sessions)) * (rng.random(len(sessions)) < 0.03))
        prices = 290 * np.exp(np.cumsum(rng.normal(0.002, 0.001, len(months))))
        series = {
            SMALL: pd.Series(small.round(2), sessions),
            LARGE: pd.Series(large.round(2), sessions),
            RATE: pd.Series(rate.round(2), sessions),
            PRICES: pd.Series(prices.round(3), months),
        }
        following = sessions[1:].append(pd.DatetimeIndex([sessions[-1] + pd.Timedelta(days=1)]))
        out = {SMALL: sessions, LARGE: sessions, RATE: following, PRICES: months + pd.Timedelta(days=44)}
        return cls(sessions, series, out, series[RATE].copy())

    def shown(self, file: str, now: datetime) -> pd.Series:
        """What the origin of `file` shows at `now`, in whole."""
        known = self.out[file] <= self.last_closed(now)
        found = self.series[file][known]
        return found[~found.index.isin(list(self.hidden[file]))]

    def last_closed(self, now: datetime) -> pd.Timestamp:
        return calendar.last_closed(EXCHANGE, now)

    def contract(self, month: pd.Period, now: datetime) -> dict[str, float | None]:
        """Closes of the future on the rate of `month`, one of the two years before its end; empty once that is past."""
        last = self.last_closed(now)
        if last.to_period("M") > month:
            return {}
        days = self.sessions[(self.sessions <= last) & (self.sessions > month.end_time - pd.Timedelta(days=730))]
        rates = self.expected[days]
        return {f"{day:%Y-%m-%d}": round(100 - float(rate) - 0.01, 4) for day, rate in rates.items()}


def _walk(rng: np.random.Generator, count: int) -> np.ndarray:
    vol, moves = 0.012, np.empty(count)
    for t in range(count):
        moves[t] = 0.0003 + vol * rng.standard_normal()
        vol = np.sqrt(3e-6 + 0.1 * moves[t] ** 2 + 0.88 * vol**2)
    return np.asarray(2000 * np.exp(np.cumsum(moves)))


def revise(truth: Truth, rng: np.random.Generator, now: datetime) -> str:
    """Up to three values of the last weeks are others."""
    file = str(rng.choice([RATE, PRICES]))
    shown = truth.shown(file, now).index
    days = shown[-2:-1] if file == PRICES else shown[-9 : -9 + int(rng.integers(1, 4))]  # none that nobody has seen yet
    truth.series[file].loc[days] = (truth.series[file].loc[days] * 1.002 + 0.01).round(3)
    return f"{len(days)} of the last values of {file} revised"


def correct(truth: Truth, rng: np.random.Generator, now: datetime) -> str:
    """A value of long ago is another."""
    file = str(rng.choice([SMALL, LARGE, RATE]))
    shown = truth.shown(file, now)
    day = shown.index[int(rng.integers(0, len(shown) - OLD))]
    truth.series[file].loc[day] = round(float(shown[day]) * 1.004 + 0.01, 2)
    return f"{file} of {day:%Y-%m-%d}, long ago, corrected"


def readjust(truth: Truth, rng: np.random.Generator, _now: datetime) -> str:
    """A whole history of prices is multiplied."""
    factor = round(float(rng.uniform(0.9, 0.99)), 3)
    truth.series[LARGE] = (truth.series[LARGE] * factor).round(6)
    return f"all of {LARGE} times {factor}"


def lose(truth: Truth, rng: np.random.Generator, now: datetime) -> str:
    """A day of the last month is no longer there."""
    file = str(rng.choice([SMALL, LARGE]))
    shown = truth.shown(file, now)
    day = shown.index[-int(rng.integers(3, 20))]
    truth.hidden[file].add(day)
    return f"{file} of {day:%Y-%m-%d} gone"


def withhold(truth: Truth, rng: np.random.Generator, now: datetime) -> str:
    """The last session's value is not there yet; `release` shows it."""
    file = str(rng.choice([SMALL, LARGE]))
    day = truth.shown(file, now).index[-1]
    truth.hidden[file].add(day)
    return f"{file} of {day:%Y-%m-%d} late"


CHANGES = (revise, readjust, lose, withhold, correct)
