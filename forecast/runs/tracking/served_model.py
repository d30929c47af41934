"""The model as MLflow runs it, from this file: the run that it carries, asked about data published after its training."""

import gc
import os
import socket
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE
from mlflow.pyfunc import PythonModel
from threadpoolctl import threadpool_limits

LOCATORS = "forecast.engines.kernel_locator.KernelLocator,UserProvidedCacheLocator"  # of what numba compiles, in the order they are asked


class BadRequestError(MlflowException):  # type: ignore[misc]
    """A request that cannot be answered, and why, in one line: MLflow's server would put the whole request before it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, error_code=INVALID_PARAMETER_VALUE)

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "message" or "message" not in vars(self):
            super().__setattr__(name, value)


class SurgeModel(PythonModel):  # type: ignore[misc]
    """`predict` takes rows of series, stamp, value and known, and returns one row per question, with named probabilities.

    With the params of a question, such as `fall` and `within`, it returns the reply to that one.
    """

    def load_context(self, context: Any) -> None:
        """Read the run and ask it once, so that its kernels are compiled before the first request."""
        _compile_elsewhere()
        _answer_at_once()
        threadpool_limits(1)  # of linear algebra: the server has a worker a core
        from forecast.runs.served_run import ServedRun

        self.served = ServedRun.load(Path(context.artifacts["run"]))
        self.served.warm()

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """The forecast of the last surge once the rows of `model_input` are published; a mistake in them is a bad request."""
        from features.errors import InputError

        question = {name: value for name, value in (params or {}).items() if value}
        try:
            return self.served.ask(model_input, question) if question else self.served.predict(model_input)
        except InputError as error:
            raise BadRequestError(str(error)) from None


def _compile_elsewhere() -> None:
    """Keep what numba compiles with the user's caches and not beside the code, which belongs to a store here.

    A server finds it there whatever folder the store has put the code in this time.
    """
    from platformdirs import user_cache_path

    os.environ.setdefault("NUMBA_CACHE_DIR", str(user_cache_path("smallcap-surge", ensure_exists=True) / "numba"))
    import numba

    numba.config.reload_config()  # now: once the environment has changed, the first compilation reads it and forgets what was set by hand
    if numba.config.CACHE_DIR:  # the user may want none
        numba.config.CACHE_LOCATOR_CLASSES = LOCATORS  # an older numba takes no notice and goes by the place of the source


def _answer_at_once() -> None:
    """Have the end of an answer leave when it is written.

    Workers of uvicorn share a socket that asyncio does not take for TCP's, so that its connections hold the end of an answer back until the
    client has acknowledged the beginning, on Linux for 40 milliseconds (github.com/Kludex/uvicorn/issues/3149). They take the option from
    the socket that waits for them, which is open by now.
    """
    for each in gc.get_objects():
        if type(each) is socket.socket and _waits_for_connections(each):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _waits_for_connections(opened: socket.socket) -> bool:
    """Whether a socket is TCP's, and has a port but no peer."""
    if opened.fileno() < 0 or opened.type != socket.SOCK_STREAM or opened.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    try:
        opened.getpeername()
    except OSError:
        return bool(opened.getsockname()[1])
    return False


set_model(SurgeModel())
