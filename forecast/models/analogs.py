"""Analogs: what followed the past surges most like this one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, NamedTuple

import numpy as np
from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from features.catalogue import catalogue
from features.errors import did_you_mean
from forecast.engines.arrays import Flags, Float, Int
from forecast.engines.kernels.first_hits import first_falls, first_meetings
from forecast.engines.probabilities import Prediction
from forecast.models.analog_distance import AnalogDistance, effective_episodes, fit_distance, kernel_weights
from forecast.models.analog_history import GEOMETRY, AnalogHistory
from forecast.models.climatology import dirichlet_spread
from forecast.models.component import FitError, options, state
from forecast.models.own_volatility import barrier_distance
from forecast.target.outcome import OUTCOMES, outcomes_of_meetings
from forecast.target.sample import Sample, samples_with_features

MIN_EPISODES = 5  # settled ones; below that, half of them would be two votes
DRIVERS = (
    "distance_from_trend",  # a rally that goes on, or a bounce below the average
    "distance_from_high",  # how much room there is to the last high
    "relative_price_5y",  # small caps cheap against large ones
    "relative_momentum_63",  # and left behind of late
    "bill_over_63",  # where policy has been going
    "cut_odds_second",  # the cut that is expected
    "expected_change_12m_proxy",  # how far policy is expected to go
    "expected_change_24m_proxy_over_5",  # and how the surge's week changed that
    "term_spread",  # the landing that a cut would meet
    "credit_spread_level",  # what credit says of it
    "sahm_gap",  # what unemployment says
    "recession_probability",  # and the curve
)


def _of_the_catalogue(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in catalogue():
            hint = did_you_mean(name, catalogue(), otherwise="`python -m forecast drivers` lists them")
            raise PydanticCustomError("feature", "no feature '{name}'{hint}", {"name": name, "hint": hint})
    if len(set(names)) < len(names):
        raise PydanticCustomError("feature", "a feature stands twice")
    return names


@dataclass(frozen=True)
class Neighbourhood:
    """The settled past surges that can be compared with the present one, for one question, (m,) each.

    Parameters
    ----------
    places : numpy.ndarray of int
        Among the target's surges; -1 for a companion's.
    outcomes : numpy.ndarray of int
        Against the present barrier in units of each surge's own volatility.
    weight : numpy.ndarray
        Sums to 1.
    base : numpy.ndarray of shape (3,)
        Frequencies of those outcomes over every settled surge, Laplace's.
    episodes : int
        Among them.
    evidence : float
        How many of these, equally weighted, the weights are worth.
    """

    places: Int
    distance: Float
    weight: Float
    episode: Int
    outcomes: Int
    base: Float
    episodes: int
    evidence: float

    @property
    def possible(self) -> int:
        """How many outcomes are possible."""
        return int((self.base > 0).sum())

    @property
    def frequencies(self) -> Float:
        """Weighted frequencies of the outcomes, (3,)."""
        return np.asarray(np.bincount(self.outcomes, weights=self.weight, minlength=len(OUTCOMES)), dtype=np.float64)


@state
class FittedAnalogs:
    """The distance, and the surges that companion markets had at the fit; the target's own are those of the sample.

    Parameters
    ----------
    features : tuple of str
        Names of its drivers, among them those that the distance leaves out.
    """

    features: tuple[str, ...]
    metric: AnalogDistance
    companions: tuple[AnalogHistory, ...]
    neighbours: float
    prior_episodes: float
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = len(GEOMETRY) + len(self.features)
        unknown = next((name for name in self.features if name not in catalogue()), None)
        if unknown is not None or not all(0 <= column < names for column in self.metric.columns):
            raise ValueError(f"the metric's columns must be among {names} drivers, {unknown or 'by their places'}")
        if any(past.drivers.shape[1] != names for past in self.companions):
            raise ValueError(f"companions must have {names} drivers")
        if self.neighbours < 1 or self.prior_episodes <= 0:
            raise ValueError(f"neighbours must be at least 1 and prior_episodes > 0, got {self.neighbours} and {self.prior_episodes}")

    @property
    def used(self) -> tuple[str, ...]:
        """Names of the drivers that distances are measured in, the geometry's first."""
        names = (*GEOMETRY, *self.features)
        return tuple(names[column] for column in self.metric.columns)

    @property
    def drivers(self) -> tuple[str, ...]:
        """The features that make a difference."""
        return tuple(name for name in self.used if name not in GEOMETRY)

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """The centre of the prior for a question without a past surge to compare; FitError where no question has one."""
        past = _PastSurges.of(self, sample)
        near = [past.neighbourhood(question) for question in range(len(sample.questions))]
        if not any(len(one.places) for one in near):
            raise FitError(_no_precedent(sample))
        return Prediction.exact(*self._means(near))

    def _means(self, near: Sequence[Neighbourhood]) -> tuple[Float, Float]:
        """Means and standard deviations, (q, 3), of Dirichlet laws whose priors are centred on the frequencies at barriers as far.

        The errors of these centres, estimated from as many episodes as there are, are part of the standard deviations.
        """
        base, frequencies = np.stack([one.base for one in near]), np.stack([one.frequencies for one in near])
        evidence, episodes, possible = (np.array([getattr(one, part) for one in near]) for part in ("evidence", "episodes", "possible"))
        total = self.prior_episodes + evidence
        mean = (self.prior_episodes * base + evidence[:, None] * frequencies) / total[:, None]
        centre = (self.prior_episodes / total)[:, None] * dirichlet_spread(base, episodes + possible)
        alone = np.array([not len(one.places) for one in near])[:, None]
        spread = np.hypot(dirichlet_spread(mean, total), centre)
        return np.where(alone, base, mean), np.where(alone, dirichlet_spread(base, possible), spread)

    def neighbourhood(self, sample: Sample, question: int) -> Neighbourhood:
        """Of the surge at the sample's last session; FitError where there is none.

        Surges of the running episode are no precedents for it and have no vote.
        """
        near = _PastSurges.of(self, sample).neighbourhood(question)
        if not len(near.places):
            raise FitError(_no_precedent(sample))
        return near


def _no_precedent(sample: Sample) -> str:
    return f"{sample.market}: no settled surge of another episode shares half of the drivers"


class _Votes(NamedTuple):
    """What the questions of one horizon share: which surges are settled, and of those that vote places, episodes and so on.

    `own` are the places among the target's surges, as a Neighbourhood has them.
    """

    settled: Int
    places: Int
    own: Int
    distance: Float
    episode: Int
    weight: Float
    episodes: int
    evidence: float


@dataclass(frozen=True)
class _PastSurges:
    """What the questions of one surge share: every earlier surge, its distance, and by horizon which can vote and how much.

    Parameters
    ----------
    outcomes : numpy.ndarray of shape (q, m)
        Of each past surge against the barrier of each question, in its own volatility.
    """

    sample: Sample
    history: AnalogHistory
    distance: Float
    outcomes: Int
    neighbours: float
    votes: dict[int, _Votes]

    @classmethod
    def of(cls, fitted: FittedAnalogs, sample: Sample) -> "_PastSurges":
        past = AnalogHistory.of(sample, fitted.features).joined(fitted.companions)
        coordinates = fitted.metric.coordinates(past.drivers, past.available)
        distance = fitted.metric.distances(coordinates[len(sample.rows) - 1], coordinates)
        present = len(sample.rows) - 1
        barriers = np.array([barrier_distance(sample, present, question) for question in range(len(sample.questions))])
        meetings = np.empty((len(past.paths), len(barriers)), dtype=np.int64)
        for law, mine in ((first_meetings, ~sample.falls), (first_falls, sample.falls)):
            ladder, level = np.unique(barriers[mine], return_inverse=True)
            meetings[:, mine] = law(past.paths, ladder)[:, level]
        return cls(sample, past, distance, outcomes_of_meetings(meetings.T, sample.horizons[:, None]), fitted.neighbours, {})

    def neighbourhood(self, question: int) -> Neighbourhood:
        """Empty where no surge of another episode is settled and can be compared."""
        votes, outcomes = self._votes(question), self.outcomes[question]
        return Neighbourhood(
            places=votes.own,
            distance=votes.distance,
            weight=votes.weight,
            episode=votes.episode,
            outcomes=outcomes[votes.places],
            base=_laplace(outcomes[votes.settled], self.sample.possible[question]),
            episodes=votes.episodes,
            evidence=votes.evidence,
        )

    def _votes(self, question: int) -> _Votes:
        """Which surges vote on a question, and how much; worked out once for each horizon."""
        horizon, present = self.sample.questions[question].horizon, len(self.sample.rows) - 1
        if horizon not in self.votes:
            settled = np.flatnonzero(self.history.settled[:, question] > 0)
            episode = self.history.episodes(self.sample.sessions, horizon)
            places = settled[np.isfinite(self.distance[settled]) & (episode[settled] != episode[present])]
            mine, weight, evidence, count = episode[places], np.zeros(0), 0.0, 0
            if len(places):
                numbers, group = np.unique(mine, return_inverse=True)
                weight = kernel_weights(self.distance[places], group, self.neighbours)
                evidence, count = effective_episodes(weight, group), len(numbers)
            own = np.where(places <= present, places, -1)
            self.votes[horizon] = _Votes(settled, places, own, self.distance[places], mine, weight, count, evidence)
        return self.votes[horizon]


@options
class Analogs:
    """Past surges whose drivers are near those of the present one vote with what followed them; an episode has one vote.

    What followed is judged against the present barrier, in units of each surge's own volatility, since the barrier's distance decides
    between a stall and a move. drivers : features beside the surge's size and volatility against its long run; those that the data do
    not have are left out of the distance. neighbours : how many equal votes of episodes the kernel is worth; a frequency among
    20 has a standard error of 0.11. prior_episodes : worth of evidence for what follows all surges; p (1 - p) / tau^2 is 60 where
    drivers move the true frequencies by tau = 0.06, more than the direction of surges has been predictable by.
    """

    fitted: ClassVar = FittedAnalogs
    kind: ClassVar = "outcomes"
    drivers: Annotated[tuple[str, ...], AfterValidator(_of_the_catalogue)] = DRIVERS
    neighbours: Annotated[float, Field(strict=True, ge=1, le=1000)] = 20.0
    prior_episodes: Annotated[float, Field(strict=True, gt=0, le=1e6)] = 60.0

    def fit(self, samples: Sequence[Sample]) -> FittedAnalogs:
        """On the markets that have features: without any, no surge is near."""
        samples = samples_with_features(samples)
        target = samples[0]
        pasts = [AnalogHistory.of(sample, self.drivers) for sample in samples if len(sample.rows)]
        companions = tuple(AnalogHistory.of(sample, self.drivers) for sample in samples[1:] if len(sample.rows))
        horizon = target.questions[0].horizon
        if not pasts:
            raise FitError(f"{target.market}: no surge yet")
        past = pasts[0].joined(pasts[1:])
        episode = past.episodes(target.sessions, horizon)
        settled = len(np.unique(episode[past.settled[:, 0] > 0]))
        if settled < MIN_EPISODES:
            raise FitError(f"{target.market}: settled episodes number {settled}, fewer than the {MIN_EPISODES} needed")
        # one surge an episode: its others repeat the slow drivers, and Ledoit and Wolf would take them for evidence
        _, first = np.unique(episode, return_index=True)
        metric = fit_distance(past.drivers[first], past.available[first])
        return FittedAnalogs(
            features=self.drivers, metric=metric, companions=companions, neighbours=self.neighbours, prior_episodes=self.prior_episodes
        )


def _laplace(outcomes: Int, possible: Flags) -> Float:
    """Frequencies (3,) with one case of each possible one added, as climatology's."""
    counts = np.bincount(outcomes, minlength=len(OUTCOMES)) + 1.0 * possible
    return np.asarray(counts / counts.sum())
