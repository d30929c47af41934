"""Runs in an MLflow store: the only package that imports mlflow, and only when it is needed."""

from forecast.runs.tracking.client import tracking_uri
from forecast.runs.tracking.experiment_choice import experiment_name
from forecast.runs.tracking.fetch import download
from forecast.runs.tracking.log import log_run
from forecast.runs.tracking.parent_run import log_parent
from forecast.runs.tracking.run_data import run_title
from forecast.runs.tracking.stores import absolute_address, hide_password
from forecast.runs.tracking.tracked_run import TrackedRun, tracked_run

__all__ = [
    "TrackedRun",
    "absolute_address",
    "download",
    "experiment_name",
    "hide_password",
    "log_parent",
    "log_run",
    "run_title",
    "tracked_run",
    "tracking_uri",
]
