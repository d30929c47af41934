"""What a reader should know of a fit that stands: data that look like levels, and paths that explode."""

import numpy as np

from forecast.engines.arrays import Float

EXPLOSIVE = 10.0  # a simulated volatility so many times the sample's largest move from its mean is not of the data's size
AHEAD, PATHS = 126, 256  # sessions and paths that are looked at: half a year
LEVEL, STEP, CORRELATION = 30.0, 0.02, 0.95  # least median level, largest median step, and least correlation of index levels


def index_levels(returns: Float) -> tuple[str, ...]:
    """A line where numbers look like index levels: all above zero, of their size, moving little from one to the next.

    Interest rates, growth rates and volatilities are smaller, move more or fall below zero.
    """
    values = returns[np.isfinite(returns)]
    if len(values) < 30 or not (values > 0).all() or np.median(values) < LEVEL:
        return ()
    step = float(np.median(np.abs(np.diff(np.log(values)))))
    if step > STEP or np.corrcoef(values[1:], values[:-1])[0, 1] < CORRELATION:
        return ()
    text = f"these look like index levels (all above zero, median {np.median(values):.4g}, typical step {step:.1%}), not returns"
    return (f"{text}: take differences of logs first",)


def is_calm(variance: float, returns: Float) -> bool:
    """Whether paths whose returns have at most this variance are seen not to explode: a hundredth of the square that would do so."""
    largest = float(np.nanmax(np.abs(returns - np.nanmean(returns))))
    return variance <= largest**2


def explosion(paths: Float, returns: Float) -> tuple[str, ...]:
    """A line where simulated returns `paths` (paths, sessions) outgrow the sample's."""
    centre = float(np.nanmean(returns))
    with np.errstate(all="ignore"):
        size = float(np.sqrt(np.mean((paths - centre) ** 2, axis=0)).max())
    largest = float(np.nanmax(np.abs(returns - centre)))
    if size <= EXPLOSIVE * largest:
        return ()
    return (f"simulated paths explode: within {AHEAD} sessions their volatility is {size / largest:.3g} times the sample's largest move",)
