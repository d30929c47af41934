"""A small study of a simulated market, for trainings of less than a second."""

from forecast.backtest.experiment import validate
from forecast.backtest.study import Study
from tests import markets

EXPERIMENT = {
    "name": "small",
    "surge": {"min_z": 1.0, "min_return": 0.01},
    "sensitivity": {"horizons": []},
    "walk_forward": {"start": "2006-01-03", "refit_every": 150},
    "model": {"components": ["climatology", "ewma"], "paths": 100},
    "interval": {"paths": 100},
}


def small_study(seed: int = 1) -> Study:
    """A handful of refits; the same seed, the same study to the bit."""
    return Study.of(validate(EXPERIMENT | {"seed": seed}, "small"), "simulated", markets.panel(), [])
