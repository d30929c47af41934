"""MSGarchSpec: the validated parameters of a Markov-switching GARCH estimator."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from forecast.engines.arrays import Int
from forecast.engines.garch.recursion_coordinates import COEFFICIENTS, Variance
from forecast.engines.switching.validation import at_least, one_of

if TYPE_CHECKING:
    from forecast.engines.garch.msgarch import MSGarch

Dist = Literal["normal", "t", "skewt"]
SHARED = (*COEFFICIENTS, "nu", "lambda")
VARIANCES = ("garch", "gjr", "tarch", "egarch")
DISTS = ("normal", "t", "skewt")


@dataclass(frozen=True)
class MSGarchSpec:
    """The regimes' recursions and innovations, what they share, and where the likelihood begins."""

    variance: tuple[Variance, ...]
    dist: tuple[Dist, ...]
    shared: frozenset[str]
    start: Literal["unconditional", "sample", "backcast"]
    score_first: bool

    @property
    def k(self) -> int:
        """Regimes."""
        return len(self.variance)

    def reordered(self, order: Int) -> "MSGarchSpec":
        """The same specification with its regimes in another order."""
        return replace(self, variance=tuple(self.variance[j] for j in order), dist=tuple(self.dist[j] for j in order))


def msgarch_spec(model: "MSGarch") -> MSGarchSpec:
    """The estimator's parameters; ValueError names one that is not valid."""
    at_least("n_regimes", model.n_regimes, 1)
    at_least("n_starts", model.n_starts, 1)
    model._validate_climb()
    one_of("ar", model.ar, (0, 1))
    one_of("start", model.start, ("unconditional", "sample", "backcast"))
    if isinstance(model.drift, str):
        one_of("drift", model.drift, ("zero", "sample", "shrunk", "model"))
    elif not (isinstance(model.drift, (int, float, np.integer, np.floating)) and np.isfinite(model.drift)):
        raise ValueError(f"drift must be a rule or a finite number, got {model.drift!r}")
    _validate_prior(model.prior)
    variance: Any = _for_each(model.n_regimes, "variance", model.variance, VARIANCES)
    dist: Any = _for_each(model.n_regimes, "dist", model.dist, DISTS)
    if isinstance(model.shared, str) or not isinstance(model.shared, Iterable):
        raise ValueError(f"shared must be a sequence of names, got {model.shared!r}")
    shared = frozenset(model.shared)
    for name in sorted(shared):
        one_of("a name in shared", name, SHARED)
    if shared & set(COEFFICIENTS) and len(set(variance)) > 1:
        raise ValueError(f"regimes of different variance cannot share {', '.join(sorted(shared & set(COEFFICIENTS)))}")
    if "gamma" in shared and "alpha" not in shared:
        raise ValueError("gamma can be shared only together with alpha: it is bounded from below by minus alpha")
    if model.targeting and set(variance) - {"garch", "gjr"}:
        raise ValueError("targeting needs a variance that is linear in squared shocks: garch or gjr")
    return MSGarchSpec(variance, dist, shared, model.start, model.score_first)


def _validate_prior(prior: Mapping[str, tuple[float, float]] | None) -> None:
    if not isinstance(prior, Mapping | None):
        raise ValueError(f"prior must be a mapping of names to (mean, standard deviation), got {prior!r}")
    for name, moments in (prior or {}).items():
        one_of("a name in prior", name, (*SHARED, "drift", "ar"))
        if not (np.shape(moments) == (2,) and np.isfinite(moments).all() and moments[1] > 0):
            raise ValueError(f"prior of {name} must be a mean and a standard deviation above 0, got {moments!r}")


def _for_each(k: int, name: str, value: str | Sequence[str], allowed: Sequence[str]) -> tuple[str, ...]:
    """One choice for each of k regimes."""
    each = tuple(value) if isinstance(value, Sequence) and not isinstance(value, str) else (value,) * k
    if len(each) != k:
        raise ValueError(f"{name} must be one, or one for each of {k} regimes, got {len(each)}")
    for one in each:
        one_of(name, one, allowed)
    return each
