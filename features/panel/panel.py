"""Panel: the inputs of one market as they were known at each session's close."""

import hashlib
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel import calendar
from features.panel.publication_lag import NO_LAG, releases_of
from features.panel.raw import LONGEST_NAN_RUN, RawMarket, RawSeries, check, check_close, doubts
from features.panel.releases import Releases
from features.panel.series import SMALL, Every, Series


@dataclass(frozen=True, eq=False)  # equal to itself alone, so that results may be memoised
class Panel:
    """Knowledge-time frame of one market: row t holds the values known at t's close.

    Parameters
    ----------
    frame : DataFrame, shape (n_sessions, n_series)
        Values in canonical units by session, a column per series name. NaN where nothing is known yet, or nothing recent enough.
    market : str
        Name of the market.
    exchange : str
        ISO 10383 code of the exchange whose calendar holds.
    source : str
        bundled, files or live.
    origin : str
        Where the data come from, in words.
    made_of_returns : bool, default False
        Whether the closes are levels made of returns, so that changes in percent mean something and levels do not.
    notes : tuple of str
        Findings about the data, a line each.
    released : mapping of str to Releases
        The same inputs at their own frequency, also from before the first session.
    """

    frame: pd.DataFrame
    market: str
    exchange: str
    source: str
    origin: str
    made_of_returns: bool = False
    notes: tuple[str, ...] = ()
    released: Mapping[str, Releases] = field(default_factory=dict)
    cache: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)  # of features.panel.memoise

    def __getitem__(self, series: Series) -> pd.Series:
        return self.frame[series.name]

    def releases(self, series: Series) -> Releases:
        """An input at its own frequency, as far back as it goes.

        Parameters
        ----------
        series : Series
            An input of the panel.

        Returns
        -------
        Releases
            Where the source has no releases, each session's value is one.
        """
        if series.name in self.released:
            return self.released[series.name]
        values = self[series].dropna()
        return Releases(values, pd.DatetimeIndex(values.index), Every.DAY.max_age)

    def __contains__(self, series: Series) -> bool:
        return series.name in self.frame.columns

    @property
    def sessions(self) -> pd.DatetimeIndex:
        index = self.frame.index
        assert isinstance(index, pd.DatetimeIndex)
        return index

    @property
    def digest(self) -> str:
        """SHA-256 over the market's name, columns, sessions and values: the same knowledge, the same digest."""
        digest = hashlib.sha256(self.market.encode())
        ordered = self.frame[sorted(self.frame.columns)]
        digest.update(",".join(ordered.columns).encode())
        digest.update(self.sessions.to_numpy("datetime64[D]").astype("int64").tobytes())
        digest.update(np.ascontiguousarray(ordered.to_numpy("float64")).tobytes())
        for name in sorted(self.released):
            earlier = self.released[name].up_to(self.sessions[0])
            digest.update(name.encode() + earlier.known.asi8.tobytes() + earlier.observed.to_numpy("float64").tobytes())
        return digest.hexdigest()

    def as_of(self, day: pd.Timestamp) -> "Panel":
        """The panel as it was known on a day.

        Parameters
        ----------
        day : Timestamp
            A session, or a day after one, whose close counts.

        Returns
        -------
        Panel
            The sessions up to then, and the releases of that time.

        Raises
        ------
        InputError
            If the panel starts later.
        """
        rows = int(self.sessions.searchsorted(day, side="right"))
        if rows == 0:
            raise InputError(
                f"as-of {day:%Y-%m-%d} lies before the first session of {self.market}, {self.sessions[0]:%Y-%m-%d}; ask for a later date"
            )
        last = self.sessions[rows - 1]
        released = {name: releases.up_to(last) for name, releases in self.released.items()}
        return replace(self, frame=self.frame.iloc[:rows], released=released)


def build_panel(raw: RawMarket) -> Panel:
    """Builds the panel of a market: each series checked, lagged by its publication, carried forward until it is too old.

    Parameters
    ----------
    raw : RawMarket
        The series by stamp. The dates of the small-cap close are the sessions.

    Returns
    -------
    Panel

    Raises
    ------
    InputError
        Where the small-cap close is missing, or data cannot be what they claim to be.
    """
    if SMALL.name not in raw.series:
        raise InputError(
            f"[inputs]: {raw.name} has no column for `{SMALL.name}`, the small-cap close, which everything depends on; add one"
        )
    small = raw.series[SMALL.name]
    if small.lag != NO_LAG:
        raise InputError(f"[inputs]: `{SMALL.name}` has a lag, but its closes make the sessions; leave the lag out")
    close = check_close(small).observed.dropna()
    sessions = pd.DatetimeIndex(close.index)
    released = {name: releases_of(check(series), sessions) for name, series in raw.series.items() if name != SMALL.name}
    columns = {SMALL.name: close.to_numpy("float64")} | {name: one.onto(sessions).to_numpy() for name, one in released.items()}
    frame = pd.DataFrame(columns, index=sessions.rename("date"))
    notes = [*disagreements(sessions, raw.exchange, raw.name), *(line for series in raw.series.values() for line in doubts(series))]
    notes += [line for name, one in released.items() for line in _left_out(raw.series[name], one)]
    return Panel(frame, raw.name, raw.exchange, raw.source, raw.origin, raw.made_of_returns, tuple(notes), released)


def _left_out(raw: RawSeries, releases: Releases) -> list[str]:
    """A line where values came out after later ones."""
    stamps = raw.observed.dropna().index
    if raw.known is None or releases.observed.empty:
        return []
    gone = stamps[stamps <= releases.observed.index[-1]].difference(releases.observed.index)
    if gone.empty:
        return []
    return [f"{raw.origin}: {len(gone)} values came out after later ones, the first that of {gone[0]:%Y-%m-%d}, and are left out"]


def disagreements(days: pd.DatetimeIndex, exchange: str, market: str) -> list[str]:
    """One line for each kind of disagreement of the sessions with the exchange's calendar."""
    expected = calendar.sessions(exchange, days[0], days[-1])
    first, last = calendar.bounds(exchange)
    days = days[(days >= first) & (days <= last)]
    missing, extra = expected.difference(days), days.difference(expected)
    _refuse_long_gap(expected, missing, exchange, market)
    missing = missing[missing >= calendar.HOLIDAYS_FROM]
    notes = []
    if len(missing):
        have = "1 session of {} has" if len(missing) == 1 else f"{len(missing)} sessions of {{}} have"
        notes.append(f"{market}: {have.format(exchange)} no close, the first on {missing[0]:%Y-%m-%d}")
    if len(extra):
        notes.append(f"{market}: {len(extra)} closes on days that are no session of {exchange}, the first on {extra[0]:%Y-%m-%d}")
    return notes


def _refuse_long_gap(expected: pd.DatetimeIndex, missing: pd.DatetimeIndex, exchange: str, market: str) -> None:
    """InputError for more sessions missing in a row than a return may bridge."""
    places = expected.get_indexer(missing)
    runs = np.split(missing, np.flatnonzero(np.diff(places) > 1) + 1) if len(missing) else []
    longest = max(runs, key=len, default=missing)
    if len(longest) > LONGEST_NAN_RUN:
        raise InputError(
            f"{market}: {len(longest)} sessions of {exchange} in a row have no close, "
            f"from {longest[0]:%Y-%m-%d} to {longest[-1]:%Y-%m-%d}; fill the gap or start after it"
        )
