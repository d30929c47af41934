"""Precedents: the surges of several markets, the state each market was in, and what followed in units of its own volatility."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from features.errors import InputError
from features.files.stamps import YEARS
from forecast.models.own_volatility import scaled_moves
from forecast.runs.field_rules import LONGEST_TEXT
from forecast.target.sample import Sample

YEAR = 252  # sessions
SAME = 0.95  # correlation of a year's daily returns with large caps from which on a market is large caps, and no rotation out of them
STATE = ("surge_z", "below_high", "large_share")
DAYS = ("session", "settled")


@dataclass(frozen=True)
class Precedents:
    """Surges of several markets, (n,) each.

    Parameters
    ----------
    market : numpy.ndarray of str
        Name of the index.
    session : numpy.ndarray, datetime64[D]
        Day of the surge.
    settled : numpy.ndarray, datetime64[D]
        Day on which the close that ends the horizon was published; NaT where it lies ahead.
    surge_z : numpy.ndarray
        Return of the surge in standard deviations of its window.
    below_high : numpy.ndarray
        Log of the close over the highest of a year, at most 0; NaN where no year is known.
    large_share : numpy.ndarray
        Log return of large caps over that of the market in the sessions of the surge; NaN where large caps are not known, and where the
        market moves as they do.
    path : numpy.ndarray of shape (n, horizon), float32
        Log moves from the surge's close in its own volatility; NaN where they lie ahead.
    """

    market: np.ndarray
    session: np.ndarray
    settled: np.ndarray
    surge_z: np.ndarray
    below_high: np.ndarray
    large_share: np.ndarray
    path: np.ndarray

    def __len__(self) -> int:
        return len(self.session)

    @classmethod
    def of(cls, sample: Sample, large: pd.Series | None, *, window: int, horizon: int) -> "Precedents":
        """Every surge of `sample`, settled or not.

        Parameters
        ----------
        sample : Sample
        large : pandas.Series or None
            Closes of large caps by session; None where they are not known.
        window, horizon : int
            Sessions of the surge, and sessions ahead.

        Returns
        -------
        Precedents
        """
        rows, ends = sample.rows, sample.rows + horizon
        over = ends < len(sample)
        price = pd.Series(np.log(sample.close))
        settled = np.where(over, sample.known[np.where(over, ends, 0)], np.datetime64("NaT", "D"))
        return cls(
            market=np.full(len(rows), sample.market),
            session=sample.surge_sessions,
            settled=settled.astype("datetime64[D]"),
            surge_z=sample.surge_z,
            below_high=(price - price.rolling(YEAR).max()).to_numpy()[rows],
            large_share=_large_share(sample, large, window),
            path=scaled_moves(sample, rows, horizon).astype(np.float32),
        )

    @classmethod
    def of_markets(cls, samples: Sequence[Sample], large: pd.Series | None, *, window: int, horizon: int) -> "Precedents":
        """The surges of each of `samples`, which may be none, that are settled; the other arguments are those of `of`."""
        every = [cls.of(sample, large, window=window, horizon=horizon) for sample in samples]
        return joined([one.chosen(~np.isnat(one.settled)) for one in every], horizon)

    def chosen(self, which: np.ndarray) -> "Precedents":
        """Those at a mask or at places."""
        return Precedents(**{name: getattr(self, name)[which] for name in self.__dataclass_fields__})

    def up_to(self, day: np.datetime64) -> "Precedents":
        """Those whose outcome was published before `day`."""
        return self.chosen(~np.isnat(self.settled) & (self.settled < day))

    def write(self, path: Path) -> None:
        """A row a surge, as Parquet."""
        table = pd.DataFrame({"market": self.market.astype(object)} | {name: getattr(self, name) for name in (*DAYS, *STATE)})
        table = table.astype(dict.fromkeys(DAYS, "datetime64[s]"))
        moves = pd.DataFrame(self.path, columns=[str(ahead) for ahead in range(1, self.path.shape[1] + 1)])
        pd.concat([table, moves], axis=1).to_parquet(path, index=False)


def joined(parts: Sequence[Precedents], horizon: int) -> Precedents:
    """The surges of all `parts`, which may be none, in their order."""
    empty = Precedents(
        market=np.empty(0, dtype="U1"),
        session=np.empty(0, dtype="datetime64[D]"),
        settled=np.empty(0, dtype="datetime64[D]"),
        surge_z=np.empty(0),
        below_high=np.empty(0),
        large_share=np.empty(0),
        path=np.empty((0, horizon), dtype=np.float32),
    )
    return replace(
        empty, **{name: np.concatenate([getattr(part, name) for part in (empty, *parts)]) for name in empty.__dataclass_fields__}
    )


def read_precedents(path: Path, horizon: int) -> Precedents:
    """What `Precedents.write` wrote.

    Parameters
    ----------
    path : Path
    horizon : int
        Sessions ahead, which the table must have.

    Returns
    -------
    Precedents

    Raises
    ------
    InputError
        One line, for a file that cannot be read, lacks a column, or holds what no surge has.
    """
    from features.files.arrow import read_parquet

    ahead = [str(step) for step in range(1, horizon + 1)]
    try:
        table = read_parquet(path).replace_schema_metadata(None).to_pandas()
        lacking = next((name for name in ("market", *DAYS, *STATE, *ahead) if name not in table.columns), None)
        if lacking:
            raise ValueError(f"no column {lacking!r}")
        market = table["market"].astype("str")
        if len(table) and market.str.len().max() > LONGEST_TEXT:
            raise ValueError(f"market is longer than {LONGEST_TEXT}")
        return Precedents(
            market=market.to_numpy(dtype="U"),
            **{name: _days(table[name]) for name in DAYS},
            **{name: _state(table[name]) for name in STATE},
            path=_moves(table[ahead]),
        )
    except (OSError, ValueError, TypeError, KeyError, OverflowError, MemoryError) as error:
        raise InputError(f"{path}: cannot be read ({(str(error).splitlines() or ['damaged'])[0]}); train again") from None


def _days(values: pd.Series) -> np.ndarray:
    days = pd.to_datetime(values)
    if not days.dt.year.between(*YEARS).all():
        raise ValueError(f"{values.name} is not all days of the years {YEARS[0]} to {YEARS[1]}")
    return days.to_numpy().astype("datetime64[D]")


def _state(values: pd.Series) -> np.ndarray:
    numbers = values.to_numpy("float64")
    if np.isinf(numbers).any():
        raise ValueError(f"{values.name} is not all finite or missing")
    return np.asarray(numbers)


def _moves(values: pd.DataFrame) -> np.ndarray:
    moves = values.to_numpy("float32")
    if not np.isfinite(moves).all():
        raise ValueError("the moves are not all finite")
    return np.asarray(moves)


def _large_share(sample: Sample, large: pd.Series | None, window: int) -> np.ndarray:
    """Large caps' log return over the market's in the window of each surge, (m,)."""
    if large is None or not len(sample.rows):
        return np.full(len(sample.rows), np.nan)
    stamps = pd.DatetimeIndex(large.index).to_numpy().astype("datetime64[D]")
    place = np.searchsorted(stamps, sample.sessions)
    there = (place < len(stamps)) & (stamps[np.minimum(place, len(stamps) - 1)] == sample.sessions)
    price = np.where(there, np.log(large.to_numpy("float64"))[np.minimum(place, len(stamps) - 1)], np.nan)
    rows = sample.rows
    share = (price[rows] - price[rows - window]) / np.where(sample.surge_return > 0, sample.surge_return, np.nan)
    daily = pd.Series(np.r_[np.nan, np.diff(price)])
    correlation = daily.rolling(YEAR, min_periods=YEAR // 2).corr(pd.Series(np.r_[np.nan, sample.returns])).to_numpy()[rows]
    return np.where(correlation < SAME, share, np.nan)
