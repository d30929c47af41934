"""The answer for one surge: the content of forecast.json."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

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
from forecast.runs.answer.analogs import Analog, answered_analogs
from forecast.runs.answer.demonstrated_skill import Headline, headline, sentence
from forecast.runs.answer.drivers import Driver, describe_drivers, rank_drivers
from forecast.runs.answer.scenarios import ScenarioAnswer, answer_scenarios
from forecast.target.outcome import OUTCOMES, UNSETTLED, barrier_met_so_far
from forecast.target.surge import episode_numbers, largest_since, surge_moves, surge_rank


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Surge(_Part):
    """The surge and its rank in the history.

    Parameters
    ----------
    session : str
        YYYY-MM-DD.
    window : int
        Sessions over which the return is measured.
    gain, log_return : float
        Simple and log return over the window; barriers are log moves.
    z : float
        `log_return` over the volatility before the surge.
    rank, of : int
        Rank among the returns of as many sessions up to then, and how many those are.
    largest_since : str or None
        Day of the last larger return; None if there was none.
    since : str
        First session of the history.
    """

    session: str
    window: int
    gain: float
    log_return: float
    z: float
    rank: int
    of: int
    largest_since: str | None
    since: str

    @property
    def sentence(self) -> str:
        """The surge in words."""
        since = f"the largest since {self.largest_since}" if self.largest_since else "the largest of all"
        return (
            f"{self.session}: {self.gain:+.2%} in {self.window} sessions (log {self.log_return:.4f}), "
            f"{self.z:.1f} sigma; {since}, number {self.rank} of {self.of} {self.window}-session returns since {self.since}."
        )


class QuestionAnswer(_Part):
    """The answer to one question; probabilities are by outcome.

    Parameters
    ----------
    question, asks : str
        Label of the question, and the question in words.
    headline : Headline
        The probabilities to read first.
    sentence : str
        The answer in words.
    horizon : int
        Sessions.
    barrier_kind : str
        "surge", "sigma" or "fixed".
    size, barrier : float
        Size by its kind, and the barrier as a log move.
    episode : int
        Number of the episode of the surge.
    probabilities, climatology : dict of str to float
        The forecast, and climatology on that day.
    uncalibrated, mc_error : dict of str to float
        The pooled components before calibration, and their Monte-Carlo standard errors.
    method : str
        How the components were pooled.
    level : float
        Of the interval.
    interval : dict of str to (float, float)
        Low and high; covers parameters, Monte Carlo, calibration and the spread of the components.
    components, weights : dict
        Probabilities and weights in the pool by component.
    settled, settled_episodes : int
        How many forecasts were settled by then.
    known : str
        Session at whose close the outcome is settled.
    outcome : str or None
        None until `known`.
    met, met_on : str or None
        The barrier met so far, and when.
    skill, skill_t : float or None
        Walk-forward Brier skill over climatology, and its t value.
    demonstrated : bool
        Whether `skill_t` is large enough for the forecast to be read first.
    """

    question: str
    headline: Headline
    sentence: str
    asks: str
    horizon: int
    barrier_kind: str
    size: float
    barrier: float
    episode: int
    probabilities: dict[str, float]
    uncalibrated: dict[str, float]
    method: str
    climatology: dict[str, float]
    mc_error: dict[str, float]
    level: float
    interval: dict[str, tuple[float, float]]
    components: dict[str, dict[str, float]]
    weights: dict[str, float]
    settled: int
    settled_episodes: int
    known: str
    outcome: str | None
    met: str | None
    met_on: str | None
    skill: float | None
    skill_t: float | None
    demonstrated: bool

    @property
    def became(self) -> str:
        """A sentence on the outcome, or on when it will be known."""
        if self.outcome is not None:
            return f"What became of it, known on {self.known}: {self.outcome}."
        if self.met is not None:
            return f"Already decided: the barrier to {self.met} was met on {self.met_on} (counted as known on {self.known})."
        return f"The outcome will be known on {self.known}."


@dataclass(frozen=True)
class RunKey:
    """The experiment's name, digest and run id that name a run in its answer and tables.

    Parameters
    ----------
    experiment, digest, run_id : str
    """

    experiment: str
    digest: str
    run_id: str


class Answer(_Part):
    """The answer for one surge.

    Parameters
    ----------
    headline : Headline
        That of the main question.
    series, source, origin : str
        The index, the kind of its data, and where they came from.
    experiment, digest, run_id : str
        Name the run.
    as_of : str
        Last session of the data.
    is_surge_today : bool
        Whether the surge is on that session.
    trained_to : str
        Last session the models were fitted on.
    surge : Surge
    questions : list of QuestionAnswer
        The main question first.
    drivers : list of Driver
        Features on the surge's session, those first that move the forecast most.
    geometry : dict of str to float, or None
        Tilts, as of `Driver`, of what describes the question itself.
    analogs : list of Analog
        Nearest past surges; empty without that component.
    scenarios : list of ScenarioAnswer
    notes : list of str
        Alarms, missing inputs, and scenarios that were left out.
    """

    headline: Headline
    series: str
    source: str
    origin: str
    experiment: str
    digest: str
    run_id: str
    as_of: str
    is_surge_today: bool
    trained_to: str
    surge: Surge
    questions: list[QuestionAnswer]
    drivers: list[Driver]
    geometry: dict[str, float] | None
    analogs: list[Analog]
    scenarios: list[ScenarioAnswer]
    notes: list[str]


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
