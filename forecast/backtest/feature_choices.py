"""One walk-forward under several choices of features, at the cost of the components that see them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from joblib import Parallel, delayed

from features.errors import InputError
from forecast.backtest.backtest import backtest, pool_folds
from forecast.backtest.checkpoints import FoldPrediction
from forecast.backtest.experiment import Experiment
from forecast.backtest.walk_forward import Progress, predict_fold, silent
from forecast.engines.probabilities import Prediction
from forecast.models import MODELS, learns_from_choice
from forecast.models.forecasts import Forecasts
from forecast.target.sample import Sample
from forecast.target.splits import Fold

Choices = Mapping[str, Sequence[str]]  # names of features by the label of the choice


def backtest_blind(samples: Sequence[Sample], experiment: Experiment, *, jobs: int = 1, progress: Progress = silent) -> Forecasts | None:
    """The walk-forward of the components that learn from no chosen feature, the same for every choice; None if there are none."""
    blind = tuple(name for name in experiment.model.components if name not in _learners(experiment))
    return backtest(samples, _only(experiment, blind), jobs=jobs, progress=progress).forecasts if blind else None


def backtest_choices(
    samples: Sequence[Sample],
    experiment: Experiment,
    choices: Choices,
    *,
    blind: Forecasts | None,
    jobs: int = 1,
    progress: Progress = silent,
) -> dict[str, Forecasts]:
    """The forecasts of `backtest`, to the bit, if models may learn from the features of each choice.

    blind : as `backtest_blind` gives it for the same samples and experiment, whatever features their models may learn from.
    Only the components that learn from the chosen features are fitted here; InputError if the experiment has none of them.
    """
    learners = _learners(experiment)
    if not learners:
        able = min(filter(learns_from_choice, MODELS))
        raise InputError(f"model.components: none of {list(experiment.model.components)} learns from a choice of features; add {able!r}")
    target, folds = samples[0], experiment.walk_forward.folds(samples[0])
    chosen = [[replace(sample, chosen=tuple(names)) for sample in samples] for names in choices.values()]
    tasks = (delayed(_every_choice)(fold, chosen, _only(experiment, learners)) for fold in folds)
    by_fold: list[list[FoldPrediction]] = []
    for predictions in Parallel(n_jobs=max(min(jobs, len(folds)), 1), return_as="generator")(tasks):
        by_fold.append(predictions)
        progress(f"features, {len(choices)} ways", len(by_fold), len(folds))
    by_choice = list(zip(*by_fold, strict=True)) or [()] * len(choices)
    assemblies = (delayed(_assembled)(target, folds, predictions, experiment, blind) for predictions in by_choice)
    results = []
    for forecasts in Parallel(n_jobs=max(min(jobs, len(choices)), 1), return_as="generator")(assemblies):
        results.append(forecasts)
        progress("weights of the pool", len(results), len(choices))
    return dict(zip(choices, results, strict=True))


def _learners(experiment: Experiment) -> tuple[str, ...]:
    """The components of the experiment that learn from the chosen features."""
    return tuple(name for name in experiment.model.components if learns_from_choice(name))


def _only(experiment: Experiment, components: tuple[str, ...]) -> Experiment:
    return experiment.model_copy(update={"model": experiment.model.model_copy(update={"components": components})})


def _every_choice(fold: Fold, chosen: Sequence[Sequence[Sample]], experiment: Experiment) -> list[FoldPrediction]:
    """One fold under every choice, so that what does not depend on features is fitted once."""
    return [predict_fold(fold, samples, experiment) for samples in chosen]


def _assembled(
    target: Sample, folds: Sequence[Fold], learned: Sequence[FoldPrediction], experiment: Experiment, blind: Forecasts | None
) -> Forecasts:
    """The learners' predictions among those of the blind components, in the experiment's order, and the forecasts of all."""
    names = experiment.model.components
    places = [names.index(name) for name in _learners(experiment)]
    others = [k for k in range(len(names)) if k not in places]
    predictions = []
    for fold, (prediction, base, notes) in zip(folds, learned, strict=True):
        parts = []
        rows = None if blind is None else blind.select(blind.trained_to == fold.trained_to)
        for mine, name in zip(prediction.parts, ("components", "errors", "spread"), strict=True):
            part = np.empty((len(mine), len(names), *mine.shape[2:]))
            part[:, places] = mine
            if rows is not None:
                part[:, others] = getattr(rows, name)
            parts.append(part)
        predictions.append(FoldPrediction(Prediction(*parts), base, notes))
    return pool_folds(target, folds, predictions, experiment)[0]
