"""Whether skill is demonstrated, and so which probabilities are read first: the forecast's, or else climatology's."""

from collections.abc import Mapping
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from forecast.backtest.promotion import PromotionRule
from forecast.backtest.verification import CLIMATOLOGY
from forecast.runs.field_rules import Probabilities, Text
from forecast.target.outcome import outcome_words
from forecast.target.question import BarrierKind

FORECAST = "forecast"
NO_SKILL = "no demonstrated skill on this question"
SKILL = "skill demonstrated on this question"


class Headline(BaseModel):
    """The probabilities to read first; `of` says whether they are climatology's or the forecast's, and `standing` why."""

    model_config = ConfigDict(frozen=True)
    standing: Annotated[Text, Field(min_length=1)]
    of: Annotated[str, Field(pattern=f"^({FORECAST}|{CLIMATOLOGY})$")]
    probabilities: Probabilities

    @property
    def demonstrated(self) -> bool:
        """Whether the forecast comes first."""
        return self.of == FORECAST


def headline(
    forecast: Mapping[str, float], climatology: Mapping[str, float], skill: float | None, t: float | None, rule: PromotionRule
) -> Headline:
    """The forecast if its Brier skill over climatology is demonstrated by the experiment's `rule`, otherwise climatology."""
    first, probabilities = (FORECAST, forecast) if rule.is_demonstrated(t) else (CLIMATOLOGY, climatology)
    return Headline(standing=standing(skill, t, rule), of=first, probabilities=dict(probabilities))


def standing(skill: float | None, t: float | None, rule: PromotionRule) -> str:
    """Whether Brier skill over climatology is demonstrated, and by which t of Diebold and Mariano; None for what is not known."""
    if not rule.is_demonstrated(t):
        value = "is not known" if t is None else f"{t:.2f} against climatology is below {rule.min_t:g}"
        return f"{NO_SKILL}: t {value}"
    worth = "" if skill is None else f"Brier skill over climatology {skill:+.3f}, "
    return f"{SKILL}: {worth}t {t:.2f}"


def sentence(
    first: Headline, forecast: Mapping[str, float], climatology: Mapping[str, float], asks: str, kind: BarrierKind = "surge"
) -> str:
    """The answer in words: the standing, the probabilities to read first, and then the others."""
    words = outcome_words(kind)
    sentences = {FORECAST: f"The forecast: {_in_words(forecast, words)}.", CLIMATOLOGY: f"Climatology: {_in_words(climatology, words)}."}
    second = CLIMATOLOGY if first.demonstrated else FORECAST
    return f"{_capital(first.standing)}. {_capital(asks)} {sentences[first.of]} {sentences[second]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _in_words(probabilities: Mapping[str, float], words: Mapping[str, str]) -> str:
    return ", ".join(f"{word} {probabilities[outcome]:.0%}" for outcome, word in words.items())
