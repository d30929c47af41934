"""ParameterLayout: names of a specification's natural parameters, and where the kernels find each; whatever the returns."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from forecast.engines.arrays import Flags, Int
from forecast.engines.garch.msgarch_spec import MSGarchSpec
from forecast.engines.garch.recursion_coordinates import KINDS, member_names, parameter_places, recursion_layout
from forecast.engines.kernels.coordinate_maps import REAL
from forecast.engines.kernels.variance_recursions import EGARCH, TARCH
from forecast.engines.switching.coordinates import NO_STICKS, Rules, Sticks, TransitionLogits


@dataclass(frozen=True)
class ParameterLayout:
    """Places are among the natural parameters, -1 where there is none; arrays of k are by regime.

    `nu_names` to `mean_names` are of one block each. `as_they_are` is the map of coordinates that are the parameters themselves.
    """

    names: tuple[str, ...]
    nu_names: tuple[str, ...]
    skew_names: tuple[str, ...]
    kinds: Int  # (k,)
    places: Int  # (k, 6) of omega, alpha, gamma, beta, nu and lambda
    exits: Int  # (k (k - 1),)
    mean_places: Int  # (2,) of drift and ar
    log_states: Flags  # (k,)
    root_states: Flags  # (k,)
    as_they_are: tuple[Rules, Sticks]

    @property
    def first_exit(self) -> int:
        """Place of the first probability of leaving."""
        return int(min(self.exits, default=-1))


@lru_cache(maxsize=64)
def parameter_layout(spec: MSGarchSpec, fitted_drift: bool, ar: bool) -> ParameterLayout:
    """The layout of a specification with these parameters of the mean."""
    recursions, exits = recursion_layout(spec.variance, spec.shared), TransitionLogits(spec.k).names
    tails, skews = [dist != "normal" for dist in spec.dist], [dist == "skewt" for dist in spec.dist]
    nu, skew = (member_names(name, np.flatnonzero(has), name in spec.shared, spec.k) for name, has in (("nu", tails), ("lambda", skews)))
    names = (*recursions.names, *nu, *skew, *exits, *(("drift",) if fitted_drift else ()), *(("ar",) if ar else ()))
    kinds = np.array([KINDS[kind] for kind in spec.variance])
    shapes = parameter_places(names, "nu", tails), parameter_places(names, "lambda", skews)
    return ParameterLayout(
        names=names,
        nu_names=nu,
        skew_names=skew,
        kinds=kinds,
        places=np.column_stack([recursions.places, *shapes]),
        exits=np.array([names.index(name) for name in exits], dtype=np.int64),
        mean_places=np.array([names.index(name) if name in names else -1 for name in ("drift", "ar")]),
        log_states=kinds == EGARCH,
        root_states=kinds == TARCH,
        as_they_are=(Rules.of(len(names), REAL), NO_STICKS),
    )
