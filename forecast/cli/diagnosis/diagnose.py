"""Diagnose: every health check of one experiment, on this machine, with these data."""

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
    """What a training with these arguments would find; a mistake is a line of it, and raises nothing. `today` dates the last close."""
    checks = [*packages(), *machine()]
    if any(check.part == "packages" and check.state is State.MISSING for check in checks):
        return Diagnosis(tuple(checks))  # what is missing would be imported below
    from forecast.cli.diagnosis.store import places

    return Diagnosis((*checks, *places(tracking_uri, output), *_inputs(experiment, data, overrides, today or date.today())))


def _inputs(path: Path | None, data: str | None, overrides: Sequence[str], today: date) -> list[HealthCheck]:
    import pandas as pd

    from forecast.backtest.experiment import read_experiment
    from forecast.cli.diagnosis.inputs import check_inputs

    try:
        experiment = read_experiment(path, overrides)
    except InputError as error:
        return [HealthCheck("data", "experiment", State.MISSING, str(error))]
    first = HealthCheck("data", "experiment", State.OK, f"{experiment.name}, {len(experiment.questions)} questions")
    return [first, *check_inputs(experiment, data, pd.Timestamp(today))]
