"""Whether skill is demonstrated: the forecast surely better than climatology and than the base rate. It stands first in any case."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from forecast.backtest.forecaster_names import BASE_RATE
from forecast.backtest.promotion import LeastSkill, PromotionRule
from forecast.models.ensemble.methods import STAND_IN
from forecast.runs.field_rules import Probabilities, Text
from forecast.target.outcome import outcome_words
from forecast.target.question import BarrierKind

UNPROVEN = "unproven on this question"
SKILL = "skill demonstrated on this question"
STANDS_IN = "no forecast could be given, and the base rate stands in its place"


class Headline(BaseModel):
    """The forecast, whether its skill is demonstrated, and why."""

    model_config = ConfigDict(frozen=True)
    standing: Annotated[Text, Field(min_length=1)]
    demonstrated: bool
    probabilities: Probabilities


def headline(forecast: Mapping[str, float], least: LeastSkill, rule: PromotionRule, method: str) -> Headline:
    """The forecast, whose `least` skill is demonstrated, or is not, by the experiment's `rule`; what stands in for one has none."""
    if method == STAND_IN:
        return Headline(standing=STANDS_IN, demonstrated=False, probabilities=dict(forecast))
    return Headline(standing=standing(least, rule), demonstrated=rule.is_demonstrated(least.t), probabilities=dict(forecast))


def standing(least: LeastSkill, rule: PromotionRule) -> str:
    """Whether skill is demonstrated, and by which t of Diebold and Mariano; None for what is not known."""
    over = reference_name(least.over)
    if not rule.is_demonstrated(least.t):
        value = "is not known" if least.t is None else f"{least.t:.2f} against {over} is below {rule.min_t:g}"
        return f"{UNPROVEN}: t {value}"
    worth = "" if least.skill is None else f"Brier skill {least.skill:+.3f} over {over}, "
    return f"{SKILL}: {worth}t {least.t:.2f}"


def reference_name(name: str) -> str:
    """A reference or component in words: `the base rate`."""
    return "the base rate" if name == BASE_RATE else name


def sentence(first: Headline, base_rate: Mapping[str, float], asks: str, kind: BarrierKind = "surge") -> str:
    """The answer in words: the forecast, the base rate, and the standing."""
    if first.standing == STANDS_IN:
        return f"{_capital(asks)} {_capital(first.standing)}: {in_words(first.probabilities, kind)}."
    says = f"The forecast: {in_words(first.probabilities, kind)}. The base rate: {in_words(base_rate, kind)}."
    return f"{_capital(asks)} {says} {_capital(first.standing)}."


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def in_words(probabilities: Mapping[str, float], kind: BarrierKind = "surge") -> str:
    """Each outcome that the question can have with its per cent, in the order of print."""
    return ", ".join(f"{word} {probabilities[outcome]:.0%}" for outcome, word in outcome_words(kind).items())
