"""A run as an MLflow model, which carries the code, the panel and the fitted numbers; nothing in it is unpickled."""

import re
import shutil
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import requires, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import features
import forecast
from features.panel.series import SMALL
from forecast.runs.folder import Run
from forecast.runs.manifest import MANIFEST, SERVED
from forecast.runs.tracking.client import with_retries

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient

RUN = "artifacts/run"  # path within the model
SCRIPT = Path(__file__).with_name("served_model.py")
NEEDED = re.compile(r"[A-Za-z0-9_.-]+")
NAME = "forecaster"
OPTIONAL = {"known"}


def log_model(client: "MlflowClient", experiment: str, run_id: str, run: Run) -> str:
    """Log the run as a model, an output of the run; its id in the store."""
    from mlflow.entities import LoggedModelOutput

    named = {"digest": run.manifest.digest}
    made = client.create_logged_model(experiment, name=NAME, source_run_id=run_id, model_type="smallcap-surge", params=named)
    try:
        with TemporaryDirectory() as scratch:
            folder = save_model(run, Path(scratch), model_id=made.model_id, run_id=run_id)
            with_retries(lambda: client.log_model_artifacts(made.model_id, str(folder)))
    except BaseException:
        client.finalize_logged_model(made.model_id, "FAILED")
        raise
    client.finalize_logged_model(made.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(made.model_id, step=0)])
    return str(made.model_id)


def save_model(run: Run, place: Path, *, model_id: str | None = None, run_id: str | None = None) -> Path:
    """Folder of the model, in `place`: code, signature, an example, and the packages it needs by version."""
    carried = place / Path(RUN).name
    carried.mkdir()
    for name in (MANIFEST, *SERVED):
        shutil.copyfile(run.folder / name, carried / name)
    folder = place / "model"
    with _quietly():
        import mlflow.pyfunc
        from mlflow.models import Model

        mlflow.pyfunc.save_model(
            path=folder,
            python_model=str(SCRIPT),
            artifacts={"run": str(carried)},
            code_paths=[str(Path(wing.__path__[0])) for wing in (features, forecast)],
            signature=_signature(),
            input_example=example(run),
            pip_requirements=requirements(),
            mlflow_model=Model(run_id=run_id, model_id=model_id),
            metadata={"digest": run.manifest.digest, "as_of": str(run.manifest.as_of), "series": run.manifest.series},
        )
    for cache in folder.rglob("__pycache__"):
        shutil.rmtree(cache)
    return folder


@contextmanager
def _quietly() -> Iterator[None]:
    """Without the warnings of MLflow 3.17 about its own code: type hints while it is imported, and a range compared in pandas 3.1."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*Any type hint is inferred", UserWarning)
        warnings.filterwarnings("ignore", "Operation with range is deprecated", DeprecationWarning)
        yield


def requirements() -> list[str]:
    """The packages that this one needs, at the versions it was trained with."""
    names = [NEEDED.match(line) for line in requires("smallcap-surge") or () if "extra ==" not in line]
    return [f"{name[0]}=={version(name[0])}" for name in names if name]


def example(run: Run) -> "pd.DataFrame":
    """An example request: the last close of the training, which adds nothing new."""
    import pandas as pd

    close = run.panel()[SMALL]
    day = f"{close.index[-1]:%Y-%m-%d}"
    return pd.DataFrame({"series": [SMALL.name], "stamp": [day], "value": [float(close.iloc[-1])], "known": [day]})


def _signature() -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    from forecast.runs.served_run import ANSWER, DAYS, TAIL, TEXTS

    inputs = Schema([ColSpec(kind, name, required=name not in OPTIONAL) for name, kind in TAIL.items()])
    kinds = {**dict.fromkeys((*DAYS, *TEXTS), "string"), "horizon": "long", "base_episodes": "long"}
    return ModelSignature(inputs, Schema([ColSpec(kinds.get(name, "double"), name) for name in ANSWER]))
