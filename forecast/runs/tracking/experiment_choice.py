"""The MLflow experiment that a run is filed under: the experiment's own choice, or that of the environment."""

import os
import re
from typing import TYPE_CHECKING

from features.errors import InputError
from forecast.backtest.experiment import Tracking

if TYPE_CHECKING:
    from mlflow import MlflowClient

NAME, ID = "MLFLOW_EXPERIMENT_NAME", "MLFLOW_EXPERIMENT_ID"  # of the environment, as MLflow itself reads them
DEFAULT = Tracking().experiment
PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_. -]{0,99}")  # features.names.StoreName


def experiment_name(tracking: Tracking) -> str:
    """Choose the MLflow experiment of a training.

    Parameters
    ----------
    tracking : Tracking
        Of the experiment that is trained.

    Returns
    -------
    str
        `tracking.experiment` if the experiment's file or an override names it, or else the environment's MLFLOW_EXPERIMENT_NAME, or else
        the default. MLFLOW_EXPERIMENT_ID is looked up when the store is opened.

    Raises
    ------
    InputError
        If the name in the environment is none of a folder.
    """
    return tracking.experiment if "experiment" in tracking.model_fields_set else in_force(tracking.experiment)


def in_force(name: str) -> str:
    """`name`, or for the default what MLFLOW_EXPERIMENT_NAME says in its place."""
    chosen = os.environ.get(NAME)
    if name != DEFAULT or not chosen:
        return name
    if not PLAIN.fullmatch(chosen):
        rule = "an experiment's name is letters, digits, blanks and . _ - , begins with a letter or digit, and has at most 100"
        raise InputError(f"{NAME} {chosen[:60]!r}: {rule}; name another, or set tracking.experiment")
    return chosen


def id_in_force(client: "MlflowClient", name: str) -> str | None:
    """MLFLOW_EXPERIMENT_ID where nothing else names an experiment; InputError if there is none of that id, or the name is another's."""
    from mlflow.exceptions import MlflowException

    key, named = os.environ.get(ID), os.environ.get(NAME)
    if not key or name not in (DEFAULT, named):
        return None
    try:
        experiment = client.get_experiment(key)
    except MlflowException as error:
        if "RESOURCE_DOES_NOT_EXIST" not in str(error.error_code):
            raise
        raise InputError(f"{ID} {key[:60]!r}: the store has no experiment of that id; set {NAME} or neither") from None
    if named and experiment.name != named:
        raise InputError(f"{ID} {key} is {experiment.name!r}, and {NAME} is {named!r}; unset one of them")
    if experiment.lifecycle_stage != "active":
        raise InputError(f"{ID} {key}: the experiment {experiment.name!r} is deleted; restore it, or name another")
    return str(experiment.experiment_id)
