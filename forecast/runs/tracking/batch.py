"""Parameters, tags and metrics of a run in one batch."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from forecast.runs.tracking.dataset import LoggedDataset
from forecast.runs.tracking.forecaster_scores import ForecasterScores

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric

FOLLOWED = "brier_skill_vs_base_rate"  # of each question and component, from refit to refit
GROUP = "skill"  # and no group of MLflow's, whose charts would come before those of the forecast


def log_values(
    client: "MlflowClient", run_id: str, params: Mapping[str, str], tags: Mapping[str, str], metrics: Sequence["Metric"]
) -> None:
    """Everything at once; MLflow parts what is more than one request may hold."""
    from mlflow.entities import Param, RunTag

    listed = [Param(key, value) for key, value in params.items()]
    client.log_batch(run_id, metrics, listed, [RunTag(key, value) for key, value in tags.items()])


def score_metrics(scores: ForecasterScores, dataset: LoggedDataset, model_id: str | None) -> Iterator["Metric"]:
    """The numbers of a forecaster, with a step per refit where they have steps, and with the dataset and the model they belong to."""
    last = max((steps[-1][0] for steps in scores.steps.values() if steps), default=0)
    single = {name: [(last, value)] for name, value in scores.numbers.items() if not scores.steps.get(name)}
    about = {"model_id": model_id, "dataset_name": dataset.name, "dataset_digest": dataset.digest}
    return metrics_of(((name, value, fold) for name, steps in (single | scores.steps).items() for fold, value in steps), **about)


def forecast_metrics(forecast: Mapping[str, float], as_of: date, dataset: LoggedDataset, model_id: str) -> Iterator["Metric"]:
    """Probabilities of the last surge, of the day that they are known on: its step is YYYYMMDD, so that mornings stand side by side."""
    from mlflow.entities import Metric

    moment = int(datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC).timestamp() * 1000)
    step = int(f"{as_of:%Y%m%d}")
    for name, value in forecast.items():
        yield Metric(name, value, moment, step, model_id=model_id, dataset_name=dataset.name, dataset_digest=dataset.digest)


def followed_metrics(scores: Iterable[ForecasterScores]) -> Iterator["Metric"]:
    """FOLLOWED of each question and component, a step a refit, their charts after those of the forecast."""
    return metrics_of((f"{GROUP}.{each.name}", value, fold) for each in scores for fold, value in each.steps.get(FOLLOWED, ()))


def load_metrics(machine_load: Mapping[str, list[float]]) -> Iterator["Metric"]:
    """Load of the machine during the training, under the prefix that MLflow's pages look for; the step is the second."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    seconds, now = machine_load.get("seconds", []), get_current_time_millis()
    ago = [now - int(1000 * (seconds[-1] - second)) for second in seconds]
    for name, values in machine_load.items():
        if name != "seconds":
            for second, at, value in zip(seconds, ago, values, strict=True):
                yield Metric(f"system/{name}", value, at, int(second))


def metrics_of(points: Iterable[tuple[str, float, int]], **about: str | None) -> Iterator["Metric"]:
    """Points of (name, value, step), of now."""
    from mlflow.entities import Metric
    from mlflow.utils.time import get_current_time_millis

    now = get_current_time_millis()
    return (Metric(name, value, now, step, **about) for name, value, step in points)
