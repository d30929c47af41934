"""The study: how far the forecaster is from the truth, by the length of the history that it has learned from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

import numpy as np

from experiments.truth.law import TrueLaw, true_law
from experiments.truth.market import YEAR, SimulatedMarket, draw, sessions_of
from forecast.backtest.backtest import backtest
from forecast.backtest.experiment import Experiment, Outcome
from forecast.backtest.forecaster_names import POOL
from forecast.backtest.verification.scores import log_score
from forecast.backtest.walk_forward import Progress, silent
from forecast.backtest.walk_forward_rule import WalkForward
from forecast.engines.arrays import Float, Int
from forecast.engines.passage.first_passage import first_passage
from forecast.engines.seeds import session_key
from forecast.models.ensemble.pool import pooled
from forecast.models.forecasts import Forecasts
from forecast.models.rules import ModelRule
from forecast.target.outcome import UNSETTLED
from forecast.target.question import Question
from forecast.target.sample import Sample

LENGTHS = (5.0, 10.0, 20.0, 40.0, 60.0)  # years
STEP = 2.5  # years between two refits, and that each is asked for: every length is one of them
SEEDS = (1, 2, 3, 4, 5, 6)
PATHS = 200_000  # of the truth: a standard error of 0.0011 at most
NO_DRIVER = "truth without the driver"
RIGHT = ("garch", "msgarch")  # the components of the true law's form, or of its one-regime case
EQUAL, INFORMED = "equal weights", "garch, msgarch alone"  # pools that nobody had to learn
QUESTIONS = (Question(barrier="surge", size=0.5), Question(barrier="sigma", size=0.75), Question(barrier="fixed", size=0.05))


@dataclass(frozen=True)
class TruthDesign:
    """What is simulated and forecast.

    lengths : years, multiples of `step` from the first on.   paths : of the truth.

    Parameters
    ----------
    experiment : Experiment
        Whose components, pool and rules of the surge are put to the test.
    """

    law: TrueLaw
    experiment: Experiment
    lengths: tuple[float, ...] = LENGTHS
    step: float = STEP
    seeds: tuple[int, ...] = SEEDS
    paths: int = PATHS

    def __post_init__(self) -> None:
        steps = (np.array(self.lengths) - self.lengths[0]) / self.step
        if not np.allclose(steps, np.round(steps)):
            raise ValueError(f"lengths must be multiples of {self.step:g} years from the first on, got {self.lengths}")


def default_design(
    *,
    lengths: Sequence[float] = LENGTHS,
    step: float = STEP,
    seeds: Sequence[int] = SEEDS,
    paths: int = PATHS,
    model: ModelRule | None = None,
) -> TruthDesign:
    """The default experiment, asked one question of each kind of barrier over 21 sessions, refitted every `step` years."""
    main, *also = QUESTIONS
    outcome = Outcome(horizon=main.horizon, barrier=main.barrier, size=main.size, also=tuple(also))
    rule = WalkForward(start=_day(lengths[0]), refit_every=round(YEAR * step), min_history=min(750, round(YEAR * lengths[0])))
    experiment = Experiment(name="truth", outcome=outcome, walk_forward=rule, model=model or ModelRule())
    return TruthDesign(true_law(), experiment, tuple(lengths), step, tuple(seeds), paths)


def _day(years: float) -> date:
    """The session that ends the first `years`."""
    return sessions_of(years)[-1].date()


@dataclass(frozen=True)
class MarketForecasts:
    """The forecasts of one market at one length of history, n surges.

    Parameters
    ----------
    truth : numpy.ndarray of shape (n, q, 3)
    forecasts : dict of str to numpy.ndarray of shape (n, q, 3)
        By forecaster.
    outcomes : numpy.ndarray of shape (n, q), int
        UNSETTLED where the market ends first.
    weights : dict of str to float
        Mean weight in the pool by component, over surges and questions.
    """

    seed: int
    length: float
    truth: Float
    forecasts: dict[str, Float]
    outcomes: Int
    weights: dict[str, float]

    def error(self, name: str) -> float:
        """Mean absolute error of the probabilities of `name` over surges, questions and outcomes."""
        return float(np.abs(self.forecasts[name] - self.truth).mean())

    def excess(self, name: str) -> float:
        """Expected log score of `name` less the truth's, given the past: the mean Kullback-Leibler divergence, >= 0."""
        return float((self.truth * np.log(self.truth / self.forecasts[name])).sum(axis=2).mean())

    def realised(self, name: str) -> float:
        """Log score of `name` less the truth's on what happened; NaN where nothing is settled."""
        settled = self.outcomes != UNSETTLED
        happened = self.outcomes[settled].astype(np.int64)
        gap = log_score(self.forecasts[name][settled], happened) - log_score(self.truth[settled], happened)
        return float(gap.mean()) if len(gap) else np.nan


def measure(design: TruthDesign, *, jobs: int = 1, progress: Progress = silent) -> list[MarketForecasts]:
    """Every market through the walk-forward, and the truth beside each forecast at each length."""
    markets = []
    for number, seed in enumerate(design.seeds, 1):
        market = draw(design.law, design.lengths[-1] + design.step + design.experiment.outcome.horizon / YEAR, seed)
        sample = market.sample(design.experiment)
        tested = backtest([sample], design.experiment, jobs=jobs, progress=_of(progress, number, design)).forecasts
        markets.extend(_at_lengths(design, market, sample, tested, jobs, _of(progress, number, design)))
    return markets


def _of(progress: Progress, number: int, design: TruthDesign) -> Progress:
    return lambda stage, done, total: progress(f"market {number} of {len(design.seeds)}, {stage}", done, total)


def _at_lengths(
    design: TruthDesign, market: SimulatedMarket, sample: Sample, tested: Forecasts, jobs: int, progress: Progress
) -> list[MarketForecasts]:
    years = sample.rows[tested.surges] / YEAR
    windows = [np.flatnonzero((years >= length) & (years < length + design.step)) for length in design.lengths]
    total = sum(len(places) for places in windows)
    markets: list[MarketForecasts] = []
    for length, places in zip(design.lengths, windows, strict=True):
        surges = tested.surges[places]
        done = sum(len(one.truth) for one in markets)
        truth = true_chances(design.law, market, sample, surges, design.paths, jobs, partial(_counted, progress, done, total))
        blind = true_chances(design.law.without_driver(), market, sample, surges, design.paths // 8, jobs)
        names = design.experiment.model.components
        components = {name: tested.components[places, k] for k, name in enumerate(names)}
        forecasts = {POOL: tested.probabilities[places], **unlearned(components), NO_DRIVER: blind, **components}
        weights = dict(zip(names, tested.weights[places].mean(axis=(0, 1)).tolist(), strict=True)) if len(places) else {}
        markets.append(MarketForecasts(int(market.name.split()[-1]), length, truth, forecasts, sample.outcomes[surges], weights))
    return markets


def unlearned(components: Mapping[str, Float]) -> dict[str, Float]:
    """Pools with equal weights, (n, q, 3): of all components, and of those of the true law's form, where the forecaster has them."""
    pools = {EQUAL: tuple(components), INFORMED: RIGHT}
    forecasts = {}
    for label, names in pools.items():
        if set(names) <= set(components):
            each = np.stack([components[name] for name in names], axis=-2)
            forecasts[label] = pooled(each, np.full(each.shape[:-1], 1 / len(names)))
    return forecasts


def _counted(progress: Progress, before: int, total: int, done: int) -> None:
    progress("truth", before + done, total)


def true_chances(
    law: TrueLaw,
    market: SimulatedMarket,
    sample: Sample,
    surges: Int,
    paths: int,
    threads: int,
    counted: Callable[[int], None] | None = None,
) -> Float:
    """Probabilities of `law` at the surges number `surges` of the sample, (n, q, 3), each from what was known at its close.

    counted : is called with how many are done, after each.
    """
    out = np.empty((len(surges), len(sample.questions), 3))
    for i, ahead in enumerate(law.ahead(market.returns, market.driver, sample.rows[surges])):
        key = session_key(0, f"truth of {market.name}", sample.sessions[sample.rows[surges[i]]])
        out[i] = first_passage(ahead, sample.barriers[surges[i]], sample.horizons, key=key, paths=paths, threads=threads).probabilities
        if counted is not None:
            counted(i + 1)
    return out


@dataclass(frozen=True)
class AccuracyRow:
    """One forecaster at one length of history: means of the markets, each counting the same, and their standard errors.

    Parameters
    ----------
    weight : float
        In the pool; NaN for what is no component.
    """

    name: str
    length: float
    error: float
    error_se: float
    excess: float
    excess_se: float
    realised: float
    weight: float
    surges: int


def rows_of(markets: Sequence[MarketForecasts]) -> list[AccuracyRow]:
    """A row a forecaster and length; markets without a surge at that length have no part in it."""
    rows = []
    names = list(markets[0].forecasts)
    for length in dict.fromkeys(one.length for one in markets):
        those = [one for one in markets if one.length == length and len(one.truth)]
        for name in names:
            error, excess = [one.error(name) for one in those], [one.excess(name) for one in those]
            realised = float(np.nanmean([one.realised(name) for one in those])) if those else np.nan
            weight = float(np.mean([one.weights.get(name, np.nan) for one in those])) if those else np.nan
            rows.append(AccuracyRow(name, length, *_mean(error), *_mean(excess), realised, weight, sum(len(one.truth) for one in those)))
    return rows


def _mean(values: Sequence[float]) -> tuple[float, float]:
    """Mean and standard error of as many markets; NaN where there are too few."""
    if not values:
        return np.nan, np.nan
    return float(np.mean(values)), float(np.std(values, ddof=1) / len(values) ** 0.5) if len(values) > 1 else np.nan
