"""Penalised multinomial logistic regression of the outcome on the features and the question's own geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, ClassVar

import numpy as np
from pydantic import Field
from scipy.special import softmax

from forecast.engines.arrays import Float, FloatState, Int
from forecast.engines.markov.markov_law import MarkovPrior
from forecast.engines.passage.parameter_draws import DRAWS, spread_of, standard_normals
from forecast.engines.probabilities import Prediction
from forecast.engines.regression.multinomial_logit import fit_multinomial
from forecast.engines.regression.scaling import scaling, standardised
from forecast.models.component import FitError, options, refuse_drawn, refuse_shapes, state
from forecast.models.estimation_sample import estimation_sample
from forecast.models.garch_paths import usable_returns
from forecast.models.regime import RegimeChain, fitted_chain
from forecast.models.sample_key import SamplesKey
from forecast.models.session_vol import session_vol
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL
from forecast.target.sample import Sample, samples_with_features
from forecast.target.surge import episode_count

GEOMETRY = ("barrier distance", "surge size")  # columns that describe the question itself
MIN_COVERAGE = 0.5  # share of training surges that must have a feature
VAGUE = 100.0  # prior variance of an intercept, which the fit does not penalise: odds of e^10
PRIOR = MarkovPrior(mean=252.0, vol=5.0, stay=5.0)  # sessions' worth of evidence, as the regime component's


def geometry_of(sample: Sample, surges: slice = slice(None)) -> Float:
    """(m, q, 2), GEOMETRY of the `surges`: log distance of each barrier in standard deviations of its horizon, and the surge's z."""
    vol = session_vol(sample)[sample.rows[surges]]
    distance = np.log(sample.barriers[surges] / (vol[:, None] * np.sqrt(sample.horizons)))
    return np.stack([distance, np.broadcast_to(sample.surge_z[surges, None], distance.shape)], axis=2)


@state
class FittedLogistic:
    """Scaling and coefficients; a feature that was missing too often has coefficients of zero.

    Parameters
    ----------
    centre, scale : numpy.ndarray of shape (q, 2 + k + r)
    coefficients : numpy.ndarray of shape (q, 3, 2 + k + r)
        0 of an outcome that cannot come, as is its intercept; neither is looked at.
    intercepts : numpy.ndarray of shape (q, 3)
    feature_names : tuple of k str
    drawn : numpy.ndarray of shape (q, DRAWS, 3, 2 + k + r + 1)
        Coefficients and intercepts that are as likely.
    chain : RegimeChain or None
        Its filtered probabilities of all regimes but the calmest are r further features; None for none.
    """

    feature_names: tuple[str, ...]
    chain: RegimeChain | None
    centre: FloatState
    scale: FloatState
    coefficients: FloatState
    intercepts: FloatState
    drawn: FloatState
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.centre.ndim != 2 or self.drawn.ndim != 4:
            raise ValueError(f"centre and drawn must be of 2 and 4 dimensions, got shapes {self.centre.shape} and {self.drawn.shape}")
        q, columns, drawn = *self.centre.shape, self.drawn.shape[1]
        refuse_drawn(drawn)
        refuse_shapes(
            scale=(self.scale, (q, columns)),
            coefficients=(self.coefficients, (q, 3, columns)),
            intercepts=(self.intercepts, (q, 3)),
            drawn=(self.drawn, (q, drawn, 3, columns + 1)),
        )
        if self._regimes < (len(self.chain.means) - 1 if self.chain else 0):
            raise ValueError(f"{columns} columns are too few for {len(self.feature_names)} features and the regimes")

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        columns = self._standardised(sample)
        odds = np.einsum("qck,qk->qc", self.coefficients, columns) + self.intercepts
        drawn = np.einsum("qdck,qk->dqc", self.drawn[..., :-1], columns) + self.drawn[..., -1].swapaxes(0, 1)
        each, of_draws = (softmax(np.where(sample.possible, one, -np.inf), axis=-1) for one in (odds, drawn))
        return Prediction.exact(each, spread_of(of_draws))

    def tilts(self, sample: Sample) -> dict[str, float]:
        """What each feature, and the main question's geometry, adds to its log odds of `continue` against `reverse` for the last surge.

        Of a fall, to those of none against one.
        """
        best = STALL if sample.falls[0] else CONTINUE
        toward = self.coefficients[0, best] - self.coefficients[0, REVERSE]
        moved = toward * self._standardised(sample)[0]
        names = (*GEOMETRY, *self.feature_names, *(f"regime {j + 2}" for j in range(self._regimes)))
        return dict(zip(names, moved.tolist(), strict=True))

    @property
    def drivers(self) -> tuple[str, ...]:
        """The features with a coefficient."""
        start = len(GEOMETRY)
        felt = np.any(self.coefficients[:, :, start : start + len(self.feature_names)] != 0, axis=(0, 1))
        return tuple(name for name, feels in zip(self.feature_names, felt, strict=True) if feels)

    @property
    def _regimes(self) -> int:
        return self.centre.shape[1] - len(GEOMETRY) - len(self.feature_names)

    def _standardised(self, sample: Sample) -> Float:
        """The last surge's row, (q, 2 + k + r); what is missing is taken at its mean."""
        row = np.r_[sample.features_named(self.feature_names)[-1], regime_columns(self.chain, sample, self._regimes)[-1]]
        geometry = geometry_of(sample, slice(-1, None))[-1]
        columns = np.column_stack([geometry, np.broadcast_to(row, (len(geometry), len(row)))])
        return standardised(columns, self.centre, self.scale)


@options
class Logistic:
    """Maximum a posteriori with normal priors on the standardised coefficients.

    prior_sd : of what all features together add to the log odds, however many they are: each of k coefficients has prior_sd / sqrt(k).
    A quarter is more than the direction of surges has ever been predictable by. geometry_prior_sd : of the distance and the size of
    the surge, which decide between a stall and a move. regimes : of a chain fitted on each market's returns, whose filtered
    probabilities are features; 1 for none. One case of each possible outcome at the mean is added.
    """

    fitted: ClassVar = FittedLogistic
    kind: ClassVar = "outcomes"
    learns_from_choice: ClassVar = True
    prior_sd: Annotated[float, Field(strict=True, gt=0, le=100)] = 0.25
    geometry_prior_sd: Annotated[float, Field(strict=True, gt=0, le=10)] = 1.0
    regimes: Annotated[int, Field(strict=True, ge=1, le=6)] = 2

    def fit(self, samples: Sequence[Sample]) -> FittedLogistic:
        """On the markets that have features."""
        return _fitted(self, SamplesKey([estimation_sample(sample) for sample in samples_with_features(samples)]))

    def _fit(self, samples: Sequence[Sample]) -> FittedLogistic:
        names = samples[0].chosen
        chains = [self._chain(sample) for sample in samples]
        regimes = [regime_columns(chain, sample, self.regimes - 1) for chain, sample in zip(chains, samples, strict=True)]
        geometry = [geometry_of(sample) for sample in samples]
        shared = {horizon: self._fit_horizon(samples, regimes, question) for horizon, question in samples[0].horizon_questions.items()}
        fits = [self._fit_question(samples, geometry, shared[int(h)], question) for question, h in enumerate(samples[0].horizons)]
        centre, scale, coefficients, intercepts, drawn = (np.stack(part) for part in zip(*fits, strict=True))
        return FittedLogistic(
            feature_names=names,
            chain=chains[0],
            centre=centre,
            scale=scale,
            coefficients=coefficients,
            intercepts=intercepts,
            drawn=drawn,
            notes=_notes(chains[0]) if self.regimes > 1 else (),
        )

    def _chain(self, sample: Sample) -> RegimeChain | None:
        """None where the market's returns are too few for one: its regimes are then no features."""
        if self.regimes == 1:
            return None
        try:
            return _chain_of(usable_returns(sample).tobytes(), self.regimes)
        except FitError:
            return None

    def _fit_horizon(self, samples: Sequence[Sample], regimes: Sequence[Float], question: int) -> "_Horizon":
        """Of the horizon of a question."""
        settled = [np.flatnonzero(sample.settled[:, question]) for sample in samples]
        every = [np.column_stack([sample.features_named(samples[0].chosen), chain]) for sample, chain in zip(samples, regimes, strict=True)]
        columns = np.concatenate([one[rows] for one, rows in zip(every, settled, strict=True)])
        centre, scale, used = scaling(columns, coverage=MIN_COVERAGE)
        prior = np.where(used, self.prior_sd / max(used.sum(), 1.0) ** 0.5, 0.0)
        weight = np.concatenate([_weights(sample, rows, question) for sample, rows in zip(samples, settled, strict=True)])
        return _Horizon(settled, weight, centre, scale, prior, standardised(columns, centre, scale)[:, used] * prior[used])

    def _fit_question(self, samples: Sequence[Sample], geometry: Sequence[Float], horizon: "_Horizon", question: int) -> tuple[Float, ...]:
        """Centre, scale, coefficients, intercepts and draws of the last two, as in `FittedLogistic`."""
        columns = np.concatenate([shape[rows, question] for shape, rows in zip(geometry, horizon.settled, strict=True)])
        outcome = np.concatenate([sample.outcomes[rows, question] for sample, rows in zip(samples, horizon.settled, strict=True)])
        centre, scale, used = scaling(columns, coverage=MIN_COVERAGE)
        prior = np.r_[np.where(used, self.geometry_prior_sd, 0.0), horizon.prior]
        design = np.column_stack([(standardised(columns, centre, scale) * self.geometry_prior_sd)[:, used], horizon.design])
        classes = int(samples[0].possible[question].sum())  # the first ones: of a fall, all but continue
        design = np.vstack([design, np.zeros((classes, design.shape[1]))])
        mode = fit_multinomial(
            design, np.r_[outcome.astype(np.int64), np.arange(classes)], np.r_[horizon.weight, np.ones(classes)], classes=classes
        )
        moves = mode.moves(standard_normals((classes - 1) * (design.shape[1] + 1)), vague=VAGUE)
        every, used = len(OUTCOMES), prior > 0
        coefficients, drawn, constants = np.zeros((every, len(prior))), np.zeros((DRAWS, every, len(prior) + 1)), np.zeros(every)
        coefficients[:classes, used], constants[:classes] = mode.coefficients * prior[used], mode.intercepts
        drawn[:, :classes, :-1][:, :, used] = (mode.coefficients + moves[:, :, :-1]) * prior[used]
        drawn[:, :classes, -1] = mode.intercepts + moves[:, :, -1]
        return np.r_[centre, horizon.centre], np.r_[scale, horizon.scale], coefficients, constants, drawn


@dataclass(frozen=True)
class _Horizon:
    """What the questions of one horizon share.

    settled : by market, the surges whose outcomes are settled.   weight : (n,) of all of them.
    centre, scale, prior : (k + r,) of the features and the regimes; the prior's standard deviation is 0 of a column left out.
    design : (n, used) of those that are not.
    """

    settled: list[Int]
    weight: Float
    centre: Float
    scale: Float
    prior: Float
    design: Float


@lru_cache(maxsize=4)  # the refits on one part of each history share it
def _fitted(component: Logistic, markets: SamplesKey) -> FittedLogistic:
    return component._fit(markets.samples)


@lru_cache(maxsize=8)  # the fits of one fold that differ only in features share it
def _chain_of(returns: bytes, regimes: int) -> RegimeChain:
    return fitted_chain(np.frombuffer(returns), regimes, PRIOR)


def _notes(chain: RegimeChain | None) -> tuple[str, ...]:
    if chain is None:
        return ("logistic: no regimes, the returns are too few or do not move",)
    return tuple(f"logistic: {note}" for note in chain.notes)


def regime_columns(chain: RegimeChain | None, sample: Sample, count: int) -> Float:
    """Filtered probability of `count` regimes, the calmest left out, at each surge, (m, count); its own return included.

    Zero for the regimes of a chain that had to be fitted with fewer.
    """
    columns = np.zeros((len(sample.rows), count))
    if chain is not None:
        filtered = chain.filtered(sample.returns)[sample.rows - 1, 1:]
        columns[:, : filtered.shape[1]] = filtered
    return columns


def _weights(sample: Sample, settled: Int, question: int) -> Float:
    """Weights of the `settled` surges, (m,).

    They sum to the number of episodes, the evidence there is, and are equal: a weight of 1 an episode would describe the
    average episode, while a forecast is made on every surge session, and long episodes are those that go on rising.
    """
    episodes = episode_count(sample.rows[settled], sample.questions[question].horizon)
    return np.full(len(settled), episodes / max(len(settled), 1))
