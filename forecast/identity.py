"""Identity: all that decides the bits of a walk-forward, as one digest."""

import json
import platform
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

import features
import forecast
from forecast.config import Experiment
from forecast.sample import Sample

LIBRARIES = ("arch", "llvmlite", "numba", "numpy", "pandas", "scikit-learn", "scipy", "smallcap-surge", "statsmodels")
CODE = (".csv", ".py")  # what of our own files decides: the sources, and the facts that they read


def identity(samples: Sequence[Sample], experiment: Experiment, study: str) -> str:
    """SHA-256 over the digest of the study, the samples themselves, the experiment, our code, the libraries and the machine.

    study : `Study.digest`. The kind of processor is in it, because compiled code may add up in another order on another one.
    """
    told: dict[str, Any] = {"study": study, "experiment": experiment.digest, "code": code_digest(), "machine": _machine()}
    told |= {"samples": [_digest(sample) for sample in samples], "libraries": {name: version(name) for name in LIBRARIES}}
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@lru_cache
def code_digest() -> str:
    """SHA-256 over our own files as this process found them at first: later edits are not in what it runs."""
    found = sha256()
    for wing in (features, forecast):
        root = Path(wing.__path__[0])
        for file in sorted(path for path in root.rglob("*") if path.suffix in CODE):
            found.update(f"{wing.__name__}/{file.relative_to(root).as_posix()}\0".encode() + sha256(file.read_bytes()).digest())
    return found.hexdigest()


def _machine() -> list[str]:
    import llvmlite.binding
    import numba

    chosen = (numba.config.CPU_NAME, numba.config.CPU_FEATURES, numba.config.DISABLE_JIT)  # by NUMBA_... in the environment
    return [platform.python_version(), platform.system(), platform.machine(), llvmlite.binding.get_host_cpu_name(), *map(str, chosen)]


def _digest(sample: Sample) -> str:
    """SHA-256 over every field of `sample`."""
    found = sha256()
    for field in fields(sample):
        value = getattr(sample, field.name)
        told = f"{value.dtype.str}{value.shape}" if isinstance(value, np.ndarray) else repr(value)
        found.update(f"{field.name}={told}\0".encode())
        if isinstance(value, np.ndarray):
            found.update(np.ascontiguousarray(value).tobytes())
    return found.hexdigest()
