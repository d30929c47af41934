"""Diagnose: every finding about one experiment, on this machine, with these data."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from features.errors import InputError
from forecast.cli.diagnosis.health_check import Diagnosis, HealthCheck, State
from forecast.cli.diagnosis.machine import machine
from forecast.cli.diagnosis.packages import packages


def diagnose(
    experiment: Path | None = None,
    *,
    data: str | None = None,
    overrides: Sequence[str] = (),
    tracking_uri: str | None = None,
    output: Path = Path("runs"),
    today: date | None = None,
) -> Diagnosis:
    """What a training of `experiment` (default: the bundled one) would find; nothing is written.

    data : "bundled", or the folder that [inputs] are read from.   output : folder that runs go to.   today : from which the age of
    the last close is counted. Whatever is wrong is a finding; nothing is raised for it.
    """
    found = [*packages(), *machine()]
    if any(item.part == "packages" and item.state is State.MISSING for item in found):
        return Diagnosis(tuple(found))  # what is lacking would be imported below
    from forecast.cli.diagnosis.store import places

    return Diagnosis((*found, *places(tracking_uri, output), *_data(experiment, data, overrides, today or date.today())))


def _data(path: Path | None, data: str | None, overrides: Sequence[str], today: date) -> list[HealthCheck]:
    import pandas as pd

    from forecast.backtest.experiment import read_experiment
    from forecast.cli.diagnosis.inputs import data as data_findings

    try:
        experiment = read_experiment(path, overrides)
    except InputError as error:
        return [HealthCheck("data", "experiment", State.MISSING, str(error))]
    named = HealthCheck("data", "experiment", State.OK, f"{experiment.name}, {len(experiment.questions)} questions")
    return [named, *data_findings(experiment, data, pd.Timestamp(today))]
