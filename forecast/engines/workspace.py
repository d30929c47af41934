"""Memory that kernels write to, kept between calls."""

import math
import threading

import numpy as np

from forecast.engines.arrays import Float

_memory = threading.local()


def workspace(*shape: int) -> Float:
    """Memory for what a kernel writes by session, of any content: this thread's, kept from one call to the next and grown when needed.

    Fresh memory for a long history takes the system as long to hand out as the kernel takes to fill it.
    """
    size = math.prod(shape)
    if size > getattr(_memory, "size", 0):
        _memory.size, _memory.values = size, np.empty(size)
    values: Float = _memory.values
    return values[:size].reshape(shape)
