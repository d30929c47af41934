"""Writes the files of a run."""

import platform
from importlib.metadata import version
from pathlib import Path

from features.errors import InputError
from features.sources import panel_file
from forecast.backtest.study import Study, StudyResult
from forecast.runs.answer.answer import Answer, RunKey
from forecast.runs.answer.build import answer_last
from forecast.runs.ask.run_paths import run_surface
from forecast.runs.ask.surface_file import write_surface
from forecast.runs.contrasts.build import companion_precedents
from forecast.runs.manifest import FEATURES, PANEL, PRECEDENTS, Manifest, digests, seal, write_json
from forecast.runs.predictions import read as predictions
from forecast.runs.predictions.tables import components_table, predictions_table
from forecast.runs.same_closes import recent_returns


def write_run(
    folder: Path, study: Study, result: StudyResult, run_id: str, *, tracking_experiment: str | None = None, text: bool = True
) -> Answer | None:
    """Every file of the run into `folder`, the manifest last; the answer for the last surge, None if there is none.

    tracking_experiment : that of MLflow in which the run is filed; default, that of the study's experiment.
    text : whether the predictions are written as CSV too.
    InputError when the disk is full or closed to us.
    """
    dataset, experiment = study.dataset, study.experiment
    origin = RunKey(experiment.name, study.digest, run_id)
    forecast = result.forecasts.of_surge(len(dataset.sample.rows) - 1)
    model = result.model if result.today else None
    companions = companion_precedents(dataset, experiment, study.companions)
    answer = answer_last(dataset, experiment, origin, forecast=forecast, model=model, metrics=result.metrics, companions=companions)
    surface = base_rate = None
    if answer is not None and model is not None:
        seen, forecaster = dataset.sample.up_to(int(dataset.sample.rows[-1])), model.forecaster
        surface, base_rate = run_surface(seen, forecaster, answer.questions, seed=experiment.seed), forecaster.base_rate.of_surge(seen)
    try:
        predictions.write(predictions_table(dataset, result.forecasts, origin), folder, text=text)
        components_table(dataset, result.forecasts, experiment.model.components).to_parquet(folder / "components.parquet", index=False)
        companions.write(folder / PRECEDENTS)
        panel_file.save(dataset.panel, folder / PANEL)
        panel_file.save_features(dataset.features, folder / FEATURES)
        write_json(folder / "experiment.json", experiment.model_dump(mode="json"))
        write_json(folder / "model.json", result.model.dump())
        write_json(folder / "forecast.json", answer.model_dump(mode="json") if answer else None)
        write_json(folder / "metrics.json", result.metrics)
        write_surface(folder, surface, base_rate)
        seal(folder, _manifest(study, run_id, tracking_experiment or experiment.tracking.experiment, digests(folder)))
    except OSError as error:
        raise InputError(f"--output: the run cannot be written ({error.strerror}); make room, or name another folder") from None
    return answer


def _manifest(study: Study, run_id: str, tracking_experiment: str, files: dict[str, str]) -> Manifest:
    panel, experiment = study.dataset.panel, study.experiment
    return Manifest(
        name=study.run_name,
        digest=study.digest,
        run_id=run_id,
        experiment_digest=experiment.digest,
        panel_digest=panel.digest,
        panel_columns=list(panel.frame.columns),
        sessions=len(panel.sessions),
        first_session=panel.sessions[0].date(),
        as_of=panel.sessions[-1].date(),
        recent_returns=recent_returns(study.dataset.sample),
        data=study.data,
        source=panel.source,
        origin=panel.origin,
        market=panel.market,
        series=panel.market,
        made_of_returns=panel.made_of_returns,
        companions=[sample.market for sample in study.companions],
        tracking_experiment=tracking_experiment,
        notes=list(study.dataset.notes),
        version=version("smallcap-surge"),
        python=platform.python_version(),
        files=files,
    )
