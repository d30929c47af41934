"""A fitted run asked any question: which close comes, or comes first, within any horizon after its last surge."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from features.errors import InputError
from features.panel.calendar import session_after
from forecast.backtest.dataset import Data, Dataset, LiveOptions
from forecast.models.forecaster import Forecaster
from forecast.models.surge_base_rate import SurgeBaseRate
from forecast.runs.answer.answer import QuestionAnswer, Surge
from forecast.runs.ask.event import Event, in_words
from forecast.runs.ask.event_forecast import Estimate, EventForecast
from forecast.runs.ask.run_paths import run_surface
from forecast.runs.ask.surface import Grid, Surface
from forecast.runs.ask.surface_file import read_base_rate, read_surface
from forecast.runs.fitted_run import read_forecaster
from forecast.runs.folder import Run
from forecast.runs.repredict import experiment_of, repredict, written_answer
from forecast.target.outcome import CONTINUE, OUTCOMES, REVERSE, STALL

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
    exchange : str
        Whose calendar holds.
    surface : Surface
        Paths of the components, with weights under which they agree with the forecast.
    base_rate : SurgeBaseRate
        What followed past surges, drawn about the surge.
    """

    surge: Surge
    questions: Sequence[QuestionAnswer]
    exchange: str
    surface: Surface
    base_rate: SurgeBaseRate

    @classmethod
    def of(cls, run: Run, data: Data = None, as_of: str | date | None = None, fresh: LiveOptions | None = None) -> "AnsweredRun":
        """The run with the answer it was trained to give, or, with `data` or `as_of`, with the one that it gives for another day.

        InputError where there was no surge, or the fitted models have seen what followed it.
        """
        experiment = experiment_of(run)
        if data is not None or as_of is not None:
            again = repredict(run, data, as_of, fresh)
            _refuse_seen(run, again.answer.surge)
            return cls.of_forecast(again.answer.surge, again.answer.questions, again.dataset, read_forecaster(run), seed=experiment.seed)
        answer = written_answer(run)
        if answer is None:
            raise InputError(f"run {run.folder}: there was no surge in its data; ask for another day with --as-of")
        _refuse_seen(run, answer.surge)
        return cls.of_training(run, answer.surge, answer.questions, experiment.market.exchange)

    @classmethod
    def of_training(cls, run: Run, surge: Surge, questions: Sequence[QuestionAnswer], exchange: str) -> "AnsweredRun":
        """With what the run was trained to answer, and the paths that it keeps; InputError where it keeps none."""
        grid = Grid.of(questions)
        surface = read_surface(run, grid)
        if surface is None:
            raise _no_paths()
        return cls(surge, questions, exchange, surface, read_base_rate(run, int(grid.horizons.max())))

    @classmethod
    def of_forecast(
        cls, surge: Surge, questions: Sequence[QuestionAnswer], dataset: Dataset, forecaster: Forecaster, *, seed: int
    ) -> "AnsweredRun":
        """With the forecast of the last surge of `dataset`, on `questions`; InputError where no component simulates paths."""
        seen = dataset.sample.up_to(int(dataset.sample.rows[-1]))
        surface = run_surface(seen, forecaster, questions, seed=seed)
        if surface is None:
            raise _no_paths()
        return cls(surge, questions, dataset.panel.exchange, surface, forecaster.base_rate.of_surge(seen))

    @property
    def longest(self) -> int:
        """The longest horizon that may be asked about."""
        return int(self.surface.grid.horizons.max())

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
        rates = self.base_rate.rates_beyond(np.array([event.move]), np.array([event.horizon]), event.side)
        nearest = self.questions[int(self.surface.grid.nearest_first(event)[0][0])]
        base, base_bounds = rates.frequencies[0], rates.bounds(self.questions[0].level)[0]
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
            base_episodes=int(rates.evidence[0]),
            nearest=nearest.question,
            trust=_trust(nearest),
        )


def _refuse_seen(run: Run, surge: Surge) -> None:
    """InputError where the fitted models have seen what followed the surge."""
    if pd.Timestamp(surge.session) < pd.Timestamp(run.manifest.as_of):
        raise InputError(
            f"run {run.folder}: its models have seen what followed the surge of {surge.session}; train with --as-of {surge.session}"
        )


def _no_paths() -> InputError:
    return InputError("run: none of its components simulates paths; train with har, ewma, garch or msgarch among them")


def _trust(question: QuestionAnswer) -> str:
    """A sentence on the skill shown on the nearest question that was scored."""
    where = f"the nearest question that was scored ({question.question}, {question.skill_episodes} episodes)"
    if question.skill_t is None:
        return f"Trust: not known; {where} has no settled forecasts to judge by."
    word = "demonstrated" if question.demonstrated else "unproven"
    return f"Trust: {word} on {where}: t {question.skill_t:.1f}, where {question.min_t:.2f} counts as demonstrated."
