"""The answer for one surge: the content of forecast.json."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from features.names import LongName
from forecast.runs.answer.analogs import Analog
from forecast.runs.answer.demonstrated_skill import Headline
from forecast.runs.answer.drawdowns import Drawdown
from forecast.runs.answer.drivers import Driver
from forecast.runs.answer.scenarios import ScenarioAnswer
from forecast.runs.contrasts.answer import Contrasts
from forecast.runs.field_rules import (
    MOST,
    Count,
    Day,
    Finite,
    Interval,
    LawProbabilities,
    Level,
    NotNegative,
    OutcomeName,
    Positive,
    Probabilities,
    Text,
    Texts,
)
from forecast.target.outcome import OUTCOMES, outcome_words
from forecast.target.question import FALL, BarrierKind


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
    close : float
        The index on that session; of a portfolio of returns a level without meaning.
    made_of_returns : bool
        Whether it is one.
    largest_since : str or None
        Day of the last larger return; None if there was none.
    since : str
        First session of the history.
    """

    session: Day
    window: Annotated[int, Field(ge=1)]
    gain: Annotated[float, Field(gt=-1, allow_inf_nan=False)]
    log_return: Finite
    z: Finite
    rank: Annotated[int, Field(ge=1)]
    of: Count
    close: Positive
    made_of_returns: bool
    largest_since: Day | None
    since: Day

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
        The forecast and its standing.
    sentence : str
        The answer in words.
    horizon : int
        Sessions.
    barrier_kind : str
        "surge", "sigma", "fixed" or "fall".
    size, barrier : float
        Size by its kind, and the barrier as a log move.
    episode : int
        Number of the episode of the surge.
    probabilities : dict of str to float
        The forecast.
    base_rate : dict of str to float
        How often past surges ended so at a barrier as far in their own volatility.
    base_interval : dict of str to (float, float)
        Low and high of the base rate, of `level`.
    base_episodes : int
        Independent episodes that the base rate is worth.
    climatology : dict of str to float
        Frequencies of the outcomes settled by that day, whatever the barrier's distance.
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
    met_after : int or None
        Sessions from the surge to then.
    skill, skill_t : float or None
        Walk-forward Brier skill over climatology or the base rate, whichever is the harder to beat, and its t of Diebold and Mariano.
    skill_episodes : int
        Episodes of the walk-forward forecasts that it is of.
    skill_over : str
        "climatology" or "base_rate": which of them that is.
    neighbour : str or None
        For an unproven question, the label of the nearest one with demonstrated skill.
    min_t : float
        The least t by which skill counts as demonstrated, from the experiment's promotion.
    demonstrated : bool
        Whether `skill_t` is at least `min_t`.
    """

    question: Text
    headline: Headline
    sentence: Text
    asks: Text
    horizon: Annotated[int, Field(ge=1)]
    barrier_kind: BarrierKind
    size: Positive
    barrier: NotNegative
    episode: Annotated[int, Field(ge=1)]
    probabilities: Probabilities
    uncalibrated: Probabilities
    method: Text
    base_rate: Probabilities
    base_interval: dict[OutcomeName, Interval]
    base_episodes: Count
    climatology: Probabilities
    mc_error: dict[OutcomeName, NotNegative]
    level: Level
    interval: dict[OutcomeName, Interval]
    components: dict[Text, LawProbabilities]
    weights: dict[Text, NotNegative]
    settled: Count
    settled_episodes: Count
    known: Day
    outcome: OutcomeName | None
    met: OutcomeName | None
    met_on: Day | None
    met_after: Annotated[int, Field(ge=1)] | None
    skill: Finite | None
    skill_t: Finite | None
    skill_over: Text
    skill_episodes: Count
    neighbour: Text | None = None
    min_t: NotNegative
    demonstrated: bool

    @model_validator(mode="after")
    def _consistent(self) -> "QuestionAnswer":
        """The intervals hold the probabilities, as in the predictions table."""
        if any(set(part) != set(OUTCOMES) for part in (self.interval, self.base_interval, self.mc_error)):
            raise ValueError(f"interval, base_interval and mc_error must have {', '.join(OUTCOMES)}")
        for field, intervals, p in (("interval", self.interval, self.probabilities), ("base_interval", self.base_interval, self.base_rate)):
            for name, (low, high) in intervals.items():
                if not low <= p[name] <= high:
                    raise ValueError(f"{field}.{name} must hold its probability, {p[name]}, got {[low, high]}")
        if set(self.components) != set(self.weights):
            raise ValueError("components and weights must be of the same names")
        if (self.met is None) != (self.met_on is None):
            raise ValueError("met and met_on must be there together")
        return self

    def __repr__(self) -> str:
        return f"{self.question}: {self.sentence}"

    @property
    def outcome_sentence(self) -> str:
        """A sentence on the outcome, or on when it will be known."""
        if self.outcome is not None:
            return f"The outcome, settled on {self.known}: {outcome_words(self.barrier_kind)[self.outcome]}."
        if self.met is not None and self.barrier_kind == FALL:
            return f"Already decided: it fell as far on {self.met_on} (settled on {self.known})."
        if self.met is not None:
            return f"Already decided: the barrier to {self.met} was met on {self.met_on} (settled on {self.known})."
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
    last_close : float
        The index on that session.
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
    drawdowns : list of Drawdown
        The largest fall from the best close by horizon; empty without a question on falls.
    contrasts : Contrasts or None
        What followed past surges in one state of the world and in the other; None before any is settled.
    notes : list of str
        Alarms, missing inputs, and scenarios that were left out.
    """

    headline: Headline
    series: LongName
    source: Text
    origin: Text
    experiment: Text
    digest: Text
    run_id: Text
    as_of: Day
    last_close: Positive
    is_surge_today: bool
    trained_to: Day
    surge: Surge
    questions: Annotated[list[QuestionAnswer], Field(min_length=1, max_length=MOST)]
    drivers: Annotated[list[Driver], Field(max_length=MOST)]
    geometry: dict[Text, Finite] | None
    analogs: Annotated[list[Analog], Field(max_length=MOST)]
    scenarios: Annotated[list[ScenarioAnswer], Field(max_length=MOST)]
    drawdowns: Annotated[list[Drawdown], Field(max_length=MOST)]
    contrasts: Contrasts | None
    notes: Texts

    @model_validator(mode="after")
    def _in_order(self) -> "Answer":
        """Days come in the order of time: a fit ends on the surge at the latest, and an outcome is settled after it."""
        session = self.surge.session
        if not self.trained_to <= session <= self.as_of:
            raise ValueError(f"surge.session must lie from trained_to, {self.trained_to}, to as_of, {self.as_of}, got {session}")
        early = next((question for question in self.questions if question.known <= session), None)
        if early is not None:
            raise ValueError(f"known of {early.question} must lie after the surge, {session}, got {early.known}")
        return self

    @property
    def sentences(self) -> tuple[str, ...]:
        """The surge, the answer to the main question, and when its outcome is known."""
        main = self.questions[0]
        return f"{self.series}, {self.surge.sentence}", main.sentence, main.outcome_sentence

    def __repr__(self) -> str:
        return "\n".join(self.sentences)
