"""One market's line of the morning sheet."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from forecast.report.sentences import PRINT_ORDER
from forecast.report.trained_run import TrainedRun
from forecast.runs.answer.answer import Answer, QuestionAnswer
from forecast.runs.field_rules import Probabilities

FALL = 0.05  # the pullback of the sheet


class LastSurge(BaseModel):
    """The last surge of a market, its forecast by the main question, and what became of it.

    Parameters
    ----------
    session : str
        YYYY-MM-DD.
    is_today : bool
        Whether that is the market's last session.
    gain, sigmas : float
        Simple return over the window, and its size by the volatility before.
    window : int
        Sessions.
    asks : str
        The main question in words.
    probabilities, base_rate : dict of str to float
    pullback : float or None
        Probability that a close falls by 5 % within the horizon nearest to the main question's; None where that is not asked.
    pullback_horizon : int or None
    demonstrated : bool
        Whether the forecast is surely better than climatology and the base rate.
    standing : str
        The same in words.
    settles : str
        Session at whose close the outcome of the main question is settled.
    outcome : str or None
        Of the main question, None until it is settled or a barrier is met.
    outcome_sentence : str
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    session: str
    is_today: bool
    gain: float
    sigmas: float
    window: int
    asks: str
    probabilities: Probabilities
    base_rate: Probabilities
    pullback: float | None
    pullback_horizon: int | None
    demonstrated: bool
    standing: str
    settles: str
    outcome: str | None
    outcome_sentence: str

    @classmethod
    def of(cls, answer: Answer) -> "LastSurge":
        """What an answer says of its surge."""
        main, fall = answer.questions[0], _pullback(answer)
        return cls(
            session=answer.surge.session,
            is_today=answer.is_surge_today,
            gain=answer.surge.gain,
            sigmas=answer.surge.z,
            window=answer.surge.window,
            asks=main.asks,
            probabilities={name: main.probabilities[name] for name in PRINT_ORDER},
            base_rate={name: main.base_rate[name] for name in PRINT_ORDER},
            pullback=None if fall is None else fall.probabilities["reverse"],
            pullback_horizon=None if fall is None else fall.horizon,
            demonstrated=main.demonstrated,
            standing=main.headline.standing,
            settles=main.known,
            outcome=main.outcome or main.met,
            outcome_sentence=main.outcome_sentence,
        )


class MarketRow(BaseModel):
    """A market: its last surge, or why it has no forecast.

    Parameters
    ----------
    name : str
        Of the experiment, and of the folder of its run.
    market : str
        The index.
    as_of : str or None
        Last session of its data; None for a market that failed.
    surge : LastSurge or None
        None if no surge of its history could be forecast, or it failed.
    failure : str or None
        Why it has no run of today, in one line.
    remarks : list of str
        What went wrong beside the run: history, report, MLflow.
    identity, run_id : str
        Of the study, and of its run; empty for a market that failed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    market: str
    as_of: str | None = None
    surge: LastSurge | None = None
    failure: str | None = None
    remarks: list[str] = []
    identity: str = ""
    run_id: str = ""

    @classmethod
    def of(cls, run: TrainedRun, name: str, market: str, as_of: str, identity: str) -> "MarketRow":
        """The row of a run that is whole."""
        surge = None if run.answer is None else LastSurge.of(run.answer)
        remarks = [line for line in (run.history_error, run.report_error, run.tracking_error) if line]
        return cls(name=name, market=market, as_of=as_of, surge=surge, remarks=remarks, identity=identity, run_id=run.run_id)

    @property
    def is_surge_today(self) -> bool:
        """Whether the market's last session is a surge."""
        return self.surge is not None and self.surge.is_today

    @property
    def run_folder(self) -> Path:
        """Of its run, from the folder of the sheet."""
        return Path(self.name)


def _pullback(answer: Answer) -> QuestionAnswer | None:
    """The fall of 5 % over the horizon nearest to the main question's; None where none is asked."""
    falls = [each for each in answer.questions if each.barrier_kind == "fall" and abs(each.size - FALL) < 1e-9]
    return min(falls, key=lambda each: abs(each.horizon - answer.questions[0].horizon), default=None)
