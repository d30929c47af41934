"""History of analogs: a market's surges, their drivers, and the moves that followed in units of each surge's own volatility."""

from collections.abc import Sequence

import numpy as np

from forecast.engines.arrays import Float, FloatState, Int
from forecast.models.component import refuse_shapes, state
from forecast.models.own_volatility import moves_of_surges
from forecast.models.session_vol import VOL_HALFLIFE, closes_vol
from forecast.target.sample import Sample
from forecast.target.surge import episode_numbers

GEOMETRY = ("surge size", "volatility now / long")  # of the surge itself, so never missing
LATEST = 200_000.0  # days since 1970-01-01, either way: five centuries
LONG_HALFLIFE = 252  # a year: what a market's volatility is when nothing in particular happens


@state
class AnalogHistory:
    """Surges in the order of time; arrays only, so that those of a companion market can be stored with a fit.

    Parameters
    ----------
    days : numpy.ndarray of shape (m,)
        Since 1970-01-01.
    drivers : numpy.ndarray of shape (m, k)
        Zero where missing.
    available : numpy.ndarray of shape (m, k)
        1 or 0.
    settled : numpy.ndarray of shape (m, q)
        1 or 0.
    paths : numpy.ndarray of shape (m, h)
        Log moves from each surge's close in its own volatility, h the longest horizon; zero where they lie
        ahead.
    """

    days: FloatState
    drivers: FloatState
    available: FloatState
    paths: FloatState
    settled: FloatState

    def __post_init__(self) -> None:
        m, k = len(np.atleast_1d(self.days)), self.drivers.shape[-1] if self.drivers.ndim else 0
        refuse_shapes(days=(self.days, (m,)), drivers=(self.drivers, (m, k)), available=(self.available, (m, k)))
        for name in ("paths", "settled"):
            array = getattr(self, name)
            refuse_shapes(**{name: (array, (m, array.shape[-1] if array.ndim else 0))})
        if (np.abs(self.days) > LATEST).any():
            raise ValueError("days must be days of this age")

    @classmethod
    def of(cls, sample: Sample, names: Sequence[str]) -> "AnalogHistory":
        """The surges of `sample`, with GEOMETRY and the features `names` as drivers."""
        drivers = np.column_stack([_geometry(sample), sample.features_named(names)])
        return cls(
            days=sample.surge_sessions.astype("datetime64[D]").astype(np.float64),
            drivers=np.nan_to_num(drivers),
            available=np.isfinite(drivers).astype(np.float64),
            paths=np.nan_to_num(moves_of_surges(sample)),
            settled=sample.settled.astype(np.float64),
        )

    def __len__(self) -> int:
        return len(self.days)

    def joined(self, others: Sequence["AnalogHistory"]) -> "AnalogHistory":
        """These surges, then those of `others`."""
        every = (self, *others)
        fields = ("days", "drivers", "available", "paths", "settled")
        return AnalogHistory(**{field: np.concatenate([getattr(past, field) for past in every]) for field in fields})

    def episodes(self, sessions: np.ndarray, horizon: int) -> Int:
        """Episode of each surge, (m,), from 1 in the order of time; surges of two markets at one time are one episode.

        sessions : the target market's, in which distances are counted; before the first, weekdays are counted.
        """
        days = self.days.astype("datetime64[D]")
        places, before = np.searchsorted(sessions, days), days < sessions[0]
        places[before] = np.busday_count(sessions[0], days[before])
        order = np.argsort(places, kind="stable")
        numbers = np.empty(len(places), dtype=np.int64)
        numbers[order] = episode_numbers(places[order], horizon)
        return numbers


def _geometry(sample: Sample) -> Float:
    ratio = np.log(closes_vol(sample, VOL_HALFLIFE) / closes_vol(sample, LONG_HALFLIFE))
    return np.column_stack([sample.surge_z, ratio[sample.rows]])
