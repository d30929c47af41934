"""Tracking: the one room that imports mlflow, and only when it is needed."""

from forecast.runs.tracking.client import tracking_uri
from forecast.runs.tracking.fetch import download
from forecast.runs.tracking.log import log_run
from forecast.runs.tracking.open_run import Tracked, opened
from forecast.runs.tracking.stores import unsecret

__all__ = ["Tracked", "download", "log_run", "opened", "tracking_uri", "unsecret"]
