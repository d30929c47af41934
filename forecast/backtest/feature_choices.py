"""Choices: one walk-forward under several choices of features, at the cost of the components that see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed

from features.errors import InputError
from forecast.backtest.backtest import Forecasts, Progress, backtest, folds_of, pooled_forecasts, silent, stacked
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward import forecast_fold
from forecast.engines.probabilities import Prediction
from forecast.models import LEARNERS
from forecast.target.sample import Sample
from forecast.target.splits import Fold

Choices = Mapping[str, Sequence[str]]  # names of features by the label of the choice


def backtest_blind(samples: Sequence[Sample], experiment: Experiment, *, jobs: int = 1, progress: Progress = silent) -> Forecasts | None:
    """The walk-forward of the experiment's components that the choice changes nothing for; None if it has none."""
    blind = tuple(name for name in experiment.model.components if name not in LEARNERS)
    return backtest(samples, _only(experiment, blind), jobs=jobs, progress=progress) if blind else None


def backtest_choices(
    samples: Sequence[Sample],
    experiment: Experiment,
    choices: Choices,
    *,
    blind: Forecasts | None,
    jobs: int = 1,
    progress: Progress = silent,
) -> dict[str, Forecasts]:
    """What `backtest` gives, to the bit, if models may learn from the features of each choice.

    blind : as `backtest_blind` gives it for the same samples and experiment, whatever features their models may learn from.
    Only the components in LEARNERS are fitted here; InputError if the experiment has none of them.
    """
    learners = tuple(name for name in experiment.model.components if name in LEARNERS)
    if not learners:
        raise InputError(
            f"model.components: none of {list(experiment.model.components)} learns from a choice of features; add {min(LEARNERS)!r}"
        )
    target, folds = samples[0], folds_of(samples[0], experiment)
    chosen = [[replace(sample, chosen=tuple(names)) for sample in samples] for names in choices.values()]
    tasks = (delayed(_every_choice)(fold, chosen, _only(experiment, learners)) for fold in folds)
    found: list[list[tuple[Prediction, tuple[str, ...]]]] = []
    for result in Parallel(n_jobs=max(min(jobs, len(folds)), 1), return_as="generator")(tasks):
        found.append(result)
        progress(f"features, {len(choices)} ways", len(found), len(folds))
    by_choice = list(zip(*found, strict=True)) or [()] * len(choices)
    assemblies = (delayed(_assembled)(target, folds, given, experiment, blind) for given in by_choice)
    pools = []
    for pool in Parallel(n_jobs=max(min(jobs, len(choices)), 1), return_as="generator")(assemblies):
        pools.append(pool)
        progress("weights of the pool", len(pools), len(choices))
    return dict(zip(choices, pools, strict=True))


def _only(experiment: Experiment, components: tuple[str, ...]) -> Experiment:
    return experiment.model_copy(update={"model": experiment.model.model_copy(update={"components": components})})


def _every_choice(fold: Fold, chosen: Sequence[Sequence[Sample]], experiment: Experiment) -> list[tuple[Prediction, tuple[str, ...]]]:
    """One fold under every choice, so that what does not hang on features is fitted once."""
    return [forecast_fold(fold, samples, experiment) for samples in chosen]


def _assembled(
    target: Sample,
    folds: Sequence[Fold],
    given: Sequence[tuple[Prediction, tuple[str, ...]]],
    experiment: Experiment,
    blind: Forecasts | None,
) -> Forecasts:
    """The learners' chances among those of the blind components, in the experiment's order, and the pool of all."""
    names = experiment.model.components
    learners = [k for k, name in enumerate(names) if name in LEARNERS]
    others = [k for k in range(len(names)) if k not in learners]
    learned = stacked(target, [chances for chances, _ in given], len(learners))
    shape = (len(learned.probabilities), len(names), *learned.probabilities.shape[2:])
    known = [(learned.probabilities, "components"), (learned.errors, "errors"), (learned.spread_or_nan, "spread")]
    whole = [np.empty(shape) for _ in known]
    for part, (mine, theirs) in zip(whole, known, strict=True):
        part[:, learners] = mine
        if blind is not None:
            part[:, others] = getattr(blind, theirs)
    notes = (*(() if blind is None else blind.notes), *(note for _, noted in given for note in noted))
    return pooled_forecasts(target, folds, Prediction(*whole), experiment, notes)
