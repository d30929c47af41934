"""Headline: which probabilities are read first. Where no skill has been demonstrated, that is climatology, and it is said."""

from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict

from forecast.backtest.verification import CLIMATOLOGY
from forecast.target.outcome import OUTCOMES

PLAUSIBLE_T = 1.65  # one-sided 5 %
FORECAST = "forecast"
NO_SKILL = "no demonstrated skill on this question"
SKILL = "skill demonstrated on this question"


class Headline(BaseModel):
    """What is read first: `of` says whose probabilities these are, climatology's or the forecast's, and `standing` why."""

    model_config = ConfigDict(frozen=True)
    standing: str
    of: str
    probabilities: dict[str, float]

    @property
    def demonstrated(self) -> bool:
        """Whether the forecast comes first."""
        return self.of == FORECAST


def headline(forecast: Mapping[str, float], climatology: Mapping[str, float], skill: float | None, t: float | None) -> Headline:
    """The forecast from a t of PLAUSIBLE_T against climatology on, else, or where t is not known, climatology.

    skill, t : walk-forward Brier skill over climatology, and its t value.
    """
    if t is None or not t >= PLAUSIBLE_T:
        said = "is not known" if t is None else f"{t:.2f} against climatology is below {PLAUSIBLE_T}"
        return Headline(standing=f"{NO_SKILL}: t {said}", of=CLIMATOLOGY, probabilities=dict(climatology))
    worth = "" if skill is None else f"Brier skill over climatology {skill:+.3f}, "
    return Headline(standing=f"{SKILL}: {worth}t {t:.2f}", of=FORECAST, probabilities=dict(forecast))


def sentence(first: Headline, forecast: Mapping[str, float], climatology: Mapping[str, float], asks: str) -> str:
    """The answer in words: the standing, what comes first, and then the other."""
    told = {FORECAST: f"The forecast: {_told(forecast)}.", CLIMATOLOGY: f"Climatology: {_told(climatology)}."}
    second = CLIMATOLOGY if first.demonstrated else FORECAST
    return f"{_capital(first.standing)}. {_capital(asks)} {told[first.of]} {told[second]}"


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _told(probabilities: Mapping[str, float]) -> str:
    return ", ".join(f"{outcome} {probabilities[outcome]:.0%}" for outcome in reversed(OUTCOMES))
