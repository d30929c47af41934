"""Versions of the registered model, and the aliases `champion` and `challenger`."""

from typing import TYPE_CHECKING

from forecast.runs.folder import Run
from forecast.runs.repredict import experiment_of
from forecast.runs.tracking.client import already_exists
from forecast.runs.tracking.run_data import is_promoted

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"


def register(client: "MlflowClient", run_id: str, model_id: str, run: Run) -> str:
    """Register the run as a new version of the model; its number.

    The alias `champion` moves to it if the rule of promotion holds for the run, otherwise `challenger` does.
    """
    from mlflow.exceptions import MlflowException

    name = experiment_of(run).tracking.model
    try:
        client.create_registered_model(name, description="Probabilities that a surge of small caps continues, stalls or reverses.")
    except MlflowException as error:
        if not already_exists(error):
            raise
    source = client.get_logged_model(model_id).artifact_location
    tags = {"digest": run.manifest.digest, "series": run.manifest.series, "as_of": str(run.manifest.as_of), "run_id": run.manifest.run_id}
    created = client.create_model_version(name, source, run_id=run_id, model_id=model_id, tags=tags)
    client.set_registered_model_alias(name, CHAMPION if is_promoted(run) else CHALLENGER, created.version)
    return str(created.version)
