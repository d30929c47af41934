"""Versions of the registered model, and the aliases `champion` and `challenger`."""

from typing import TYPE_CHECKING

from forecast.runs.tracking.client import already_exists
from forecast.runs.tracking.run_data import RunContent

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
TAGS = ("promoted", "series", "as_of", "digest")
ABOUT = (
    "Will a surge of small caps continue, stall or reverse? Each version is a training, and answers with probabilities, their ranges "
    "and the base rate. `champion` is the last that was promoted: that surely beat the base rate and climatology on forecasts that were "
    "settled. Without it there is `challenger`, the last that was not."
)


def register(client: "MlflowClient", run_id: str, model_id: str, content: RunContent) -> str:
    """Register the run as a new version of the model, which says what the run's page says; its number.

    The alias `champion` moves to it if the rule of promotion holds for the run, otherwise `challenger` does.
    """
    from mlflow.exceptions import MlflowException

    name = content.experiment.tracking.model
    try:
        client.create_registered_model(name, description=ABOUT)
    except MlflowException as error:
        if not already_exists(error):
            raise
    source = client.get_logged_model(model_id).artifact_location
    tags = {key: content.tags[key] for key in TAGS}
    created = client.create_model_version(name, source, run_id=run_id, model_id=model_id, tags=tags, description=content.description)
    client.set_registered_model_alias(name, CHAMPION if content.promoted else CHALLENGER, created.version)
    return str(created.version)
