"""Display unit: how people see a value of a feature, by a rule from the stored one."""

import math
from collections.abc import Callable
from dataclasses import dataclass

LARGEST_EXPONENT = 700.0  # math.exp overflows beyond it
PLAIN = 1e6  # figures from here on are shortened


def _same(value: float) -> float:
    return value


def _hundredfold(value: float) -> float:
    return 100 * value


def _exp(value: float) -> float:
    return math.exp(min(value, LARGEST_EXPONENT))


def _growth(value: float) -> float:
    return 100 * math.expm1(min(value, LARGEST_EXPONENT))


def _logistic(value: float) -> float:
    return 100 / (1 + _exp(-value))


@dataclass(frozen=True)
class DisplayUnit:
    """A unit that people use.

    Parameters
    ----------
    word : str
        Stands after a value; may be empty.
    form : str
        Format of a value, such as "+.1f".
    rule : callable
        The value that is shown, of a stored one.
    step : str or None, default None
        Stands after the difference of two values; None is `word`.
    """

    word: str
    form: str
    rule: Callable[[float], float] = _same
    step: str | None = None

    def value(self, stored: float) -> str:
        """A stored value in words, such as "13 %"."""
        return _text(self.rule(stored), self.form, self.word)

    def change(self, now: float, before: float) -> str:
        """The difference of two stored values in words, such as "+1 points"."""
        word = self.word if self.step is None else self.step
        return _text(self.rule(now) - self.rule(before), f"+{self.form.lstrip('+')}", word)


def _text(value: float, form: str, word: str) -> str:
    """Figure and word; what rounds to nought has no sign, and a figure of many digits is shortened."""
    text = format(value, form if abs(value) < PLAIN else "+.3g" if form.startswith("+") else ".3g")
    figure = text if any(digit in text for digit in "123456789") else text.lstrip("+-")
    return f"{figure} {word}".rstrip()


BASIS_POINTS = DisplayUnit("bp", "+.0f", _hundredfold)
GROWTH = DisplayUnit("%", "+.1f", _growth, "points")
LEVEL = DisplayUnit("", ".1f", _exp)
LOG_POINTS = DisplayUnit("points", "+.1f", _hundredfold)
PERCENT = DisplayUnit("%", "+.1f", step="points")
POINTS = DisplayUnit("points", "+.2f")
SHARE = DisplayUnit("%", ".0f", _hundredfold, "points")
SHARE_POINTS = DisplayUnit("points", "+.0f", _hundredfold)
SIGMA = DisplayUnit("sigma", "+.1f")
TIMES = DisplayUnit("times", ".2f", _exp)
USUAL = {
    "correlation": DisplayUnit("", "+.2f"),
    "fraction": SHARE,
    "fraction of earnings": DisplayUnit("%", "+.1f", _hundredfold, "points"),
    "log odds": DisplayUnit("%", ".0f", _logistic, "points"),
    "log percent a year": DisplayUnit("%", ".0f", _exp, "points"),
    "log ratio": GROWTH,
    "log ratio a year": DisplayUnit("% a year", "+.1f", _growth, "points"),
    "log return a point": DisplayUnit("% a point", "+.1f", _hundredfold),
    "log years": LEVEL,
    "nats": DisplayUnit("targets", ".1f", _exp),
    "percent a year": DisplayUnit("% a year", "+.1f", step="points"),
    "percentage points": BASIS_POINTS,
    "probability": SHARE,
    "share": SHARE,
    "sigma": SIGMA,
    "z": SIGMA,
}  # by the unit that is stored
