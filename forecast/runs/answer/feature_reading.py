"""Features on one session, surge or not, without a model."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from features.catalogue import catalogue, feature_matrix
from features.errors import InputError, did_you_mean
from features.panel.calendar import day
from features.panel.series import SMALL
from forecast.backtest.dataset import data_of, known_panel, unknown
from forecast.backtest.experiment import Experiment, chosen_experiment
from forecast.runs.answer.drivers import Driver, describe_drivers
from forecast.runs.answer.plain_values import finite_or_none
from forecast.target.surge import find_surges, surge_moves

CSV_COLUMNS = ("feature", "family", "unit", "value", "percentile", "change", "story", "sign")


class FeatureReading(BaseModel):
    """The drivers on `as_of` in the order of the catalogue, and the move of the last `window` sessions as simple return and z.

    `gain` and `z` are None where they are not known. `unknown` names the features without a value.
    """

    model_config = ConfigDict(frozen=True)
    series: str
    source: str
    as_of: str
    since: str
    is_surge: bool
    window: int
    gain: float | None
    z: float | None
    drivers: list[Driver]
    unknown: list[str]
    notes: list[str]

    def table(self) -> pd.DataFrame:
        """A row per driver, the columns of CSV_COLUMNS."""
        return pd.DataFrame([driver.model_dump(include=set(CSV_COLUMNS)) for driver in self.drivers], columns=list(CSV_COLUMNS))


def read_features(
    experiment: str | Path | Experiment | None = None,
    *,
    data: str | Path | None = None,
    as_of: str | date | None = None,
    families: Sequence[str] = (),
    overrides: Sequence[str] = (),
) -> FeatureReading:
    """The features on the last session up to `as_of`, of some families or all; other arguments as for `forecast.api.train`."""
    chosen = chosen_experiment(experiment, overrides)
    origin = data_of(chosen, data, as_of)
    names = _names_of(families)
    panel, notes = known_panel(chosen, origin, None if as_of is None else day(as_of))
    matrix = feature_matrix(panel, names)
    move = surge_moves(panel[SMALL], chosen.surge).iloc[-1]
    drivers = describe_drivers(matrix.frame, chosen.surge.window)
    with_value = {driver.feature for driver in drivers}
    return FeatureReading(
        series=panel.market,
        source=panel.source,
        as_of=f"{panel.sessions[-1]:%Y-%m-%d}",
        since=f"{panel.sessions[0]:%Y-%m-%d}",
        is_surge=panel.sessions[-1] in find_surges(panel[SMALL], chosen.surge).index,
        window=chosen.surge.window,
        gain=finite_or_none(float(np.expm1(move["surge_return"]))),
        z=finite_or_none(float(move["surge_z"])),
        drivers=drivers,
        unknown=[name for name in names if name not in with_value],
        notes=[*notes, *unknown(panel, matrix)],
    )


def _names_of(families: Sequence[str]) -> list[str]:
    choices = {item.family for item in catalogue().values()}
    for family in families:
        if family not in choices:
            raise InputError(f"--family {family}: no such family of features{did_you_mean(family, choices)}")
    return [name for name, item in catalogue().items() if not families or item.family in families]
