"""A run as an MLflow model, which carries the code, the panel and the fitted numbers; nothing in it is unpickled."""

import platform
import re
from importlib.metadata import requires, version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import features
import forecast
from features.panel.panel import Panel
from features.panel.series import SMALL
from forecast.runs.folder import Run
from forecast.runs.manifest import SERVED, write_json
from forecast.runs.tracking.client import with_retries
from forecast.runs.tracking.files import copy_packages, lay_out

if TYPE_CHECKING:
    from mlflow import MlflowClient

RUN, CODE = "artifacts/run", "code"  # paths within the model
SCRIPT = Path(__file__).with_name("served_model.py")
EXAMPLE, SERVING_EXAMPLE = "input_example.json", "serving_input_example.json"
REQUIREMENTS, CONDA, PYTHON = "requirements.txt", "conda.yaml", "python_env.yaml"
NEEDED = re.compile(r"[A-Za-z0-9_.-]+")
NAME = "forecaster"
OPTIONAL = {"known"}
KINDS = {str: "string", float: "double", int: "long"}


def log_model(client: "MlflowClient", experiment: str, run_id: str, run: Run, panel: Panel) -> str:
    """Log the run as a model, an output of the run; its id in the store."""
    from mlflow.entities import LoggedModelOutput

    named = {"digest": run.manifest.digest}
    made = client.create_logged_model(experiment, name=NAME, source_run_id=run_id, model_type="smallcap-surge", params=named)
    try:
        with TemporaryDirectory() as scratch:
            folder = save_model(run, Path(scratch), panel=panel, model_id=made.model_id, run_id=run_id)
            with_retries(lambda: client.log_model_artifacts(made.model_id, str(folder)))
    except BaseException:
        client.finalize_logged_model(made.model_id, "FAILED")
        raise
    client.finalize_logged_model(made.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(made.model_id, step=0)])
    return str(made.model_id)


def save_model(run: Run, place: Path, *, panel: Panel, model_id: str | None = None, run_id: str | None = None) -> Path:
    """Folder of the model, in `place`: code, signature, an example, and the packages it needs by version.

    Written here and not by MLflow, which would compare every package with what is installed, and name places of this machine.
    """
    folder = place / "model"
    lay_out(run, folder / RUN, SERVED)
    copy_packages((Path(wing.__path__[0]) for wing in (features, forecast)), folder / CODE)
    (folder / SCRIPT.name).write_bytes(SCRIPT.read_bytes())
    example = request_example(panel)
    write_json(folder / EXAMPLE, example)
    write_json(folder / SERVING_EXAMPLE, {"dataframe_split": example})
    _write_environment(folder)
    _write_mlmodel(folder, run, model_id=model_id, run_id=run_id)
    return folder


def _write_mlmodel(folder: Path, run: Run, *, model_id: str | None, run_id: str | None) -> None:
    """The file that tells MLflow what is where in `folder`, and how the model is asked."""
    from mlflow.models import Model

    model = Model(
        run_id=run_id,
        model_id=model_id,
        signature=_signature(),
        saved_input_example_info={
            "artifact_path": EXAMPLE,
            "serving_input_path": SERVING_EXAMPLE,
            "type": "dataframe",
            "pandas_orient": "split",
        },
        metadata={"digest": run.manifest.digest, "as_of": str(run.manifest.as_of), "series": run.manifest.series},
        model_size_bytes=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
    )
    model.add_flavor(
        "python_function",
        loader_module="mlflow.pyfunc.loaders.code_model",
        model_code_path=SCRIPT.name,
        artifacts={"run": {"path": RUN, "uri": RUN}},
        code=CODE,
        env={"conda": CONDA, "virtualenv": PYTHON},
        python_version=platform.python_version(),
        streamable=False,
    )
    model.save(folder / "MLmodel")


def _write_environment(folder: Path) -> None:
    """What MLflow makes an environment of, by pip or by conda."""
    packages, python = requirements(), platform.python_version()
    (folder / REQUIREMENTS).write_text("\n".join(packages), "utf-8")
    write_json(folder / PYTHON, {"python": python, "build_dependencies": ["pip"], "dependencies": [f"-r {REQUIREMENTS}"]})  # JSON is YAML
    write_json(folder / CONDA, {"name": "mlflow-env", "dependencies": [f"python={python}", "pip", {"pip": packages}]})


def requirements() -> list[str]:
    """The packages that this one needs, at the versions it was trained with."""
    names = [NEEDED.match(line) for line in requires("smallcap-surge") or () if "extra ==" not in line]
    return [f"{name[0]}=={version(name[0])}" for name in names if name]


def request_example(panel: Panel) -> dict[str, Any]:
    """An example request, columns and rows: the last close of the training, which adds nothing new."""
    close = panel[SMALL]
    day = f"{close.index[-1]:%Y-%m-%d}"
    return {"columns": ["series", "stamp", "value", "known"], "data": [[SMALL.name, day, float(close.iloc[-1]), day]]}


def _signature() -> Any:
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema

    from forecast.runs.served_run import ANSWER, DAYS, QUESTION_KEYS, TAIL, TEXTS

    inputs = Schema([ColSpec(kind, name, required=name not in OPTIONAL) for name, kind in TAIL.items()])
    kinds = {**dict.fromkeys((*DAYS, *TEXTS), "string"), "horizon": "long", "base_episodes": "long"}
    outputs = Schema([ColSpec(kinds.get(name, "double"), name) for name in ANSWER])
    return ModelSignature(inputs, outputs, ParamSchema([ParamSpec(name, KINDS[type(none)], none) for name, none in QUESTION_KEYS.items()]))
