"""Content of metrics.json of a run, checked as far as it is read."""

import math
from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from features.errors import InputError, validation_line
from forecast.runs.field_rules import Count, Day, NotNegative, Share, Text, Texts
from forecast.runs.folder import Run
from forecast.target.question import Question

FILE = "metrics.json"
MOST_LOSS = {"brier": 2.0, "rps": 2.0, "log": math.inf}
Numbers = dict[Text, float | None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True, allow_inf_nan=False)
    __pydantic_extra__: dict[str, Any] = Field(init=False)  # declared for type checkers and the documentation


class QuestionScores(_Part):
    """Counts of one question, and the scores of each forecaster."""

    sessions: Count
    episodes: Count
    models: dict[Text, Numbers]

    @model_validator(mode="after")
    def _possible(self) -> "QuestionScores":
        """A Brier score and a ranked probability score of three outcomes are from 0 to 2, and a log score is not negative."""
        for name, scores in self.models.items():
            for score, most in MOST_LOSS.items():
                value = scores.get(score)
                if value is not None and not 0 <= value <= most:
                    raise ValueError(f"{score} of {name[:40]} must be from 0 to {most}, got {value}")
        return self


class MonitorState(_Part):
    """The calibration monitor of one question; the lists are by day of settlement."""

    known: list[Day]
    e_values: list[NotNegative]
    left_out: list[float]
    covered: Share | None
    adapted: Share | None
    alarm: Day | None
    fault: Text | None

    @model_validator(mode="after")
    def _as_many(self) -> "MonitorState":
        if not len(self.known) == len(self.e_values) == len(self.left_out):
            raise ValueError("known, e_values and left_out must be as many")
        if self.known and (self.covered is None or self.adapted is None):
            raise ValueError("covered and adapted are known where anything is")
        if self.alarm is not None and not (self.known and self.known[0] <= self.alarm):
            raise ValueError("an alarm needs a day that is known")
        return self


class Verdict(_Part):
    """The verdict of the rule of promotion."""

    promoted: bool
    passed: Count
    asked: Count
    reasons: Annotated[Texts, Field(min_length=1)]


class OverfittingEstimate(_Part):
    """The probability that the best pooling method of one half of the history is below the median on the other half."""

    methods: Texts
    probability: Share
    degradation: float
    episodes: Count


class Combination(_Part):
    """The comparison of pooling methods."""

    overfitting: OverfittingEstimate | None = None


class Metrics(_Part):
    """The whole file; `system` has samples of the machine's load by name, `seconds` among them."""

    questions: dict[Text, QuestionScores] = {}
    combination: Combination | None = None
    promotion: Verdict | None = None
    monitor: dict[Text, MonitorState] | None = None
    surges: Count = 0
    forecasts: Count = 0
    seconds: Annotated[float, Field(ge=0)] = 0.0
    warnings: Texts = []
    system: dict[Text, list[float]] = {}

    @model_validator(mode="after")
    def _as_long(self) -> "Metrics":
        if len({len(values) for values in self.system.values()}) > 1:
            raise ValueError("the samples of the system must be as many")
        return self


def read_metrics(run: Run, questions: Sequence[Question] = ()) -> dict[str, Any]:
    """Content of the file; InputError if it is damaged or lacks the scores of one of `questions`."""
    content: dict[str, Any] = run.read(FILE)
    try:
        Metrics.model_validate(content)
    except ValidationError as error:
        raise InputError(f"{run.folder / FILE}: {validation_line(error, Metrics, remedy='train again')}") from None
    lacking = next((question.label for question in questions if question.label not in content.get("questions", {})), None)
    if lacking:
        raise InputError(f"{run.folder / FILE}: has no scores of {lacking}; train again")
    return content
