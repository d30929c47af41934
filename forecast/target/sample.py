"""Sample: one market as the components see it, arrays only, truncatable to any session."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, update_wrapper
from hashlib import sha256
from typing import Concatenate, ParamSpec

import numpy as np
import pandas as pd

from features.catalogue import FeatureMatrix
from features.panel.indices import Index
from features.panel.panel import Panel
from features.panel.series import SMALL, SMALL_HIGH, SMALL_LOW
from features.panel.volatility import session_ranges
from forecast.target.barrier import barriers
from forecast.target.outcome import UNSETTLED, future_moves, label_questions, possible_outcomes
from forecast.target.question import Question
from forecast.target.surge import SurgeRule, find_surges

P = ParamSpec("P")


@dataclass(frozen=True)
class Sample:
    """One market as the components see it: prices, features, surges and the outcomes settled so far.

    Parameters
    ----------
    market : str
        Name of the index.
    sessions : numpy.ndarray of shape (n,), datetime64[D]
        Trading days.
    known : numpy.ndarray of shape (n,), datetime64[D]
        Day on which each close was published; later than the session where an index is published with a lag.
    close : numpy.ndarray of shape (n,)
        Prices > 0.
    ranges : numpy.ndarray of shape (n,)
        Variance of each session by its high and low (Parkinson 1980); NaN where these are missing.
    rows : numpy.ndarray of shape (m,)
        Places of the surge sessions.
    vol, surge_return, surge_z : numpy.ndarray of shape (m,)
        Of each surge, as `find_surges` gives them.
    features : numpy.ndarray of shape (m, k)
        Features at the surge sessions; NaN where one is missing.
    feature_names : tuple of k str
        Their names.
    chosen : tuple of str
        Those of them that models may learn from.
    barriers : numpy.ndarray of shape (m, q)
        Log moves > 0; of a fall the lower barrier, as it has no upper one.
    outcomes : numpy.ndarray of shape (m, q), int8
        REVERSE, STALL, CONTINUE, or UNSETTLED; never CONTINUE of a fall.
    questions : tuple of q Question
        What is asked of each surge.
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

    def __getstate__(self) -> dict[str, object]:
        """The fields: what was worked out from them does not travel to other processes."""
        return {each.name: getattr(self, each.name) for each in fields(self)}

    @cached_property
    def _whole(self) -> "Sample":
        """The sample that this one was cut from."""
        return self

    @cached_property
    def _results(self) -> dict[object, np.ndarray]:
        """Of the functions that are worked out `once`."""
        return {}

    @cached_property
    def returns(self) -> np.ndarray:
        """Daily log returns, (n - 1,)."""
        return np.diff(np.log(self.close))

    @cached_property
    def moves_ahead(self) -> np.ndarray:
        """Log moves after each surge over the longest horizon, (m, h); NaN where they lie ahead."""
        with np.errstate(divide="ignore"):  # of what lies ahead, which is then none
            return future_moves(self.close, self.rows, int(self.horizons.max()))

    @cached_property
    def horizons(self) -> np.ndarray:
        """Sessions each question looks ahead, (q,)."""
        return np.array([question.horizon for question in self.questions])

    @cached_property
    def falls(self) -> np.ndarray:
        """Which questions are of a fall, without an upper barrier, (q,)."""
        return np.array([question.is_fall for question in self.questions], dtype=bool)

    @cached_property
    def possible(self) -> np.ndarray:
        """Which outcomes each question can have, (q, 3)."""
        return possible_outcomes(self.questions)

    @cached_property
    def settled(self) -> np.ndarray:
        """Which outcomes are known, (m, q)."""
        return self.outcomes != UNSETTLED

    @property
    def horizon_questions(self) -> dict[int, int]:
        """Number of the first question of each horizon, rising."""
        horizons, first = np.unique(self.horizons, return_index=True)
        return dict(zip(horizons.tolist(), first.tolist(), strict=True))

    @property
    def surge_sessions(self) -> np.ndarray:
        """Dates of the surges, (m,)."""
        return self.sessions[self.rows]

    @property
    def digest(self) -> str:
        """SHA-256 over the market's name and its prices: what a companion is learned from."""
        digest = sha256(self.market.encode())
        for part in (self.known.astype("int64"), self.sessions.astype("int64"), self.close, self.ranges):
            digest.update(np.ascontiguousarray(part).tobytes())
        return digest.hexdigest()

    def features_named(self, names: Sequence[str]) -> np.ndarray:
        """Columns of `features` by name.

        Parameters
        ----------
        names : sequence of str
            Names of features.

        Returns
        -------
        numpy.ndarray of shape (m, len(names))
            In the order of `names`; NaN for a feature that this market does not have.
        """
        place = {name: column for column, name in enumerate(self.feature_names)}
        mine = np.array([place.get(name, -1) for name in names], dtype=np.int64)
        out = np.full((len(self.rows), len(names)), np.nan)
        out[:, mine >= 0] = self.features[:, mine[mine >= 0]]
        return out

    def settled_row(self) -> np.ndarray:
        """Row at whose close each outcome is settled.

        Returns
        -------
        numpy.ndarray of shape (m, q)
            It may lie ahead.
        """
        return self.rows[:, None] + self.horizons[None, :]

    def up_to(self, row: int) -> "Sample":
        """What was known at the close of a session.

        Parameters
        ----------
        row : int
            Place of the session.

        Returns
        -------
        Sample
            Nothing later than `row`, and outcomes only if settled before that session.
        """
        count = int(np.searchsorted(self.rows, row, side="right"))
        settled = self.settled_row()[:count] < row
        cut = replace(
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
        cut.__dict__["_whole"] = self._whole
        return cut

    def is_same_cut(self, other: "Sample") -> bool:
        """Whether both were cut from one sample at the same session, or are that sample itself.

        Parameters
        ----------
        other : Sample
            Any.

        Returns
        -------
        bool
            True only where both hold the same.
        """
        whole = self._whole
        return other is self or (whole is other._whole and len(self) == len(other) and whole is not self and whole is not other)


def once(function: Callable[Concatenate[Sample, P], np.ndarray]) -> Callable[Concatenate[Sample, P], np.ndarray]:
    """Decorator of a function of a sample that returns one row a session, where a row depends on the sessions up to its own alone.

    So its rows are the same for a sample and for every cut of it (`up_to`). They are worked out once, for the whole sample, and a cut gets
    its share of them. `tests/forecast/target/test_once.py` holds every such function to it.

    Parameters
    ----------
    function : callable
        Takes a sample and hashable options, returns an array of shape (n, ...). Nobody may write to it.

    Returns
    -------
    callable
    """

    def result(sample: Sample, /, *options: P.args, **named: P.kwargs) -> np.ndarray:
        key, whole = (function, options, tuple(named.items())), sample._whole
        if key not in whole._results:
            whole._results[key] = function(whole, *options, **named)
        return whole._results[key][: len(sample)]

    update_wrapper(result, function)
    return result


def build_sample(
    panel: Panel,
    matrix: FeatureMatrix,
    rule: SurgeRule,
    questions: Sequence[Question],
    chosen: Sequence[str] | None = None,
    *,
    earlier: Sample | None = None,
) -> Sample:
    """The sample of a panel: its surges, their features, and the outcome of each question where it is settled.

    Parameters
    ----------
    panel : Panel
        Every series as it was known at each close.
    matrix : FeatureMatrix
        Features of the panel's sessions.
    rule : SurgeRule
        What a surge is.
    questions : sequence of Question
        What is asked of each surge.
    chosen : sequence of str, optional
        The features that models may learn from, as far as the matrix has them; default all.
    earlier : Sample, optional
        As for `price_sample`.

    Returns
    -------
    Sample
    """
    priced = price_sample(panel_index(panel), rule, questions, earlier)
    return replace(
        priced,
        features=matrix.frame.to_numpy("float64")[priced.rows],
        feature_names=tuple(matrix.frame.columns),
        chosen=tuple(name for name in matrix.frame.columns if chosen is None or name in chosen),
    )


def price_sample(index: Index, rule: SurgeRule, questions: Sequence[Question], earlier: Sample | None = None) -> Sample:
    """The sample of an index that has prices alone: its surges and their outcomes, and no feature.

    Parameters
    ----------
    index : Index
        Closes, ranges and the days on which they were published.
    rule : SurgeRule
        What a surge is.
    questions : sequence of Question
        What is asked of each surge.
    earlier : Sample, optional
        That of fewer sessions, whose settled outcomes are taken over where its closes, surges and barriers are the first of these.

    Returns
    -------
    Sample
    """
    close = index.close.to_numpy("float64")
    surges = find_surges(index.close, rule)
    rows, levels = surges["row"].to_numpy(), barriers(surges, questions)
    labels = None if earlier is None else _settled_before(earlier, close, rows, levels)
    return Sample(
        market=index.name,
        sessions=pd.DatetimeIndex(index.close.index).to_numpy("datetime64[D]"),
        known=index.known.to_numpy("datetime64[D]"),
        close=close,
        ranges=index.ranges.to_numpy("float64"),
        rows=rows,
        vol=surges["vol"].to_numpy(),
        surge_return=surges["surge_return"].to_numpy(),
        surge_z=surges["surge_z"].to_numpy(),
        features=np.empty((len(surges), 0)),
        feature_names=(),
        chosen=(),
        barriers=levels,
        outcomes=label_questions(close, rows, levels, questions, labels),
        questions=tuple(questions),
    )


def _settled_before(earlier: Sample, close: np.ndarray, rows: np.ndarray, levels: np.ndarray) -> np.ndarray | None:
    """The outcomes of `earlier`, whose closes, surges and barriers are the first of these; None where they are not."""
    mine = (earlier.close, close), (earlier.rows, rows), (earlier.barriers, levels)
    return earlier.outcomes if all(np.array_equal(old, new[: len(old)]) for old, new in mine) else None


def samples_as_of(samples: Sequence[Sample], day: np.datetime64) -> list[Sample]:
    """Each sample as it was known on a day.

    Parameters
    ----------
    samples : sequence of Sample
        Any markets.
    day : numpy.datetime64
        A calendar day.

    Returns
    -------
    list of Sample
        Each up to its last close published on or before `day`; those without one are left out.
    """
    rows = [row_as_of(sample, day) for sample in samples]
    return [sample.up_to(row) for sample, row in zip(samples, rows, strict=True) if row >= 0]


def row_as_of(sample: Sample, day: np.datetime64) -> int:
    """Place of the last session whose close was published on or before a day; -1 where there is none."""
    return int(np.searchsorted(sample.known, day, side="right")) - 1


def samples_with_features(samples: Sequence[Sample]) -> list[Sample]:
    """The target's sample, which is the first, and those of the others that have any feature."""
    return [sample for place, sample in enumerate(samples) if place == 0 or sample.feature_names]


def panel_index(panel: Panel) -> Index:
    """The panel's own index: its closes, and the variance of each session by high and low, NaN where these are missing."""
    ranges = pd.Series(np.nan, index=panel.sessions)
    if SMALL_HIGH in panel and SMALL_LOW in panel:
        ranges = session_ranges(panel[SMALL_HIGH], panel[SMALL_LOW])
    return Index(panel.market, panel[SMALL], ranges, panel.sessions)
