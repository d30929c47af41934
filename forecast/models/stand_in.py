"""Stand-in: the base rate in the place of a forecast that cannot be given, or climatology where no surge is settled to count from."""

import numpy as np

from forecast.engines.arrays import Float
from forecast.models.base_rate import FittedBaseRate, fit_base_rate
from forecast.models.climatology import frequencies, settled_episodes
from forecast.models.ensemble.methods import METHODS, STAND_IN
from forecast.models.forecasts import Forecasts
from forecast.models.surge_base_rate import BaseRates, beta_bounds
from forecast.target.sample import Sample


def stand_in_forecast(sample: Sample, components: int, level: float, fitted: FittedBaseRate | None = None) -> Forecasts:
    """What stands in for the forecast of the sample's last surge, of what was known at its close.

    Parameters
    ----------
    sample : Sample
        The market; of it nothing after the surge's session is looked at.
    components : int
        How many the experiment has; each is the stand-in, of equal weight.
    level : float
        Level of the intervals.
    fitted : FittedBaseRate, optional
        What is known of companions; by default nothing, so that the base rate is of this market alone.

    Returns
    -------
    Forecasts
        A batch of one, whose method is `STAND_IN`: the base rate; climatology where no surge is settled over the longest horizon.
    """
    place = len(sample.rows) - 1
    seen = sample.up_to(int(sample.rows[place]))
    base, climatology = (fitted or fit_base_rate([seen])).rates(seen), frequencies(seen)
    p, bounds = _reference(base, climatology, seen, level)
    each = np.tile(p, (components, 1, 1))[None]
    return Forecasts(
        surges=np.array([place]),
        trained_to=np.array([len(seen) - 1]),
        components=each,
        errors=np.zeros_like(each),
        spread=np.zeros_like(each),
        climatology=climatology[None],
        base_rates=base.frequencies[None],
        base_bounds=base.bounds(level)[None],
        base_episodes=np.rint(base.evidence).astype(np.int64)[None],
        by_method=np.full((1, len(METHODS), *p.shape), np.nan),
        uncalibrated=p[None],
        probabilities=p[None],
        bounds=bounds[None],
        method=np.array([STAND_IN]),
        weights=np.full((1, len(p), components), 1 / components),
    )


def _reference(base: BaseRates, climatology: Float, seen: Sample, level: float) -> tuple[Float, Float]:
    """Probabilities (q, 3) and bounds (q, 2, 3) of the base rate if there is any evidence of it, else of climatology."""
    if base.evidence.any():
        return base.frequencies, base.bounds(level)
    return climatology, beta_bounds(climatology, settled_episodes(seen).astype(np.float64)[:, None], level)
