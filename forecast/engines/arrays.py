"""Array types for signatures and for fitted state that is written as JSON."""

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
