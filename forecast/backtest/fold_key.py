"""Fold keys: a digest of all that decides the bits of a fold. Whoever trains on the same again, with a day more or not, may read it."""

import json
import os
import platform
from collections.abc import Iterator, Sequence
from dataclasses import fields
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import psutil

import features
import forecast
from forecast.backtest.experiment import Experiment
from forecast.engines.arrays import Int
from forecast.target.sample import Sample, row_as_of
from forecast.target.splits import Fold

LIBRARIES = ("arch", "llvmlite", "numba", "numpy", "pandas", "scikit-learn", "scipy", "smallcap-surge", "statsmodels")
CODE = (".csv", ".py")  # what of our own files decides: the sources, and the facts that they read
COMPILER = ("CPU_NAME", "CPU_FEATURES", "DISABLE_JIT", "OPT", "LOOP_VECTORIZE", "SLP_VECTORIZE", "DISABLE_INTEL_SVML")  # NUMBA_... may set
LINEAR_ALGEBRA = ("NPY_DISABLE_CPU_FEATURES", "OPENBLAS_CORETYPE")  # of the environment: for which processor NumPy and OpenBLAS choose code
DIGITS = 32  # hexadecimal, of a key: 128 bits
ONE_A_SESSION = ("sessions", "known", "close", "ranges")  # fields of a sample
ONE_A_SURGE = ("rows", "vol", "surge_return", "surge_z", "features", "barriers")
CHANGING = "outcomes"  # of a surge: they settle later
ONCE = ("market", "feature_names", "chosen", "questions")


def fold_keys(folds: Sequence[Fold], samples: Sequence[Sample], experiment: Experiment) -> list[str]:
    """Of each fold a digest of what its models may see, of the models themselves, our code, the libraries and the kind of machine.

    What comes after a fold is not in its key. The kind of processor is, because compiled code may add up in another order on another one.

    Parameters
    ----------
    folds : sequence of Fold
        In the order of time.
    samples : sequence of Sample
        The target market, then the companions.
    experiment : Experiment
        Of which the models, the paths of an interval and the seed count: a fold knows no more of it.

    Returns
    -------
    list of str
        DIGITS hexadecimal digits each.
    """
    target = samples[0]
    days = [target.sessions[fold.trained_to] for fold in folds]
    seen = [prefix_digests(sample, [row_as_of(sample, day) for day in days]) for sample in samples]
    seen.append(prefix_digests(target, [int(target.rows[fold.test[-1]]) for fold in folds]))
    common = sha256(json.dumps(_models(experiment) | environment(), sort_keys=True).encode())
    keys = []
    for fold, *parts in zip(folds, *seen, strict=True):
        key = common.copy()
        key.update(json.dumps([*parts, fold.trained_to, fold.test.tolist()]).encode())
        keys.append(key.hexdigest()[:DIGITS])
    return keys


def _models(experiment: Experiment) -> dict[str, Any]:
    return {"model": experiment.model.model_dump(mode="json"), "paths": experiment.interval.paths, "seed": experiment.seed}


def prefix_digests(sample: Sample, rows: Sequence[int]) -> Iterator[str]:
    """SHA-256 of `sample.up_to(row)` for each of the rising rows, in one pass over the sample; a row below 0 is that of no session."""
    once = sha256(repr([getattr(sample, name) for name in ONCE]).encode())
    sessions, surges = sha256(), sha256()
    by_session, by_surge = _as_integers(sample, ONE_A_SESSION), _as_integers(sample, ONE_A_SURGE)
    done = surges_done = 0
    for row in rows:
        cut = sample.up_to(row)
        if len(cut) < done:
            raise ValueError(f"rows must rise, got {row} after {done - 1}")
        sessions.update(by_session[done : len(cut)].tobytes())
        surges.update(by_surge[surges_done : len(cut.rows)].tobytes())
        done, surges_done = len(cut), len(cut.rows)
        whole = once.copy()
        for part in (sessions.digest(), surges.digest(), getattr(cut, CHANGING).tobytes()):
            whole.update(part)
        yield whole.hexdigest()


def _as_integers(sample: Sample, names: Sequence[str]) -> Int:
    """Fields of one length beside each other, by their bits: a NaN is itself, and minus nought is not nought."""
    bits = [np.ascontiguousarray(getattr(sample, name)).view("int64") for name in names]
    return np.ascontiguousarray(np.column_stack(bits))


def study_key(samples: Sequence[Sample], experiment: Experiment, study: str) -> str:
    """A digest of a whole run: of its study (`Study.digest`), the samples, the experiment, our code, the libraries and the machine."""
    facts: dict[str, Any] = {"study": study, "experiment": experiment.digest, "samples": [sample_digest(sample) for sample in samples]}
    return sha256(json.dumps(facts | environment(), sort_keys=True).encode()).hexdigest()


def sample_digest(sample: Sample) -> str:
    """SHA-256 over every field of `sample`."""
    digest = sha256()
    for field in fields(sample):
        value = getattr(sample, field.name)
        text = f"{value.dtype.str}{value.shape}" if isinstance(value, np.ndarray) else repr(value)
        digest.update(f"{field.name}={text}\0".encode())
        if isinstance(value, np.ndarray):
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()


def environment() -> dict[str, Any]:
    """What decides bits beside data and experiment."""
    return {"code": code_digest(), "libraries": library_versions(), "machine": _machine()}


@cache
def library_versions() -> dict[str, str]:
    """Of LIBRARIES, each by name; to look them up takes longer than to fit a small fold."""
    return {name: version(name) for name in LIBRARIES}


@cache
def code_digest() -> str:
    """SHA-256 over our own files; a process that is older than one of them has a digest of its own, since nobody knows what it runs."""
    digest, began = sha256(), psutil.Process().create_time()
    for wing in (features, forecast):
        root = Path(wing.__path__[0])
        for file in sorted(path for path in root.rglob("*") if path.suffix in CODE):
            digest.update(f"{wing.__name__}/{file.relative_to(root).as_posix()}\0".encode() + sha256(file.read_bytes()).digest())
            if file.stat().st_mtime > began:
                digest.update(f"{os.getpid()} {began}".encode())
    return digest.hexdigest()


def _machine() -> list[str]:
    from llvmlite import binding
    from numba import config

    host = (binding.get_host_cpu_name(), binding.get_host_cpu_features().flatten())  # a virtual machine may hide some of what a name has
    chosen = [*(str(getattr(config, name)) for name in COMPILER), *(os.environ.get(name, "") for name in LINEAR_ALGEBRA)]
    return [platform.python_version(), platform.system(), platform.machine(), *host, *chosen]
