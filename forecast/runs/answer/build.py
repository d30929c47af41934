"""Make the answer for the last surge of a dataset from its forecast."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from features.panel.series import SMALL
from forecast.backtest.dataset import Dataset
from forecast.backtest.experiment import Experiment
from forecast.backtest.forecaster_names import BASE_RATE
from forecast.backtest.promotion import LeastSkill, least_skill
from forecast.backtest.verification import POOL
from forecast.backtest.verification.calibration_monitor import alarm_lines
from forecast.engines.arrays import Float
from forecast.models.ensemble.methods import STAND_IN, combined_error
from forecast.models.forecast_model import ForecastModel
from forecast.models.forecasts import Forecasts
from forecast.models.logistic import FittedLogistic
from forecast.runs.answer.analogs import answered_analogs
from forecast.runs.answer.answer import Answer, QuestionAnswer, RunKey, Surge
from forecast.runs.answer.demonstrated_skill import headline, sentence
from forecast.runs.answer.drawdowns import drawdowns_ahead
from forecast.runs.answer.drivers import describe_drivers, rank_drivers
from forecast.runs.answer.neighbour import with_neighbours
from forecast.runs.answer.plain_values import by_outcome, outcome_or_none
from forecast.runs.answer.scenarios import answer_scenarios
from forecast.runs.contrasts.build import contrasts_of
from forecast.runs.contrasts.precedents import Precedents
from forecast.target.outcome import OUTCOMES, barrier_met_so_far
from forecast.target.surge import episode_numbers, largest_since, surge_moves, surge_rank


def answer_last(
    dataset: Dataset,
    experiment: Experiment,
    origin: RunKey,
    *,
    forecast: Forecasts,
    model: ForecastModel | None,
    metrics: Mapping[str, Any],
    companions: Precedents | None = None,
) -> Answer | None:
    """The answer for the last surge of a dataset.

    Parameters
    ----------
    dataset : Dataset
    experiment : Experiment
    origin : RunKey
        Names the run.
    forecast : Forecasts
        The forecast of that surge, a batch of one, or none.
    model : ForecastModel or None
        Made the forecast; its tilts go to the drivers. None for a forecast of the walk-forward.
    metrics : mapping
        Of the run: `questions` has the scores by label, and the alarms of `monitor` go to the notes.
    companions : Precedents, optional
        Surges of the companions, for the contrasts.

    Returns
    -------
    Answer or None
        None if there is no forecast.
    """
    sample, panel = dataset.sample, dataset.panel
    if not len(forecast):
        return None
    place, trained_to = len(sample.rows) - 1, int(forecast.trained_to[0])
    seen = sample.up_to(int(sample.rows[place]))
    logistic = model.forecaster.components.get("logistic") if model else None
    leverage = model.ensemble.leverage() if model else None
    tilts = geometry = None
    if isinstance(logistic, FittedLogistic) and leverage is not None:
        weight = leverage[0, list(experiment.model.components).index("logistic")]
        tilts = {name: weight * tilt for name, tilt in logistic.tilts(seen).items()}
        geometry = {name: tilts.pop(name) for name in list(tilts) if name not in logistic.feature_names}
    scenarios, unsupposed = answer_scenarios(dataset, experiment, place, forecast, model)
    questions = answer_questions(dataset, experiment, place, forecast, metrics["questions"])
    return Answer(
        headline=questions[0].headline,
        series=panel.market,
        source=panel.source,
        origin=panel.origin,
        experiment=origin.experiment,
        digest=origin.digest,
        run_id=origin.run_id,
        as_of=f"{panel.sessions[-1]:%Y-%m-%d}",
        last_close=float(sample.close[-1]),
        is_surge_today=int(sample.rows[place]) == len(sample) - 1,
        trained_to=str(sample.sessions[trained_to]),
        surge=describe_surge(dataset, experiment, place),
        questions=questions,
        drivers=rank_drivers(describe_drivers(dataset.features.frame.iloc[: int(sample.rows[place]) + 1], experiment.surge.window, tilts)),
        geometry=geometry,
        analogs=answered_analogs(sample, experiment.model, place, trained_to, model.forecaster if model else None),
        scenarios=scenarios,
        drawdowns=drawdowns_ahead(seen, forecast, model, seed=experiment.seed, paths=experiment.model.paths),
        contrasts=contrasts_of(dataset, experiment, place, companions),
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
        close=float(sample.close[sample.rows[place]]),
        made_of_returns=dataset.panel.made_of_returns,
        largest_since=None if larger is None else f"{larger:%Y-%m-%d}",
        since=f"{dataset.panel.sessions[0]:%Y-%m-%d}",
    )


def answer_questions(
    dataset: Dataset, experiment: Experiment, place: int, forecast: Forecasts, scores: Mapping[str, Any]
) -> list[QuestionAnswer]:
    """An answer per question for the surge number `place`; `scores` are those of the walk-forward by label."""
    sample = dataset.sample
    seen = sample.up_to(int(sample.rows[place]))
    answers = []
    names, method = experiment.model.components, str(forecast.method[0])
    weights, components = forecast.weights[0], forecast.components[0]
    for q, question in enumerate(sample.questions):
        settled = seen.settled[:, q]
        code = int(sample.outcomes[place, q])
        row, barrier, fall = int(sample.rows[place]), float(sample.barriers[place, q]), question.is_fall
        met = barrier_met_so_far(sample.close, row, barrier, question.horizon, fall=fall)
        pool = scores.get(question.label, {}).get("models", {}).get(POOL, {})
        least = LeastSkill(BASE_RATE, None, None) if method == STAND_IN else least_skill(pool)
        probabilities, base_rate = by_outcome(forecast.probabilities[0, q]), by_outcome(forecast.base_rates[0, q])
        first = headline(probabilities, least, experiment.promotion, method)
        answers.append(
            QuestionAnswer(
                question=question.label,
                headline=first,
                sentence=sentence(first, base_rate, question.sentence, question.barrier),
                asks=question.sentence,
                horizon=question.horizon,
                barrier_kind=question.barrier,
                size=question.size,
                barrier=float(sample.barriers[place, q]),
                episode=int(episode_numbers(seen.rows, question.horizon)[-1]),
                probabilities=probabilities,
                uncalibrated=by_outcome(forecast.uncalibrated[0, q]),
                method=method,
                base_rate=base_rate,
                base_interval=_intervals(forecast.base_bounds[0, q]),
                base_episodes=int(forecast.base_episodes[0, q]),
                climatology=by_outcome(forecast.climatology[0, q]),
                mc_error=by_outcome(combined_error(components[:, q], forecast.errors[0, :, q], weights[q], method)),
                level=experiment.interval.level,
                interval=_intervals(forecast.bounds[0, q]),
                components={name: by_outcome(components[k, q]) for k, name in enumerate(names)},
                weights=dict(zip(names, weights[q].tolist(), strict=True)),
                settled=int(settled.sum()),
                settled_episodes=len(np.unique(episode_numbers(seen.rows[settled], question.horizon))),
                known=f"{dataset.settled_on(int(sample.rows[place]), question.horizon):%Y-%m-%d}",
                outcome=outcome_or_none(code),
                met=None if met is None else OUTCOMES[met[0]],
                met_on=None if met is None else str(sample.sessions[met[1]]),
                met_after=None if met is None else met[1] - int(sample.rows[place]),
                skill=least.skill,
                skill_t=least.t,
                skill_over=least.over,
                skill_episodes=int(scores.get(question.label, {}).get("episodes", 0)),
                min_t=experiment.promotion.min_t,
                demonstrated=first.demonstrated,
            )
        )
    return with_neighbours(answers)


def _intervals(bounds: Float) -> dict[str, tuple[float, float]]:
    """Low and high (2, 3) by outcome."""
    return {outcome: (low, high) for outcome, low, high in zip(OUTCOMES, *bounds.tolist(), strict=True)}
