"""Cost of a fit against the length of the history."""

from collections.abc import Iterator
from functools import partial

import numpy as np

from benchmarks.recovery import drawn, truths
from benchmarks.row import Row, side_by_side

LENGTHS = (1000, 3000, 10_000, 30_000, 100_000)
LINEAR = 1.1


def rows() -> Iterator[Row]:
    """Seconds at each length, and the exponent of a power law through them."""
    for truth in truths():
        longest = drawn(truth, LENGTHS[-1], seed=1)
        runs = {str(n): partial(truth.estimator().fit, longest[:n]) for n in LENGTHS}
        times = list(side_by_side(runs, dict.fromkeys(runs, 3)).values())
        for n, time in zip(LENGTHS, times, strict=True):
            yield Row("cost", f"{truth.name}, n = {n}", "", 1000 * time, float("nan"), "ms", float("nan"), "", True)
        exponent = float(np.polyfit(np.log(LENGTHS), np.log(times), 1)[0])
        yield Row("cost", f"{truth.name}, exponent", "linear", exponent, 1.0, "", exponent, f"<= {LINEAR}", exponent <= LINEAR)
