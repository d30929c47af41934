"""Arrays inside statsmodels' own test modules, read without running them."""

import ast
from pathlib import Path

import numpy as np
from statsmodels.tsa import regime_switching

from forecast.engines.arrays import Float

FOLDER = Path(regime_switching.__file__).parent / "tests"


def array(module: str, name: str) -> Float:
    """The numbers that the module assigns to a name, as a list or wrapped in one call."""
    for node in ast.parse((FOLDER / f"{module}.py").read_text("utf-8")).body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", None) for target in node.targets] == [name]:
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            return np.array(ast.literal_eval(value), dtype=np.float64)
    raise LookupError(f"{module} has no {name}")
