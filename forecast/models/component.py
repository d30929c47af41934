"""What a component is: hyperparameters that `fit` turns into fitted state, which turns a sample into three probabilities.

`registry.py` lists the components.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Protocol, TypeVar, cast, dataclass_transform, runtime_checkable

import numpy as np
import pydantic.dataclasses
from pydantic import ConfigDict

from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import PathLaw
from forecast.engines.probabilities import Prediction
from forecast.target.sample import Sample

__all__ = ["Component", "Drawn", "FitError", "FittedComponent", "SeesFeatures", "Simulates", "options", "state"]

T = TypeVar("T")


class FitError(RuntimeError):
    """A component that cannot be fitted on what is known; the base rate takes its place and the run records why."""


class FittedComponent(Protocol):
    """Fitted state: a dataclass that pydantic can write as JSON and read back."""

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader of the run should know of this fit: no convergence, a fallback taken."""
        ...

    def predict(self, sample: Sample, *, key: int, paths: int) -> Prediction:
        """P(reverse), P(stall), P(continue) of the surge at the sample's last session, (n_questions, 3), rows summing to 1.

        All that are possible, as `Sample.possible` has it, are > 0, and the others exactly 0.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        key : int
            64-bit key of the random numbers.
        paths : int
            How many to simulate, for components that do; their errors are measured.

        Returns
        -------
        Prediction
            Probabilities of shape (n_questions, 3), with their Monte-Carlo errors and, where it is known, their spread.
        """
        ...


@runtime_checkable
class Drawn(Protocol):
    """Fitted state that keeps laws at other parameters, and simulates them to measure how uncertain its probabilities are.

    A component that knows its spread in closed form returns it from `predict`; one that does neither is taken to be certain.
    """

    def spread(self, sample: Sample, *, key: int, paths: int) -> Float:
        """Standard deviation of each probability over the drawn parameters.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.
        key : int
            64-bit key of the random numbers.
        paths : int
            Simulated a draw.

        Returns
        -------
        numpy.ndarray of shape (n_questions, 3)
        """
        ...


@runtime_checkable
class Simulates(Protocol):
    """Fitted state with a law of the sessions ahead, whose paths may be looked at."""

    def sessions_ahead(self, sample: Sample) -> PathLaw:
        """The law of the sessions after the sample's last.

        Parameters
        ----------
        sample : Sample
            The market up to the surge's session.

        Returns
        -------
        PathLaw

        Raises
        ------
        FitError
            Where the component has none.
        """
        ...


@runtime_checkable
class SeesFeatures(Protocol):
    """Fitted state whose predictions move with features; one without `drivers` is taken to see none."""

    @property
    def drivers(self) -> tuple[str, ...]:
        """The features it looks at, by name. A scenario replaces their last row in the sample and asks again."""
        ...


class Component(Protocol):
    """Hyperparameters; `fit` changes nothing in the component itself."""

    fitted: ClassVar[Any]  # the class of what `fit` returns

    def fit(self, samples: Sequence[Sample]) -> FittedComponent:
        """Fit on what the samples hold; only the target market is forecast.

        Parameters
        ----------
        samples : sequence of Sample
            The target market's first, then any other markets to learn from, each as it was known.

        Returns
        -------
        FittedComponent

        Raises
        ------
        FitError
            When the samples are not enough.
        """
        ...


@dataclass_transform(kw_only_default=True, frozen_default=True)
def options(cls: type[T]) -> type[T]:
    """Class decorator of components: a frozen dataclass whose fields are checked, unknown ones refused.

    Parameters
    ----------
    cls : type
        The class; its fields are the hyperparameters.

    Returns
    -------
    type
    """
    checked: Any = pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=ConfigDict(extra="forbid"))
    return cast(type[T], checked(cls))


MOST_DRAWN = 64  # laws that a fitted state keeps beside its own; four times `parameter_draws.DRAWS`
ROUNDING = 1e-6  # of probabilities that sum to 1, from a law's parameters


def refuse_shapes(**arrays: tuple[Float, tuple[int, ...]]) -> None:
    """ValueError for the first array, by name, that has not the shape beside it: kernels take shapes on trust."""
    for name, (array, shape) in arrays.items():
        if array.shape != shape:
            raise ValueError(f"{name} must be of shape {shape}, got {array.shape}")


def refuse_improper(name: str, probabilities: Float) -> None:
    """ValueError unless each row, (..., k), is a distribution."""
    if not ((probabilities >= 0).all() and (np.abs(probabilities.sum(axis=-1) - 1) <= ROUNDING).all()):
        raise ValueError(f"{name} must be probabilities that sum to 1")


def refuse_drawn(count: int) -> None:
    """ValueError for more drawn laws than any fit keeps, each of which is simulated."""
    if count > MOST_DRAWN:
        raise ValueError(f"drawn must hold at most {MOST_DRAWN} laws, got {count}")


@dataclass_transform(kw_only_default=True, frozen_default=True)
def state(cls: type[T]) -> type[T]:
    """Class decorator of fitted state: a frozen dataclass of finite numbers, strings and `FloatState` arrays.

    Parameters
    ----------
    cls : type
        The class; its fields are written as JSON and read back.

    Returns
    -------
    type
    """
    strict = ConfigDict(extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False)
    checked: Any = pydantic.dataclasses.dataclass(frozen=True, kw_only=True, config=strict)
    return cast(type[T], checked(cls))
