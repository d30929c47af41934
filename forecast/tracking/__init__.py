"""Tracking: the one room that imports mlflow, and only when it is needed."""

from forecast.tracking.client import tracking_uri
from forecast.tracking.fetch import download
from forecast.tracking.log import log_run
from forecast.tracking.opened import Tracked, opened
from forecast.tracking.stores import unsecret

__all__ = ["Tracked", "download", "log_run", "opened", "tracking_uri", "unsecret"]
