"""Make the answer for the last surge of a dataset from its forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.panel.series import SMALL
from forecast.backtest.backtest import Given
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.backtest.verification import CLIMATOLOGY, POOL
from forecast.backtest.verification.calibration_monitor import alarm_lines
from forecast.engines.arrays import Float
from forecast.models.ensemble.methods import combined_error
from forecast.models.forecaster import Forecaster
from forecast.models.logistic import FittedLogistic
from forecast.runs.answer.analogs import answered_analogs
from forecast.runs.answer.answer import Answer, QuestionAnswer, RunKey, Surge
from forecast.runs.answer.demonstrated_skill import headline, sentence
from forecast.runs.answer.drivers import describe_drivers, rank_drivers
from forecast.runs.answer.scenarios import answer_scenarios
from forecast.target.outcome import OUTCOMES, UNSETTLED, barrier_met_so_far
from forecast.target.surge import episode_numbers, largest_since, surge_moves, surge_rank


def answer_last(
    dataset: Dataset,
    experiment: Experiment,
    origin: RunKey,
    *,
    forecast: Given | None,
    fitted: Forecaster | None,
    metrics: Mapping[str, Any],
) -> Answer | None:
    """The answer for the last surge of a dataset.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
    origin : RunKey
        Names the run.
    forecast : Given or None
        The forecast of that surge.
    fitted : Forecaster or None
        Made the forecast; its tilts go to the drivers. None for a forecast read from the walk-forward.
    metrics : mapping
        Of the run: `questions` has the scores by label, and the alarms of `monitor` go to the notes.

    Returns
    -------
    Answer or None
        None if there is no surge or no forecast.
    """
    sample, panel = dataset.sample, dataset.panel
    if forecast is None or not len(sample.rows):
        return None
    place = len(sample.rows) - 1
    logistic = fitted.components.get("logistic") if fitted else None
    leverage = forecast.chain.leverage() if forecast.chain else None
    tilts = geometry = None
    if isinstance(logistic, FittedLogistic) and leverage is not None:
        weight = leverage[0, list(experiment.model.components).index("logistic")]
        tilts = {name: weight * tilt for name, tilt in logistic.tilts(sample.up_to(int(sample.rows[place]))).items()}
        geometry = {name: tilts.pop(name) for name in list(tilts) if name not in logistic.feature_names}
    scenarios, unsupposed = answer_scenarios(dataset, experiment, place, forecast, fitted)
    questions = answer_questions(dataset, experiment, place, forecast, metrics["questions"])
    return Answer(
        headline=questions[0].headline,
        series=panel.label,
        source=panel.source,
        origin=panel.origin,
        experiment=origin.experiment,
        digest=origin.digest,
        run_id=origin.run_id,
        as_of=f"{panel.sessions[-1]:%Y-%m-%d}",
        is_surge_today=int(sample.rows[place]) == len(sample) - 1,
        trained_to=str(sample.sessions[forecast.trained_to]),
        surge=describe_surge(dataset, experiment, place),
        questions=questions,
        drivers=rank_drivers(describe_drivers(dataset.features.frame.iloc[: int(sample.rows[place]) + 1], experiment.surge.window, tilts)),
        geometry=geometry,
        analogs=answered_analogs(sample, experiment.model, place, forecast.trained_to, fitted),
        scenarios=scenarios,
        notes=[*alarm_lines(metrics.get("monitor", {}), str(sample.sessions[-1])), *dataset.notes, *unsupposed],
    )


def describe_surge(dataset: Dataset, experiment: Experiment, place: int) -> Surge:
    """The surge number `place` of the sample, with its rank among all moves up to then."""
    sample = dataset.sample
    session = pd.Timestamp(sample.sessions[sample.rows[place]])
    moves = surge_moves(dataset.panel[SMALL], experiment.surge)["surge_return"]
    larger = largest_since(moves, session)
    log_return = float(sample.surge_return[place])
    return Surge(
        session=f"{session:%Y-%m-%d}",
        window=experiment.surge.window,
        gain=float(np.expm1(log_return)),
        log_return=log_return,
        z=float(sample.surge_z[place]),
        rank=surge_rank(moves, session),
        of=int(moves[moves.index <= session].notna().sum()),
        largest_since=None if larger is None else f"{larger:%Y-%m-%d}",
        since=f"{dataset.panel.sessions[0]:%Y-%m-%d}",
    )


def answer_questions(
    dataset: Dataset, experiment: Experiment, place: int, forecast: Given, scores: Mapping[str, Any]
) -> list[QuestionAnswer]:
    """An answer per question for the surge number `place`; `scores` are those of the walk-forward by label."""
    sample = dataset.sample
    seen = sample.up_to(int(sample.rows[place]))
    answers = []
    for q, question in enumerate(sample.questions):
        settled = seen.outcomes[:, q] != UNSETTLED
        code = int(sample.outcomes[place, q])
        met = barrier_met_so_far(sample.close, int(sample.rows[place]), float(sample.barriers[place, q]), question.horizon)
        pool = scores.get(question.label, {}).get("models", {}).get(POOL, {})
        skill, skill_t = pool.get(f"brier_skill_vs_{CLIMATOLOGY}"), pool.get(f"brier_t_vs_{CLIMATOLOGY}")
        probabilities, climatology = by_outcome(forecast.probabilities[q]), by_outcome(forecast.climatology[q])
        first = headline(probabilities, climatology, skill, skill_t)
        answers.append(
            QuestionAnswer(
                question=question.label,
                headline=first,
                sentence=sentence(first, probabilities, climatology, question.sentence),
                asks=question.sentence,
                horizon=question.horizon,
                barrier_kind=question.barrier,
                size=question.size,
                barrier=float(sample.barriers[place, q]),
                episode=int(episode_numbers(seen.rows, question.horizon)[-1]),
                probabilities=probabilities,
                uncalibrated=by_outcome(forecast.uncalibrated[q]),
                method=forecast.method,
                climatology=climatology,
                mc_error=by_outcome(combined_error(forecast.components[:, q], forecast.errors[:, q], forecast.weights[q], forecast.method)),
                level=experiment.interval.level,
                interval={outcome: (low, high) for outcome, low, high in zip(OUTCOMES, *forecast.bounds[q].tolist(), strict=True)},
                components={name: by_outcome(forecast.components[k, q]) for k, name in enumerate(experiment.model.components)},
                weights=dict(zip(experiment.model.components, forecast.weights[q].tolist(), strict=True)),
                settled=int(settled.sum()),
                settled_episodes=len(np.unique(episode_numbers(seen.rows[settled], question.horizon))),
                known=f"{dataset.settled_on(int(sample.rows[place]), question.horizon):%Y-%m-%d}",
                outcome=None if code == UNSETTLED else OUTCOMES[code],
                met=None if met is None else OUTCOMES[met[0]],
                met_on=None if met is None else str(sample.sessions[met[1]]),
                skill=skill,
                skill_t=skill_t,
                demonstrated=first.demonstrated,
            )
        )
    return answers


def by_outcome(probabilities: Float) -> dict[str, float]:
    """Three probabilities (3,) by outcome."""
    return dict(zip(OUTCOMES, probabilities.tolist(), strict=True))
