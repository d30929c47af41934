"""A small study of a simulated market, for trainings of about a second."""

from functools import cache
from pathlib import Path

import pytest

from forecast.api import TrainedRun, train
from forecast.backtest.experiment import validate
from forecast.backtest.study import Study
from tests import markets

EXPERIMENT = {
    "name": "small",
    "surge": {"min_z": 1.0, "min_return": 0.01},
    "sensitivity": {"horizons": []},
    "pullback": {"horizons": []},
    "walk_forward": {"start": "2007-06-01", "refit_every": 70},
    "model": {"components": ["climatology", "ewma"], "paths": 100},
    "interval": {"paths": 100},
}


@cache
def small_study(seed: int = 1) -> Study:
    """A handful of refits; the same seed, the same study to the bit."""
    return Study.of(validate(EXPERIMENT | {"seed": seed}, "small"), "simulated", markets.panel(), [])


def train_small(folder: Path) -> TrainedRun:
    """A run of it in `folder`, in no store and no history."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Study, "prepare", lambda *_, **__: small_study())
        return train(output=folder, track=False, report=False, keep_history=False, jobs=1)
