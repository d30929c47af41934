"""Sample: one market as the components see it, arrays only, truncatable to any session."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from features.feature import FeatureMatrix
from features.panel import Panel
from features.series import SMALL
from forecast.outcome import UNSETTLED, barriers, settle
from forecast.question import Question
from forecast.surge import SurgeRule, find_surges


@dataclass(frozen=True)
class Sample:
    """Prices, features, surges and the outcomes settled so far.

    sessions : (n,) datetime64[D].            close : (n,) prices > 0.
    rows : (m,) the surges' places.           vol, surge_return, surge_z : (m,).
    features : (m, k) at the surge sessions, NaN = not known.   feature_names : k of them.
    chosen : the names among them that models may learn from.
    barriers : (m, q) log moves.              outcomes : (m, q), UNSETTLED where not known.
    questions : q of them.
    """

    market: str
    sessions: np.ndarray
    close: np.ndarray
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
            close=self.close[: row + 1],
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
    asked = barriers(surges, questions)
    prices = close.to_numpy("float64")
    outcomes = [settle(prices, rows, asked[:, k], question.horizon) for k, question in enumerate(questions)]
    return Sample(
        market=panel.market,
        sessions=pd.DatetimeIndex(panel.sessions).to_numpy("datetime64[D]"),
        close=prices,
        rows=rows,
        vol=surges["vol"].to_numpy(),
        surge_return=surges["surge_return"].to_numpy(),
        surge_z=surges["surge_z"].to_numpy(),
        features=matrix.frame.to_numpy("float64")[rows],
        feature_names=tuple(matrix.frame.columns),
        chosen=tuple(name for name in matrix.frame.columns if chosen is None or name in chosen),
        barriers=asked,
        outcomes=np.column_stack(outcomes).reshape(len(rows), len(questions)),
        questions=tuple(questions),
    )
