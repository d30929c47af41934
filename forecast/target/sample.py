"""Sample: one market as the components see it, arrays only, truncatable to any session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
import pandas as pd

from features.catalogue import FeatureMatrix
from features.panel.indices import Index
from features.panel.panel import Panel
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW
from features.panel.vol import session_ranges
from forecast.target.outcome import UNSETTLED, barriers, settle
from forecast.target.question import Question
from forecast.target.surge import SurgeRule, find_surges


@dataclass(frozen=True)
class Sample:
    """Prices, features, surges and the outcomes settled so far.

    sessions : (n,) datetime64[D].            close : (n,) prices > 0.
    known : (n,) datetime64[D], the day on which each close was known; later than the session where an index is published with a lag.
    ranges : (n,) variance of each session by its high and low (Parkinson 1980); NaN where they are not known.
    rows : (m,) the surges' places.           vol, surge_return, surge_z : (m,).
    features : (m, k) at the surge sessions, NaN = not known.   feature_names : k of them.
    chosen : the names among them that models may learn from.
    barriers : (m, q) log moves.              outcomes : (m, q), UNSETTLED where not known.
    questions : q of them.
    """

    market: str
    sessions: np.ndarray
    known: np.ndarray
    close: np.ndarray
    ranges: np.ndarray
    rows: np.ndarray
    vol: np.ndarray
    surge_return: np.ndarray
    surge_z: np.ndarray
    features: np.ndarray
    feature_names: tuple[str, ...]
    chosen: tuple[str, ...]
    barriers: np.ndarray
    outcomes: np.ndarray
    questions: tuple[Question, ...]

    def __len__(self) -> int:
        return len(self.sessions)

    @property
    def returns(self) -> np.ndarray:
        """Daily log returns, (n - 1,)."""
        return np.diff(np.log(self.close))

    @property
    def horizons(self) -> np.ndarray:
        """Sessions each question looks ahead, (q,)."""
        return np.array([question.horizon for question in self.questions])

    @property
    def surge_sessions(self) -> np.ndarray:
        """Dates of the surges, (m,)."""
        return self.sessions[self.rows]

    @property
    def digest(self) -> str:
        """SHA-256 over the market's name and its prices: what a companion is learned from."""
        found = sha256(self.market.encode())
        for part in (self.known.astype("int64"), self.sessions.astype("int64"), self.close, self.ranges):
            found.update(np.ascontiguousarray(part).tobytes())
        return found.hexdigest()

    def features_named(self, names: Sequence[str]) -> np.ndarray:
        """Columns of `features` in the order of `names`, (m, len(names)); NaN for a feature this market does not have."""
        place = {name: column for column, name in enumerate(self.feature_names)}
        blank = np.full(len(self.rows), np.nan)
        columns = [self.features[:, place[name]] if name in place else blank for name in names]
        return np.column_stack(columns).reshape(len(self.rows), len(names)) if names else np.empty((len(self.rows), 0))

    def settled_row(self) -> np.ndarray:
        """Row at whose close each outcome is known, (m, q); it may lie ahead."""
        return self.rows[:, None] + self.horizons[None, :]

    def up_to(self, row: int) -> "Sample":
        """What was known at the close of `row`: nothing later, and outcomes only if settled before that session."""
        count = int(np.searchsorted(self.rows, row, side="right"))
        settled = self.settled_row()[:count] < row
        return replace(
            self,
            sessions=self.sessions[: row + 1],
            known=self.known[: row + 1],
            close=self.close[: row + 1],
            ranges=self.ranges[: row + 1],
            rows=self.rows[:count],
            vol=self.vol[:count],
            surge_return=self.surge_return[:count],
            surge_z=self.surge_z[:count],
            features=self.features[:count],
            barriers=self.barriers[:count],
            outcomes=np.where(settled, self.outcomes[:count], UNSETTLED).astype(np.int8),
        )


def build_sample(
    panel: Panel, matrix: FeatureMatrix, rule: SurgeRule, questions: Sequence[Question], chosen: Sequence[str] | None = None
) -> Sample:
    """The sample of `panel`: its surges by `rule`, its feature rows, and the outcome of each question where it is settled.

    chosen : the features that models may learn from, as far as the matrix has them; default all.
    """
    close = panel[SMALL]
    surges = find_surges(close, rule)
    rows = surges["row"].to_numpy()
    sessions = pd.DatetimeIndex(panel.sessions).to_numpy("datetime64[D]")
    asked, outcomes, prices = _asked(close, surges, questions)
    return Sample(
        market=panel.market,
        sessions=sessions,
        known=sessions,
        close=prices,
        ranges=ranges_of(panel),
        rows=rows,
        vol=surges["vol"].to_numpy(),
        surge_return=surges["surge_return"].to_numpy(),
        surge_z=surges["surge_z"].to_numpy(),
        features=matrix.frame.to_numpy("float64")[rows],
        feature_names=tuple(matrix.frame.columns),
        chosen=tuple(name for name in matrix.frame.columns if chosen is None or name in chosen),
        barriers=asked,
        outcomes=outcomes,
        questions=tuple(questions),
    )


def price_sample(index: Index, rule: SurgeRule, questions: Sequence[Question]) -> Sample:
    """A market of which nothing but prices is known: its surges and their outcomes, and no feature."""
    close = index.close
    surges = find_surges(close, rule)
    asked, outcomes, prices = _asked(close, surges, questions)
    return Sample(
        market=index.name,
        sessions=pd.DatetimeIndex(close.index).to_numpy("datetime64[D]"),
        known=index.known.to_numpy("datetime64[D]"),
        close=prices,
        ranges=index.ranges.to_numpy("float64"),
        rows=surges["row"].to_numpy(),
        vol=surges["vol"].to_numpy(),
        surge_return=surges["surge_return"].to_numpy(),
        surge_z=surges["surge_z"].to_numpy(),
        features=np.empty((len(surges), 0)),
        feature_names=(),
        chosen=(),
        barriers=asked,
        outcomes=outcomes,
        questions=tuple(questions),
    )


def known_by(samples: Sequence[Sample], day: np.datetime64) -> list[Sample]:
    """Each sample up to its last close known on or before `day`; those of which none was known are left out."""
    rows = [int(np.searchsorted(sample.known, day, side="right")) - 1 for sample in samples]
    return [sample.up_to(row) for sample, row in zip(samples, rows, strict=True) if row >= 0]


def with_features(samples: Sequence[Sample]) -> list[Sample]:
    """The target's sample, which is the first, and those of the others that know any feature."""
    return [sample for place, sample in enumerate(samples) if place == 0 or sample.feature_names]


def ranges_of(panel: Panel) -> np.ndarray:
    """Variance of each session of the panel's index by its high and low, (n,); NaN where they are not known."""
    if SMALL_HIGH in panel and SMALL_LOW in panel:
        return session_ranges(panel[SMALL_HIGH], panel[SMALL_LOW]).to_numpy("float64")
    return np.full(len(panel.sessions), np.nan)


def _asked(close: pd.Series, surges: pd.DataFrame, questions: Sequence[Question]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Barriers and outcomes of `surges`, (m, q) each, and the closes (n,)."""
    rows, asked, prices = surges["row"].to_numpy(), barriers(surges, questions), close.to_numpy("float64")
    outcomes = [settle(prices, rows, asked[:, k], question.horizon) for k, question in enumerate(questions)]
    return asked, np.column_stack(outcomes).reshape(len(rows), len(questions)), prices
