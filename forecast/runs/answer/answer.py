"""Answer: what a reader is told of one surge; the content of forecast.json."""

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
    """The surge in its history. `gain` is the simple return, `log_return` the one that barriers are measured in."""

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
    """Probabilities of one question, by outcome; `uncalibrated` are those of the pool, by `method`, before calibration.

    `mc_error` is the Monte-Carlo standard error of `uncalibrated`, as `combined_error` has it. interval : low and high of each, of
    the `level`: parameters, Monte Carlo, calibration and components together. `headline` is what should be read first, `sentence`
    the answer in words, in that order, and `asks` the question in words. `outcome` is missing until the session `known`, `met` is
    the barrier met so far. `skill` is the walk-forward Brier skill over climatology; it is `demonstrated` from a t value of
    PLAUSIBLE_T on.
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
        """In a sentence, what became of it, or when that will be known."""
        if self.outcome is not None:
            return f"What became of it, known on {self.known}: {self.outcome}."
        if self.met is not None:
            return f"Already decided: the barrier to {self.met} was met on {self.met_on} (counted as known on {self.known})."
        return f"The outcome will be known on {self.known}."


@dataclass(frozen=True)
class RunKey:
    """What names a run in its answer and tables."""

    experiment: str
    digest: str
    run_id: str


class Answer(_Part):
    """One surge, its questions and drivers; `headline` is that of the main question, the first of them.

    `geometry` is the tilt of what describes the question itself, as of `Driver`. `analogs` are the past surges nearest to it, as they
    were known at its close; none where the component is not in the experiment.
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
    dataset: Dataset, experiment: Experiment, origin: RunKey, *, given: Given | None, fitted: Forecaster | None, metrics: Mapping[str, Any]
) -> Answer | None:
    """The answer for the last surge of the dataset from the forecast `given`; None where there is no surge or no forecast.

    fitted : the forecaster that gave it, for the drivers' tilts; None for a forecast read from the walk-forward.
    metrics : of the run: `questions`, scores by label of the whole walk-forward, and `monitor`, whose alarms are told in the notes.
    """
    sample, panel = dataset.sample, dataset.panel
    if given is None or not len(sample.rows):
        return None
    place = len(sample.rows) - 1
    logistic = fitted.components.get("logistic") if fitted else None
    leverage = given.chain.leverage() if given.chain else None
    tilts = geometry = None
    if isinstance(logistic, FittedLogistic) and leverage is not None:
        weight = leverage[0, list(experiment.model.components).index("logistic")]
        tilts = {name: weight * tilt for name, tilt in logistic.tilts(sample.up_to(int(sample.rows[place]))).items()}
        geometry = {name: tilts.pop(name) for name in list(tilts) if name not in logistic.feature_names}
    scenarios, unsupposed = answer_scenarios(dataset, experiment, place, given, fitted)
    questions = answer_questions(dataset, experiment, place, given, metrics["questions"])
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
        trained_to=str(sample.sessions[given.trained_to]),
        surge=describe_surge(dataset, experiment, place),
        questions=questions,
        drivers=rank_drivers(describe_drivers(dataset.features.frame.iloc[: int(sample.rows[place]) + 1], experiment.surge.window, tilts)),
        geometry=geometry,
        analogs=answered_analogs(sample, experiment.model, place, given.trained_to, fitted),
        scenarios=scenarios,
        notes=[*alarm_lines(metrics.get("monitor", {}), str(sample.sessions[-1])), *dataset.notes, *unsupposed],
    )


def describe_surge(dataset: Dataset, experiment: Experiment, place: int) -> Surge:
    """The surge number `place` of the sample, with its rank among all moves known by then."""
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


def answer_questions(dataset: Dataset, experiment: Experiment, place: int, given: Given, scores: Mapping[str, Any]) -> list[QuestionAnswer]:
    """One answer a question for the surge number `place`, from the forecast `given`."""
    sample = dataset.sample
    seen = sample.up_to(int(sample.rows[place]))
    answers = []
    for q, question in enumerate(sample.questions):
        settled = seen.outcomes[:, q] != UNSETTLED
        code = int(sample.outcomes[place, q])
        met = barrier_met_so_far(sample.close, int(sample.rows[place]), float(sample.barriers[place, q]), question.horizon)
        pool = scores.get(question.label, {}).get("models", {}).get(POOL, {})
        skill, skill_t = pool.get(f"brier_skill_vs_{CLIMATOLOGY}"), pool.get(f"brier_t_vs_{CLIMATOLOGY}")
        forecast, climatology = by_outcome(given.probabilities[q]), by_outcome(given.climatology[q])
        first = headline(forecast, climatology, skill, skill_t)
        answers.append(
            QuestionAnswer(
                question=question.label,
                headline=first,
                sentence=sentence(first, forecast, climatology, question.sentence),
                asks=question.sentence,
                horizon=question.horizon,
                barrier_kind=question.barrier,
                size=question.size,
                barrier=float(sample.barriers[place, q]),
                episode=int(episode_numbers(seen.rows, question.horizon)[-1]),
                probabilities=forecast,
                uncalibrated=by_outcome(given.uncalibrated[q]),
                method=given.method,
                climatology=climatology,
                mc_error=by_outcome(combined_error(given.components[:, q], given.errors[:, q], given.weights[q], given.method)),
                level=experiment.interval.level,
                interval={outcome: (low, high) for outcome, low, high in zip(OUTCOMES, *given.bounds[q].tolist(), strict=True)},
                components={name: by_outcome(given.components[k, q]) for k, name in enumerate(experiment.model.components)},
                weights=dict(zip(experiment.model.components, given.weights[q].tolist(), strict=True)),
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
    """Three numbers by outcome."""
    return dict(zip(OUTCOMES, probabilities.tolist(), strict=True))
