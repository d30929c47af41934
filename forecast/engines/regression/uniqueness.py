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
    days = [market.sessions.astype("datetime64[D]").astype(np.int64) for market in markets]
    begin = np.concatenate([np.zeros(0, dtype=np.int64), *(day[market.first] for day, market in zip(days, markets, strict=True))])
    end = np.concatenate([np.zeros(0, dtype=np.int64), *(day[market.last] for day, market in zip(days, markets, strict=True))])
    if not len(begin):
        return [np.zeros(0) for _ in markets]
    origin, length = int(begin.min()), int(end.max() - begin.min()) + 2
    cover = np.cumsum(np.bincount(begin - origin, minlength=length) - np.bincount(end + 1 - origin, minlength=length))
    shared = 1.0 / np.maximum(cover, 1)  # by calendar day from the first that is covered
    means = []
    for day, market in zip(days, markets, strict=True):
        inside = slice(*np.searchsorted(day, [origin, origin + length]))
        own = np.ones(len(day))
        own[inside] = shared[day[inside] - origin]
        total = np.r_[0.0, np.cumsum(own)]
        means.append((total[market.last + 1] - total[market.first]) / (market.last + 1 - market.first))
    return means
