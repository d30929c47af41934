"""Array types for signatures and for fitted state that is written as JSON, and the one door for the numbers that users hand in."""

from numbers import Real
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import BeforeValidator, PlainSerializer

Float = NDArray[np.float64]
Int = NDArray[np.int64]
Flags = NDArray[np.bool_]


def _as_float(value: Any) -> Float:
    array = np.ascontiguousarray(value, dtype=np.float64)  # one layout, so that sums have one order
    if not np.isfinite(array).all():
        raise ValueError("fitted state must be finite")
    return array


FloatState = Annotated[Float, BeforeValidator(_as_float), PlainSerializer(lambda array: array.tolist(), return_type=list)]


_REFUSED = {"b": "booleans", "c": "complex numbers", "M": "dates", "m": "durations", "U": "text", "S": "text", "V": "records"}


def as_floats(values: Any, name: str) -> Float:
    """A new C-contiguous array of floats; what is missing is NaN.

    Parameters
    ----------
    values : array-like of real numbers
        Lists, numpy arrays, pandas objects. Missing are NaN, None, NaT, pandas' NA and what a numpy mask hides.
    name : str
        What the error calls them.

    Returns
    -------
    numpy.ndarray
        Of the shape of `values`.

    Raises
    ------
    ValueError
        If they are not all numbers: booleans, dates, complex numbers and text are not, even where numpy would convert them.
    """
    try:
        array = np.ma.asanyarray(values) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    except (ValueError, TypeError) as error:  # ragged lists, objects that refuse
        raise ValueError(f"{name} must be numbers, got {type(values).__name__}: {error}") from None
    kind = array.dtype.kind
    if isinstance(values, (list, tuple)) and any(isinstance(value, (bool, np.bool_)) for value in values):
        kind = "b"  # among numbers numpy would make it one
    if kind in _REFUSED:
        raise ValueError(f"{name} must be numbers, got {_REFUSED[kind]}")
    if kind == "O":
        hidden = np.ma.getmaskarray(array).ravel()
        numbers = [np.nan if masked else _as_number(one, name) for one, masked in zip(np.ma.getdata(array).ravel(), hidden, strict=True)]
        return np.array(numbers, dtype=np.float64).reshape(array.shape)
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(array.astype(np.float64), np.nan)
    return np.array(array, dtype=np.float64, order="C")


def _line(value: Any) -> str:
    """The value in at most a line of forty characters."""
    line = repr(value).split("\n")[0]
    return line if len(line) <= 40 else f"{line[:37]}..."


def _as_number(value: Any, name: str) -> float:
    """One object of an array; NaN where it stands for nothing."""
    if value is None or value is np.ma.masked or type(value).__name__ in ("NAType", "NaTType"):
        return float("nan")
    if isinstance(value, (bool, np.bool_)) or not (isinstance(value, Real) or type(value).__name__ == "Decimal"):
        raise ValueError(f"{name} must be numbers, got {_line(value)} of type {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
