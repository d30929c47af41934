"""Forecasts: folds in, the components' probabilities for every surge out; then the pool, as it would have been weighted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from features.errors import InputError
from forecast.backtest.checkpoints import Checkpoints
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward import Progress, silent, walk
from forecast.engines.arrays import Float, Int
from forecast.engines.probabilities import Prediction, concatenate
from forecast.models.climatology import frequencies
from forecast.models.ensemble.ensemble import Ensemble, Told, fit_ensemble
from forecast.models.ensemble.intervals import TrackRecord, bounds, calibration_error, doubt
from forecast.models.ensemble.methods import every_rival
from forecast.target.outcome import UNSETTLED
from forecast.target.sample import Sample
from forecast.target.splits import Fold, walk_forward_folds
from forecast.target.surge import episode_numbers

__all__ = [
    "PER_SURGE",
    "Forecasts",
    "Given",
    "Progress",
    "backtest",
    "bounds_known",
    "first_row",
    "folds_of",
    "give",
    "pooled_forecasts",
    "resolved_by",
    "silent",
    "stacked",
]


@dataclass(frozen=True)
class Forecasts:
    """Walk-forward forecasts of one market.

    surges : (n,) places of the forecast surges among the sample's.   trained_to : (n,) row their models had seen.
    components, errors, spread : (n, n_components, q, 3), probabilities, their Monte-Carlo standard errors and what their
    parameters leave open.   climatology : (n, q, 3), that of the day.
    uncalibrated, probabilities : (n, q, 3), the components combined, and
    the forecast that comes of it.   bounds : (n, q, 2, 3), low and high of each of its probabilities.   method : (n,) how they were
    combined.   weights : (n, q, n_components), by which.   chains : what made the forecasts of each `trained_to`; none of a forecast
    read from tables.   notes : what the fits had to report, with the session they were trained to.   resumed : how many refits an
    earlier run had finished.
    """

    surges: Int
    trained_to: Int
    components: Float
    errors: Float
    spread: Float
    climatology: Float
    uncalibrated: Float
    probabilities: Float
    method: np.ndarray
    weights: Float
    bounds: Float
    chains: Mapping[int, Ensemble]
    notes: tuple[str, ...]
    resumed: int = 0

    @classmethod
    def of(cls, surge: int, given: "Given") -> "Forecasts":
        """One forecast, of the surge number `surge`."""
        fields: dict[str, Any] = {field: np.asarray(getattr(given, field))[None] for field in PER_SURGE}
        return cls(surges=np.array([surge]), **fields, chains=_chains_of(given), notes=())

    def given(self, surge: int) -> "Given | None":
        """The forecast of the surge number `surge` of the sample; None if it came before the walk-forward's start."""
        place = np.flatnonzero(self.surges == surge)
        if not len(place):
            return None
        one: dict[str, Any] = {field: getattr(self, field)[place[0]] for field in PER_SURGE}
        one |= {"trained_to": int(one["trained_to"]), "method": str(one["method"])}
        return Given(**one, chain=self.chains.get(one["trained_to"]))

    def with_last(self, surge: int, given: "Given") -> "Forecasts":
        """The same with `given` as the forecast of the last surge, in place of an earlier one."""
        kept = self.surges != surge

        def joined(before: Any, last: Any) -> Any:
            return np.concatenate([before[kept], np.asarray(last)[None]])

        fields = {field: joined(getattr(self, field), getattr(given, field)) for field in PER_SURGE}
        return replace(self, surges=joined(self.surges, surge), **fields, chains={**self.chains, **_chains_of(given)})

    def told(self, target: Sample) -> Told:
        """The forecasts as the next chain learns from them, `target` being their sample; KeyError where chains are not at hand."""
        told = Told.blank(target, self.surges, self.components, self.climatology)
        for i, trained_to in enumerate(self.trained_to):
            told.rivals[i] = every_rival(self.components[i], self.chains[int(trained_to)].weights)
        told.uncalibrated[:] = self.uncalibrated
        return told


@dataclass(frozen=True)
class Given:
    """The forecast of one surge as it was given: climatology, uncalibrated and probabilities (q, 3), weights (q, n_components) by `method`.

    components, errors, spread : (n_components, q, 3), probabilities, their Monte-Carlo standard errors and what their parameters
    leave open.   bounds : (q, 2, 3).   chain : what made the forecast of the components; None for one read from tables.
    """

    trained_to: int
    components: Float
    errors: Float
    spread: Float
    climatology: Float
    uncalibrated: Float
    probabilities: Float
    method: str
    weights: Float
    bounds: Float
    chain: Ensemble | None


PER_SURGE = (
    "trained_to",
    "components",
    "errors",
    "spread",
    "climatology",
    "uncalibrated",
    "probabilities",
    "method",
    "weights",
    "bounds",
)  # of both


def _chains_of(given: Given) -> dict[int, Ensemble]:
    return {} if given.chain is None else {given.trained_to: given.chain}


def give(
    sample: Sample, row: int, trained_to: int, components: Prediction, chain: Ensemble, resolved: Sequence[TrackRecord], level: float
) -> Given:
    """The forecast of the surge at `row` from its components' chances, (n_components, q, 3).

    resolved : of each question, the forecasts settled when the models were fitted.   level : of the interval.
    """
    base, uncalibrated, weights = frequencies(sample.up_to(row)), chain.pool(components.probabilities), chain.weights_in_force
    pool = chain.forecast(uncalibrated, base, sample.barriers[np.searchsorted(sample.rows, row)], sample.horizons)
    evidence = np.stack([past.evidence(pool[[q]])[0] for q, past in enumerate(resolved)])
    known = bounds_known(components, pool, weights, evidence, chain.calibration_error(uncalibrated, base), level)
    told = (components.probabilities, components.errors, components.spread_or_nan)
    return Given(trained_to, *told, base, uncalibrated, pool, chain.method, weights, known, chain)


def bounds_known(components: Prediction, pool: Float, weights: Float, evidence: Float, moves: Float, level: float) -> Float:
    """Low and high of the final probabilities `pool` (..., q, 3), (..., q, 2, 3); they hold these, coherent as they are.

    components : chances (..., n_components, q, 3).   weights : (..., q, n_components).   evidence : (..., q, 3) episodes.
    moves : (..., q, 3), what the calibration's slopes and biases leave open, in log odds.
    How well calibrated the forecast is has two accounts, and the larger counts; their sum would count one error twice. The frequency of
    settled forecasts near this one (`calibration_error`) presumes no form, but without a neighbour it says no more than its prior.
    The calibration's own moves presume lines, and leave the more open the farther a forecast is from climatology, where it extrapolates.
    """
    given, errors, spread = (np.swapaxes(part, -3, -2) for part in (components.probabilities, components.errors, components.spread_or_nan))
    calibration = np.maximum(calibration_error(pool, evidence), moves)
    return bounds(pool, doubt(given, spread, errors, weights, calibration), level)


def first_row(sample: Sample, experiment: Experiment) -> int:
    """Row at which the walk-forward starts: that of `start`, and never before `min_history` sessions; InputError if there is none."""
    rule = experiment.walk_forward
    opening = sample.sessions[0]
    start = np.datetime64(rule.start) if rule.start else opening + np.timedelta64(5 * 365 + 1, "D")
    row = max(int(np.searchsorted(sample.sessions, start)), rule.min_history)
    if row >= len(sample):
        raise InputError(
            f"walk_forward: would start on {start}, or after {rule.min_history} sessions, but the last session of {sample.market} is "
            f"{sample.sessions[-1]}; choose an earlier start or a longer history"
        )
    return row


def backtest(
    samples: Sequence[Sample], experiment: Experiment, *, jobs: int = 1, progress: Progress = silent, kept: Checkpoints | None = None
) -> Forecasts:
    """Forecast every surge of the first sample from the walk-forward's start, learning from all samples.

    Each fold is fitted from scratch on what was known, so folds are independent: any number of workers gives the same bits.
    kept : where finished folds are kept, and taken from if they are there.
    """
    target = samples[0]
    folds = folds_of(target, experiment)
    walked = walk(folds, samples, experiment, jobs=jobs, progress=progress, kept=kept)
    chances = stacked(target, [given for given, _ in walked.results], len(experiment.model.components))
    notes = (*(note for _, noted in walked.results for note in noted), *walked.notes)
    return replace(pooled_forecasts(target, folds, chances, experiment, notes, progress=progress), resumed=walked.resumed)


def folds_of(target: Sample, experiment: Experiment) -> list[Fold]:
    """The walk-forward's refits."""
    return list(walk_forward_folds(target.rows, start=first_row(target, experiment), refit_every=experiment.walk_forward.refit_every))


def stacked(target: Sample, given: Sequence[Prediction], components: int) -> Prediction:
    """The folds' chances one after the other, (n, n_components, q, 3)."""
    if not given:
        return Prediction.exact(np.zeros((0, components, len(target.questions), 3)))
    return concatenate(given)


def pooled_forecasts(
    target: Sample,
    folds: Sequence[Fold],
    chances: Prediction,
    experiment: Experiment,
    notes: tuple[str, ...],
    *,
    progress: Progress = silent,
) -> Forecasts:
    """The backtest that the components' chances make, (n, n_components, q, 3).

    Fold by fold, in the order of time: each chain learns from the forecasts told so far, and tells those of its fold.
    """
    surges = np.concatenate([fold.test for fold in folds]) if folds else np.zeros(0, dtype=int)
    trained_to = np.repeat([fold.trained_to for fold in folds], [len(fold.test) for fold in folds]).astype(int)
    components = chances.probabilities
    base = (
        np.stack([frequencies(target.up_to(int(target.rows[m]))) for m in surges]) if len(surges) else np.zeros((0, *components.shape[2:]))
    )
    told, pool, noted = Told.blank(target, surges, components, base), np.empty_like(base), list(notes)
    chains: dict[int, Ensemble] = {}
    for fold in folds:
        progress("pool and calibration", len(chains), len(folds))
        chain, found = fit_ensemble(target, told, fold.trained_to, experiment)
        for place in np.flatnonzero(trained_to == fold.trained_to):
            pool[place] = told.tell(int(place), chain)
        chains[fold.trained_to] = chain
        noted.extend(f"{target.sessions[fold.trained_to]}: {note}" for note in found)
    methods = np.array([chains[row].method for row in trained_to], dtype=np.str_)
    shape = (len(surges), len(target.questions), components.shape[1])
    weights = np.array([chains[row].weights_in_force for row in trained_to]).reshape(shape)
    evidence = _evidence(target, surges, trained_to, pool)
    known = bounds_known(chances, pool, weights, evidence, _moves(chains, trained_to, told), experiment.interval.level)
    return Forecasts(
        surges,
        trained_to,
        components,
        chances.errors,
        chances.spread_or_nan,
        base,
        told.uncalibrated,
        pool,
        methods,
        weights,
        known,
        chains,
        tuple(noted),
    )


def _moves(chains: Mapping[int, Ensemble], trained_to: Int, told: Told) -> Float:
    """What the calibration of its chain leaves open in each forecast, in log odds, (n, q, 3)."""
    moves = np.zeros_like(told.uncalibrated)
    for row, chain in chains.items():
        now = trained_to == row
        moves[now] = chain.calibration_error(told.uncalibrated[now], told.climatology[now])
    return moves


def _evidence(target: Sample, surges: Int, trained_to: Int, pool: Float) -> Float:
    """Settled episodes near each probability, (n, q, 3), as they were when its models were fitted."""
    evidence = np.zeros_like(pool)
    for cutoff in np.unique(trained_to):
        now = trained_to == cutoff
        for q, past in enumerate(resolved_by(target, surges, pool, int(cutoff))):
            evidence[now, q] = past.evidence(pool[now, q])
    return evidence


def resolved_by(target: Sample, surges: Int, pool: Float, row: int) -> list[TrackRecord]:
    """Of each question, the final forecasts `pool` (n, q, 3) of `surges` that were settled before the close of `row`."""
    seen = target.up_to(row)
    past = surges[surges < len(seen.rows)]
    found = []
    for q, question in enumerate(target.questions):
        settled = seen.outcomes[past, q] != UNSETTLED
        found.append(TrackRecord(pool[: len(past)][settled, q], episode_numbers(seen.rows[past[settled]], question.horizon)))
    return found
