"""The model as MLflow runs it, from this file: the run that it carries, asked about data published after its training."""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.exceptions import MlflowException
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel


class SurgeModel(PythonModel):  # type: ignore[misc]
    """`predict` takes rows of series, stamp, value and known, and returns one row per question, with named probabilities."""

    def load_context(self, context: Any) -> None:
        """Read the run and ask it once, so that its kernels are compiled before the first request."""
        _compile_elsewhere()
        from forecast.runs.served_run import ServedRun

        self.served = ServedRun.load(Path(context.artifacts["run"]))
        self.served.warm()

    def predict(self, context: Any, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """The forecast of the last surge once the rows of `model_input` are published; a mistake in them is a bad request."""
        from features.errors import InputError

        try:
            return self.served.predict(model_input)
        except InputError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from None


def _compile_elsewhere() -> None:
    """Keep what numba compiles with the user's caches and not beside the code, which belongs to a store here."""
    import numba
    from platformdirs import user_cache_path

    numba.config.CACHE_DIR = numba.config.CACHE_DIR or str(user_cache_path("smallcap-surge", ensure_exists=True) / "numba")


set_model(SurgeModel())
