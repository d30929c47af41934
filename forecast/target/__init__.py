"""The target: surges, questions, outcomes, samples, splits. The only door to the future."""

from forecast.target.barrier import barriers
from forecast.target.outcome import label_outcomes
from forecast.target.question import Question
from forecast.target.sample import Sample, build_sample, price_sample, samples_as_of
from forecast.target.sklearn_splits import CombinatorialPurgedSplit, ForwardPurgedSplit
from forecast.target.splits import Fold, PurgedSplit, backtest_paths, purged_splits, walk_forward_folds
from forecast.target.surge import SurgeRule, episode_numbers, find_surges, surge_moves

__all__ = [
    "CombinatorialPurgedSplit",
    "Fold",
    "ForwardPurgedSplit",
    "PurgedSplit",
    "Question",
    "Sample",
    "SurgeRule",
    "backtest_paths",
    "barriers",
    "build_sample",
    "episode_numbers",
    "find_surges",
    "label_outcomes",
    "price_sample",
    "purged_splits",
    "samples_as_of",
    "surge_moves",
    "walk_forward_folds",
]
