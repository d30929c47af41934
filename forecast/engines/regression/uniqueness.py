"""Uniqueness of labels: how much of what an outcome rests on is its own, and how many independent ones there are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from forecast.engines.arrays import Float, Int


@dataclass(frozen=True)
class Spans:
    """What the outcomes of one market rest on.

    sessions : (n,) datetime64[D], rising strictly, the market's calendar.   first, last : (m,) rows of the first and last session
    that each outcome rests on, both included: for a surge at row t and a horizon h, t + 1 and t + h. ValueError where a span
    ends before it begins or lies outside the calendar.
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


def average_uniqueness(first: Int, last: Int) -> Float:
    """Mean over each span of 1 / (spans that cover the session), (m,), in (0, 1]; its sum is how many independent outcomes there are.

    first, last : (m,) sessions >= 0, both included. Time is linear in the number of spans and sessions.
    Source: Lopez de Prado (2018), Advances in Financial Machine Learning, section 4.3.
    """
    count = int(last.max()) + 1 if len(last) else 0
    days = np.datetime64("1970-01-01") + np.arange(count)
    return uniqueness_of_markets([Spans(days, first, last)])[0]


def uniqueness_of_markets(markets: Sequence[Spans]) -> list[Float]:
    """Average uniqueness of each market's spans, (m,) each, where spans of different markets share the days that they both cover.

    A span covers every day from its first session to its last; its mean is over the sessions of its own market. Markets move
    together, so that outcomes of one month are not worth one each for being of different indices.
    """
    if not markets:
        return []
    days = np.unique(np.concatenate([market.sessions for market in markets]))
    cover = np.zeros(len(days) + 1, dtype=np.int64)
    for market in markets:
        np.add.at(cover, np.searchsorted(days, market.sessions[market.first]), 1)
        np.add.at(cover, np.searchsorted(days, market.sessions[market.last]) + 1, -1)
    shared = 1.0 / np.maximum(np.cumsum(cover)[:-1], 1)
    means = []
    for market in markets:
        total = np.r_[0.0, np.cumsum(shared[np.searchsorted(days, market.sessions)])]
        means.append((total[market.last + 1] - total[market.first]) / (market.last + 1 - market.first))
    return means
