"""Row: one measured figure beside its bound."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`ours` and `theirs` in `unit`; `ratio` is what is held to `bound`, and `met` whether it is."""

    topic: str
    setting: str
    peer: str
    ours: float
    theirs: float
    unit: str
    ratio: float
    bound: str
    met: bool


def seconds(run: Callable[[], object]) -> float:
    """Of the processor, in all threads of this process, that one call takes: a machine that is shared adds nothing to them."""
    began = time.process_time()
    run()
    return time.process_time() - began


def side_by_side(runs: Mapping[str, Callable[[], object]], repeats: Mapping[str, int]) -> dict[str, float]:
    """Least seconds of the processor of each run, called in turn so that a slow hour is slow for all; once before, uncounted.

    repeats : how many times each counts; a slow peer needs fewer.
    """
    found: dict[str, list[float]] = {name: [] for name in runs}
    for name, run in runs.items():
        if repeats[name] > 1:
            run()
    for turn in range(max(repeats.values())):
        for name, run in runs.items():
            if turn < repeats[name]:
                found[name].append(seconds(run))
    return {name: min(times) for name, times in found.items()}
