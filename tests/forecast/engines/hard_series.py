"""Nine series on which climbs go astray, n from 150 to 950; made, each from its own seed."""

import numpy as np

from forecast.engines.arrays import Float


def hard_series() -> dict[str, Float]:
    """By what happens in them."""
    rng = [np.random.default_rng(seed) for seed in range(9)]
    trend = np.linspace(-1.5, 1.5, 700)
    return {
        "a floor let go": np.r_[rng[0].normal(0, 5e-4, 800), [-0.19], rng[0].normal(0, 0.006, 150)],
        "a peg with two jumps": np.r_[rng[1].normal(0, 1e-4, 300), [0.3], rng[1].normal(0, 1e-4, 300), [-0.4], rng[1].normal(0, 1e-4, 100)],
        "a trend in volatility": 0.01 * np.exp(trend) * rng[2].standard_normal(700),
        "a volatility that falls by steps": rng[3].standard_normal(600) * np.repeat([3.0, 1.0, 0.2], 200),
        "short": rng[4].standard_t(5, 150),
        "heavy": rng[5].standard_t(2.2, 800),
        "light": rng[6].uniform(-1, 1, 700),
        "nearly constant": 0.01 + 1e-5 * rng[7].standard_normal(500),
        "zeros and outliers": np.where(rng[8].random(700) < 0.6, 0.0, rng[8].standard_normal(700))
        + np.where(np.arange(700) % 233 == 100, 15, 0),
    }
