"""Past: the surges of a market with their drivers and, where it is known, what followed, in units of each one's own volatility."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from features.panel.vol import ewma_vol
from forecast.engines.arrays import Float, FloatState, Int
from forecast.models.component import refuse_shapes, state
from forecast.models.range_variance import LEAST_VOL, range_variance
from forecast.target.outcome import UNSETTLED, moves_after
from forecast.target.sample import Sample
from forecast.target.surge import episodes

GEOMETRY = ("surge size", "volatility now / long")  # of the surge itself, so always known
VOL_HALFLIFE = 23  # sessions; the half-life of RiskMetrics' 0.97
LATEST = 200_000.0  # days since 1970-01-01, either way: five centuries
LONG_HALFLIFE = 252  # a year: what a market's volatility is when nothing in particular happens


@state
class Past:
    """Surges in the order of time; arrays only, so that those of a companion market can be kept with a fit.

    days : (m,) since 1970-01-01.   drivers : (m, k), zero where not known.   known : (m, k) 1 or 0.
    paths : (m, h) log moves from each surge's close in units of a session's volatility at that close, zero where not known;
    h is the longest horizon.   settled : (m, q) 1 or 0, whether the question's outcome is known.
    """

    days: FloatState
    drivers: FloatState
    known: FloatState
    paths: FloatState
    settled: FloatState

    def __post_init__(self) -> None:
        m, k = len(np.atleast_1d(self.days)), self.drivers.shape[-1] if self.drivers.ndim else 0
        refuse_shapes(days=(self.days, (m,)), drivers=(self.drivers, (m, k)), known=(self.known, (m, k)))
        for name in ("paths", "settled"):
            array = getattr(self, name)
            refuse_shapes(**{name: (array, (m, array.shape[-1] if array.ndim else 0))})
        if (np.abs(self.days) > LATEST).any():
            raise ValueError("days must be days of this age")

    @classmethod
    def of(cls, sample: Sample, names: Sequence[str]) -> "Past":
        """The surges that `sample` knows, with GEOMETRY and the features `names` for drivers."""
        drivers = np.column_stack([_geometry(sample), sample.features_named(names)])
        moves = moves_after(sample.close, sample.rows, int(sample.horizons.max()))
        return cls(
            days=sample.surge_sessions.astype("datetime64[D]").astype(np.float64),
            drivers=np.nan_to_num(drivers),
            known=np.isfinite(drivers).astype(np.float64),
            paths=np.nan_to_num(moves / session_vol(sample)[sample.rows][:, None]),
            settled=(sample.outcomes != UNSETTLED).astype(np.float64),
        )

    def __len__(self) -> int:
        return len(self.days)

    def joined(self, others: Sequence["Past"]) -> "Past":
        """These surges, then those of `others`."""
        every = (self, *others)
        fields = ("days", "drivers", "known", "paths", "settled")
        return Past(**{field: np.concatenate([getattr(past, field) for past in every]) for field in fields})

    def episodes(self, sessions: np.ndarray, horizon: int) -> Int:
        """Episode of each surge, (m,), from 1 in the order of time; surges of two markets at one time are one episode.

        sessions : the target market's, in which distances are counted; weekdays stand in for them before the first.
        """
        days = self.days.astype("datetime64[D]")
        inside = np.searchsorted(sessions, days)
        places = np.where(days < sessions[0], np.busday_count(sessions[0], days), inside)
        order = np.argsort(places, kind="stable")
        numbers = np.empty(len(places), dtype=np.int64)
        numbers[order] = episodes(places[order], horizon)
        return numbers


def session_vol(sample: Sample) -> Float:
    """Volatility of a session as known at its close, (n,); the surge is in it: its turbulence goes on into the month ahead.

    By the sessions' ranges where these are known, over half as long, as they are the surer; else by closes.
    """
    by_range = np.sqrt(range_variance(sample, VOL_HALFLIFE / 2))
    return np.maximum(np.where(np.isfinite(by_range), by_range, _ewma(sample, VOL_HALFLIFE)), LEAST_VOL)


def vol_rank(sample: Sample) -> Float:
    """Share of the sessions up to each surge's whose `session_vol` was lower than at its close, (m,), in [0, 1).

    Known at the close: later sessions change nothing.
    """
    vol = session_vol(sample)
    return np.array([np.mean(vol[: row + 1][np.isfinite(vol[: row + 1])] < vol[row]) for row in sample.rows], dtype=np.float64)


def barrier_distance(sample: Sample, place: int, question: int) -> float:
    """A surge's barrier in units of a session's volatility at its close."""
    return float(sample.barriers[place, question] / session_vol(sample)[sample.rows[place]])


def _geometry(sample: Sample) -> Float:
    ratio = np.log(_ewma(sample, VOL_HALFLIFE) / _ewma(sample, LONG_HALFLIFE))
    return np.column_stack([sample.surge_z, ratio[sample.rows]])


def _ewma(sample: Sample, halflife: int) -> Float:
    vol = ewma_vol(pd.Series(sample.close), halflife).to_numpy("float64")
    return np.maximum(vol, LEAST_VOL)  # NaN, in the first two sessions, stays
