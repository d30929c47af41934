"""Kernels against slow twins, exact sums and published values."""

import math
import os
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher
from scipy.stats import kstest, norm

from forecast.engines import compilation, kernels
from forecast.engines.compilation import Kernel, njit
from forecast.engines.kernels.normal import cdf
from forecast.engines.kernels.quadrature import legendre_nodes
from forecast.engines.kernels.random import below, bits, stream, uniform, unit
from forecast.runs.tracking.files import copy_packages
from tests.processes import ROOT

pytestmark = pytest.mark.slow

KEY = np.uint64(20240716)


def test_every_kernel_is_kept_and_none_may_reorder_its_sums() -> None:
    modules = [import_module(f"{kernels.__name__}.{module.name}") for module in pkgutil.iter_modules(kernels.__path__)]
    values = [value for module in modules for value in vars(module).values()]
    compiled = {value.py_func: value for value in values if isinstance(value, Kernel | Dispatcher)}  # a kernel's callees are numba's own
    assert len(compiled) > 40
    for kernel in compiled.values():
        assert not kernel.targetoptions.get("fastmath"), kernel.py_func.__name__
        assert not isinstance(kernel._cache, NullCache), kernel.py_func.__name__


def test_a_kernel_is_what_numba_makes_of_its_function_and_of_those_that_it_calls() -> None:
    @njit(nogil=True)
    def double(x: float) -> float:
        return _half(x) * 4.0

    assert isinstance(double, Kernel)
    assert double(3.0) == 6.0
    assert double.signatures == double.dispatcher.signatures
    assert len(double.signatures) == 1
    assert double.__name__ == double.py_func.__name__ == "double"


def test_what_one_process_compiles_the_others_load(tmp_path: Path) -> None:
    script = """
from forecast.engines.kernels.normal import cdf
cdf(0.5)
print(sum(cdf.stats.cache_misses.values()), sum(cdf.stats.cache_hits.values()))
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    processes = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=ROOT, env=environment) for _ in range(2)]
    counts = sorted(each.communicate()[0].split() for each in processes)
    assert counts == [[b"0", b"1"], [b"1", b"0"]]


def test_where_no_lock_can_be_made_each_compiles_for_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setattr(compilation, "_lock", lambda _: FileLock(file / "lock"))
    assert compilation._alone(lambda signature: signature)("as it was") == "as it was"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system forks no process")
def test_a_forked_process_takes_a_turn_of_its_own_to_compile(tmp_path: Path) -> None:
    script = """
import os
from forecast.engines.compilation import _alone
compile_kernel = _alone(lambda signature: signature)
compile_kernel("in the first process")
if child := os.fork():
    raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
compile_kernel("in the other")
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, check=False).returncode == 0


@njit(nogil=True)
def _half(x: float) -> float:
    return x / 2.0


def uniforms(paths: int, draws: int) -> np.ndarray:
    return np.array([[uniform(np.uint64(stream(KEY, path)), draw) for draw in range(draws)] for path in range(paths)])


def test_counted_random_numbers_are_uniform_and_independent() -> None:
    draws = uniforms(3000, 12)
    assert kstest(draws.ravel(), "uniform").pvalue > 1e-3
    # 132 correlations of 3,000 draws: the largest of so many stays below 4 standard errors
    across = np.corrcoef(draws.T) - np.eye(12)
    assert np.abs(across).max() < 4 / math.sqrt(3000)
    assert abs(np.corrcoef(draws[:-1, 0], draws[1:, 0])[0, 1]) < 4 / math.sqrt(3000)


def test_a_stream_has_two_draws_a_hash_and_none_is_an_end() -> None:
    start = np.uint64(stream(KEY, 5))
    word = int(bits(start, 3))
    assert uniform(start, 6) == (word % 2**32 + 0.5) / 2**32
    assert uniform(start, 7) == (word // 2**32 + 0.5) / 2**32
    assert 0 < unit(np.uint64(0)) < unit(np.uint64(2**32 - 1)) < 1


def test_an_integer_below_a_count_is_met_as_often_as_any_other() -> None:
    count = 7
    drawn = np.array([below(np.uint64(half), np.uint64(count)) for half in range(0, 2**32, 2**32 // 7000)])
    assert drawn.min() == 0
    assert drawn.max() == count - 1
    assert np.ptp(np.bincount(drawn)) <= 1  # an even grid of draws falls evenly


def test_the_normal_distribution_function_is_scipys() -> None:
    np.testing.assert_allclose([cdf(x) for x in (-12.0, -1.0, 0.0, 3.0)], norm.cdf([-12.0, -1.0, 0.0, 3.0]), rtol=1e-13)


@pytest.mark.parametrize("count", [1, 2, 5, 40, 333])
def test_legendre_sums_of_count_nodes_are_exact_up_to_power_twice_the_count(count: int) -> None:
    nodes, weights = legendre_nodes(count)
    assert (np.diff(nodes) > 0).all()
    for power in {0, 1, 2 * (count // 2), 2 * count - 2, 2 * count - 1}:
        exact = 0.0 if power % 2 else 2 / (power + 1)
        assert weights @ nodes**power == pytest.approx(exact, abs=1e-14 * count)


def test_what_one_copy_of_the_package_compiles_another_loads_where_numba_goes_by_the_kernels(tmp_path: Path) -> None:
    script = """
import numba
numba.config.CACHE_LOCATOR_CLASSES = "forecast.engines.kernel_locator.KernelLocator,UserProvidedCacheLocator"
from forecast.engines.kernels.normal import cdf
cdf(0.5)
print(sum(cdf.stats.cache_misses.values()), sum(cdf.stats.cache_hits.values()))
"""
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels"), "PYTHONPATH": "."}
    counts = []
    for name in ("one", "another"):
        copy_packages((ROOT / "features", ROOT / "forecast"), tmp_path / name)
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=tmp_path / name, env=environment, check=True)
        counts.append(done.stdout.split())
    assert counts == [[b"1", b"0"], [b"0", b"1"]]
    assert len(list((tmp_path / "kernels").glob("kernels_*"))) == 1


def test_a_kernel_is_compiled_anew_where_one_of_another_module_that_it_calls_has_changed(tmp_path: Path) -> None:
    copy_packages((ROOT / "features", ROOT / "forecast"), tmp_path / "copy")
    kernels = tmp_path / "copy" / "forecast" / "engines" / "kernels"
    head = "from forecast.engines.compilation import njit\n"
    chain = {"outer": "middle(x)", "middle": "inner(x)", "inner": "x + 1.0"}
    for name, value in chain.items():
        callee = f"from forecast.engines.kernels.{value[:-3]} import {value[:-3]}\n" if value.endswith("(x)") else ""
        (kernels / f"{name}.py").write_text(f"{head}{callee}@njit(cache=True)\ndef {name}(x):\n    return {value}\n")
    script = "from forecast.engines.kernels.outer import outer; print(outer(1.0), sum(outer.stats.cache_hits.values()))"
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "compiled"), "PYTHONPATH": "."}

    def result() -> list[bytes]:
        done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=tmp_path / "copy", env=environment, check=True)
        return done.stdout.split()

    assert [result(), result()] == [[b"2.0", b"0"], [b"2.0", b"1"]]
    inner = kernels / "inner.py"
    inner.write_text(inner.read_text("utf-8").replace("1.0", "2.0"))
    assert [result(), result()] == [[b"3.0", b"0"], [b"3.0", b"1"]]


@njit()
def _twice(x: float) -> float:
    return 2.0 * x


@njit()
def twice_and_one(x: float) -> float:
    return _twice(x) + 1.0


def test_a_kernel_without_a_door_to_python_refuses_to_be_called_from_there() -> None:
    """Numba itself would end the process."""
    for _ in range(2):  # before the other is compiled, and after
        with pytest.raises(TypeError, match="_twice is called by kernels alone; to call it from Python, give it a name without _"):
            _twice(1.0)
        assert twice_and_one(1.0) == 3.0
