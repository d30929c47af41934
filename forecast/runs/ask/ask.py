"""A fitted run asked any question: which close comes, or comes first, within any horizon after its last surge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel.calendar import session_after
from forecast.backtest.dataset import Data, Dataset, LiveOptions
from forecast.engines.arrays import Float
from forecast.engines.passage.first_passage import simulate_paths
from forecast.engines.seeds import session_key
from forecast.models.component import Simulates
from forecast.models.forecaster import Forecaster
from forecast.runs.answer.answer import QuestionAnswer, Surge
from forecast.runs.ask.event import Event, in_words
from forecast.runs.ask.event_forecast import Estimate, EventForecast
from forecast.runs.ask.surface import Grid, Surface
from forecast.runs.fitted_run import read_forecaster
from forecast.runs.folder import Run
from forecast.runs.repredict import experiment_of, repredict, stored_dataset, written_answer
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL
from forecast.target.sample import Sample

PATHS = 8192  # in all: a probability between those of the grid is known to half a point
NAMES = {
    "both": {OUTCOMES[CONTINUE]: CONTINUE, OUTCOMES[STALL]: STALL, OUTCOMES[REVERSE]: REVERSE},
    "fall": {"falls": REVERSE, "does not": STALL},
    "rise": {"rises": CONTINUE, "does not": STALL},
}


@dataclass(frozen=True)
class AnsweredRun:
    """A fitted run with the forecast of one surge, which any question may be asked of.

    Parameters
    ----------
    surge : Surge
    questions : sequence of QuestionAnswer
        The forecast of the surge.
    sample : Sample
        The target market up to the surge's session.
    forecaster : Forecaster
        The fitted components.
    exchange : str
        Whose calendar holds.
    surface : Surface
        Paths of the components, with weights under which they agree with the forecast.
    """

    surge: Surge
    questions: Sequence[QuestionAnswer]
    sample: Sample
    forecaster: Forecaster
    exchange: str
    surface: Surface

    @classmethod
    def of(cls, run: Run, data: Data = None, as_of: str | date | None = None, fresh: LiveOptions | None = None) -> "AnsweredRun":
        """The run with the answer it was trained to give, or, with `data` or `as_of`, with the one that it gives for another day.

        InputError where there was no surge, or the fitted models have seen what followed it.
        """
        experiment = experiment_of(run)
        answer = written_answer(run) if data is None and as_of is None else None
        if answer is not None:
            dataset: Dataset = stored_dataset(run, experiment)
        elif data is None and as_of is None:
            raise InputError(f"run {run.folder}: there was no surge in its data; ask for another day with --as-of")
        else:
            again = repredict(run, data, as_of, fresh)
            answer, dataset = again.answer, again.dataset
        trained, surge = pd.Timestamp(run.manifest.as_of), pd.Timestamp(answer.surge.session)
        if surge < trained:
            raise InputError(
                f"run {run.folder}: its models have seen what followed the surge of {surge:%Y-%m-%d}; train with --as-of {surge:%Y-%m-%d}"
            )
        return cls.of_forecast(answer.surge, answer.questions, dataset, read_forecaster(run), seed=experiment.seed)

    @classmethod
    def of_forecast(
        cls, surge: Surge, questions: Sequence[QuestionAnswer], dataset: Dataset, forecaster: Forecaster, *, seed: int
    ) -> "AnsweredRun":
        """With the forecast of the last surge of `dataset`, on `questions`; InputError where no component simulates paths."""
        sample = dataset.sample.up_to(int(dataset.sample.rows[-1]))
        moves = run_paths(sample, forecaster, questions, seed=seed, paths=PATHS)
        if not len(moves):
            raise InputError("run: none of its components simulates paths; train with ewma, range, garch or msgarch among them")
        return cls(surge, questions, sample, forecaster, dataset.panel.exchange, Surface.of(Grid.of(questions), moves))

    def ask(self, event: Event) -> EventForecast:
        """The reply to one question.

        Parameters
        ----------
        event : Event
            What is asked.

        Returns
        -------
        EventForecast
        """
        p, bounds = self.surface.probabilities(event)
        base, base_bounds, episodes = self._base_rate(event)
        nearest = self.questions[int(self.surface.grid.nearest_first(event)[0][0])]
        each = {
            name: Estimate(
                probability=float(p[place]),
                low=float(bounds[0, place]),
                high=float(bounds[1, place]),
                base_rate=float(base[place]),
                base_low=float(base_bounds[0, place]),
                base_high=float(base_bounds[1, place]),
            )
            for name, place in NAMES[event.side].items()
        }
        surge = self.surge
        return EventForecast(
            asks=in_words(event, None if surge.made_of_returns else surge.close),
            surge=surge.session,
            by=f"{session_after(self.exchange, pd.Timestamp(surge.session), event.horizon):%Y-%m-%d}",
            side=event.side,
            move=event.move,
            horizon=event.horizon,
            level=nearest.level,
            outcomes=each,
            base_episodes=int(episodes),
            nearest=nearest.question,
            trust=_trust(nearest),
        )

    def _base_rate(self, event: Event) -> tuple[Float, Float, float]:
        """Base rates (3,), their intervals (2, 3), and the episodes that they are worth."""
        rates = self.forecaster.base_rate.rates_beyond(self.sample, np.array([event.move]), np.array([event.horizon]), event.side)
        return rates.frequencies[0], rates.bounds(self.questions[0].level)[0], float(rates.evidence[0])


def run_paths(sample: Sample, forecaster: Forecaster, answers: Sequence[QuestionAnswer], *, seed: int, paths: int) -> Float:
    """Equally likely paths of the components that simulate, (n, h), h the longest horizon asked, by the key of the forecast.

    Of each component as many as it has weight in the pool; antithetic pairs stay together.
    """
    fitted = {name: each for name, each in forecaster.components.items() if isinstance(each, Simulates)}
    weights = np.array([np.mean([answer.weights[name] for answer in answers]) for name in fitted])
    shares = weights / weights.sum() if weights.sum() > 0 else np.full(len(fitted), 1 / max(len(fitted), 1))
    key, horizon = session_key(seed, sample.market, sample.sessions[-1]), int(sample.horizons.max())
    parts = [np.empty((0, horizon))]
    for each, share in zip(fitted.values(), shares, strict=True):
        if count := 2 * round(share * paths / 2):
            parts.append(simulate_paths(each.sessions_ahead(sample), horizon, key=key, paths=count))
    return np.concatenate(parts)


def _trust(question: QuestionAnswer) -> str:
    """A sentence on the skill shown on the nearest question that was scored."""
    where = f"the nearest question that was scored ({question.question}, {question.skill_episodes} episodes)"
    if question.skill_t is None:
        return f"Trust: not known; {where} has no settled forecasts to judge by."
    word = "demonstrated" if question.demonstrated else "unproven"
    return f"Trust: {word} on {where}: t {question.skill_t:.1f}, where {question.min_t:.2f} counts as demonstrated."
