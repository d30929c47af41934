"""Uniqueness of overlapping labels, and the number of independent ones."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int


@dataclass(frozen=True)
class Spans:
    """Sessions that the labels of one market depend on.

    `sessions` (n,) datetime64[D] rise strictly: the market's calendar. `first` and `last` (m,) are the rows of each label's first and
    last session, both included: for a label at row t and a horizon h, t + 1 and t + h. ValueError for a span that is empty or outside
    the calendar.
    """

    sessions: np.ndarray
    first: Int
    last: Int

    def __post_init__(self) -> None:
        if self.first.shape != self.last.shape or self.first.ndim != 1:
            raise ValueError(f"first and last must be (m,), got {self.first.shape} and {self.last.shape}")
        if (np.diff(self.sessions) <= np.timedelta64(0)).any():
            raise ValueError("sessions must rise strictly")
        if len(self.first) and not (self.first.min() >= 0 and (self.first <= self.last).all() and self.last.max() < len(self.sessions)):
            raise ValueError(f"spans must begin at 0 or later, end no earlier than they begin, and before row {len(self.sessions)}")


def uniqueness_of_markets(markets: Sequence[Spans]) -> list[Float]:
    """Mean over each span of 1 / (spans that cover the day), (m,) a market, in (0, 1]; the sum is the number of independent labels.

    A span covers every day from its first session to its last, in all markets, since markets move together; its mean is over the sessions
    of its own market. Source: Lopez de Prado (2018), Advances in Financial Machine Learning, section 4.3.
    """
    if not markets:
        return []
    count, places = _places_among_all(markets)
    cover = np.zeros(count + 1, dtype=np.int64)
    for market, place in zip(markets, places, strict=True):
        np.add.at(cover, place[market.first], 1)
        np.add.at(cover, place[market.last] + 1, -1)
    shared = 1.0 / np.maximum(np.cumsum(cover)[:-1], 1)
    means = []
    for market, place in zip(markets, places, strict=True):
        total = np.r_[0.0, np.cumsum(shared[place])]
        means.append((total[market.last + 1] - total[market.first]) / (market.last + 1 - market.first))
    return means


def _places_among_all(markets: Sequence[Spans]) -> tuple[int, list[Int]]:
    """How many days are a session of any market, and the place among them of each session of each market."""
    if len(markets) == 1:
        return len(markets[0].sessions), [np.arange(len(markets[0].sessions))]
    days = np.unique(np.concatenate([market.sessions for market in markets]))
    return len(days), [np.searchsorted(days, market.sessions) for market in markets]
