"""The surface of a run's last surge on disk, and its base rate: paths.parquet and base_rate.json. No question then needs a simulation."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import TypeAdapter, ValidationError

from features.errors import InputError, validation_line
from features.files.arrow import read_parquet
from forecast.models.forecaster import one_line
from forecast.models.surge_base_rate import SurgeBaseRate
from forecast.runs.ask.surface import Grid, Surface
from forecast.runs.folder import Run
from forecast.runs.manifest import BASE_RATE, PATHS, write_json

FAULTS = (OSError, ArithmeticError, LookupError, MemoryError, TypeError, ValueError)  # of strange files
ROUNDING = 1e-9  # of weights that sum to 1


def write_surface(folder: Path, surface: Surface | None, base_rate: SurgeBaseRate | None) -> None:
    """Write both files, of no surface without a row and null; OSError where `folder` cannot be written."""
    frame = pd.DataFrame(columns=Surface.columns(1), dtype=np.float64) if surface is None else surface.frame()
    frame.to_parquet(folder / PATHS, index=False, use_dictionary=False)  # hardly two moves are alike
    write_json(folder / BASE_RATE, None if base_rate is None else TypeAdapter(SurgeBaseRate).dump_python(base_rate, mode="json"))


def read_surface(run: Run, grid: Grid) -> Surface | None:
    """The run's surface, which agrees with `grid`; None where it has no paths. InputError, one line, for a file that is none."""
    path = run.folder / PATHS
    try:
        table = read_parquet(path)
        if not len(table):
            return None
        names = Surface.columns(int(grid.horizons.max()))
        if table.column_names != names:
            raise ValueError(f"its columns must be {names[0]}, {names[1]} to {names[-1]}")
        values = np.column_stack([column.to_numpy() for column in table.columns]).astype(np.float64)
        weights, moves = values[:, 0].copy(), np.ascontiguousarray(values[:, 1:])
        if not (np.isfinite(moves).all() and (weights >= 0).all() and abs(weights.sum() - 1) <= ROUNDING):
            raise ValueError("moves must be finite, and weights at least 0 and sum to 1")
    except FAULTS as error:
        raise InputError(f"{path}: not the paths of a run ({one_line(error)}); train again") from None
    return Surface(grid, moves, weights)


def read_base_rate(run: Run, longest: int) -> SurgeBaseRate:
    """The base rate of the run's last surge up to the `longest` horizon; InputError, one line, for a file that is none."""
    path = run.folder / BASE_RATE
    try:
        rate = TypeAdapter(SurgeBaseRate).validate_python(run.read(BASE_RATE))
    except ValidationError as error:
        raise InputError(f"{path}: {validation_line(error, SurgeBaseRate, remedy='train again')}") from None
    if rate.own.shape[-1] < longest:
        raise InputError(f"{path}: has {rate.own.shape[-1]} sessions, fewer than the {longest} that are asked; train again")
    return rate
