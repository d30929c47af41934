"""Validation of returns and of estimators' parameters."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from forecast.engines.arrays import Float, as_floats

SESSIONS_A_PARAMETER = 8  # fewer, and a fit is refused
LARGEST = 1e50  # of a return: its square, and sums of squares, are still finite
SMALLEST = 1 / LARGEST  # of a sample's spread
LEAST_OCCUPANCY = 5.0  # sessions; a regime expected to hold fewer has vanished


class CannotFitError(ValueError):
    """Returns on which a model cannot be fitted, or run."""


def validate_range(returns: Any) -> Float:
    """`returns` as (n,) floats, NaN for a session without one; CannotFitError for what is no number, another shape or beyond LARGEST."""
    try:
        values = as_floats(returns, "returns")  # a copy: kernels would be compiled anew for read-only arrays
    except ValueError as error:
        raise CannotFitError(str(error)) from None
    if values.ndim != 1:
        raise CannotFitError(f"returns must have one dimension, got {values.ndim}")
    beyond = np.abs(values) > LARGEST
    if beyond.any():
        raise CannotFitError(f"returns must be NaN or within +-{LARGEST:g}, got {values[beyond][0]:g} at place {int(beyond.argmax())}")
    return values


def validate_returns(returns: Any) -> Float:
    """`returns` in range; CannotFitError where they are fewer than two or constant as well."""
    values = validate_range(returns)
    finite = values[np.isfinite(values)]
    if len(finite) < 2:
        raise CannotFitError(f"at least 2 returns are needed, got {len(finite)}")
    if not finite.std() > max(1e-12 * abs(float(finite.mean())), SMALLEST):
        raise CannotFitError(f"returns must move, all are {finite[0]:g}")
    return values


def validate_length(scored: int, parameters: int) -> None:
    """CannotFitError where the sessions are too few for the parameters."""
    if scored < SESSIONS_A_PARAMETER * parameters:
        raise CannotFitError(f"{parameters} parameters need {SESSIONS_A_PARAMETER * parameters} sessions, got {scored}")


def one_of(name: str, value: Any, allowed: Sequence[Any]) -> None:
    """ValueError where a parameter is not one of the allowed values."""
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, allowed))}, got {value!r}")


def above_zero(name: str, value: Any) -> None:
    """ValueError where a parameter is not a finite number above 0."""
    if not (isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool) and 0 < value < np.inf):
        raise ValueError(f"{name} must be a finite number above 0, got {value!r}")


def between(name: str, value: Any, low: float, high: float) -> None:
    """ValueError where a parameter is not a number strictly between two others."""
    if not (isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool) and low < value < high):
        raise ValueError(f"{name} must be between {low:g} and {high:g}, got {value}")


def at_least(name: str, value: Any, least: int) -> None:
    """ValueError where a parameter is not a whole number of at least `least`."""
    if not (isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= least):
        raise ValueError(f"{name} must be a whole number of at least {least}, got {value!r}")
