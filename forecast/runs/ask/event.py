"""Event: what is asked of the sessions after a surge, from the words of a person."""

import re
from dataclasses import dataclass
from math import exp, log, log1p
from typing import Literal

import pandas as pd

from features.errors import InputError
from features.panel import calendar
from forecast.runs.answer.answer import Surge

Side = Literal["fall", "rise", "both"]
SIDES: dict[Side, str] = {"fall": "--fall", "rise": "--rise", "both": "--barrier"}
_PERCENT = re.compile(r"(\d+(?:\.\d*)?|\.\d+)\s*(%?)")


@dataclass(frozen=True)
class Event:
    """A close beyond a barrier within a horizon: below it, above it, or on either side, which comes first.

    Parameters
    ----------
    side : {"fall", "rise", "both"}
        Which side the barrier is on.
    move : float
        Log move > 0.
    horizon : int
        Sessions from the surge, >= 1.
    """

    side: Side
    move: float
    horizon: int


def event_of(
    surge: Surge,
    exchange: str,
    longest: int,
    *,
    fall: str | float | None,
    rise: str | float | None,
    barrier: str | float | None,
    level: float | None,
    within: int | None,
    by: str | None,
) -> Event:
    """The event in a person's words, at most `longest` sessions after `surge`; InputError, one line, where it is none or more than one.

    A fall or a rise is a share of the price, of 5 % a log move of log(0.95) or log(1.05); a barrier on both sides is a log move, as those
    of an experiment are; a level is one of the index, below the surge's close a fall to it and above a rise.
    """
    sides: dict[Side, str | float | None] = {"fall": fall, "rise": rise, "both": barrier}
    words = {side: value for side, value in sides.items() if value is not None}
    if len(words) + (level is not None) != 1:
        raise InputError("ask: one of --fall 5%, --rise 5%, --barrier 5% and --level 2150 says what is asked; give one")
    side, move = _to_level(level, surge.close) if level is not None else _move(*next(iter(words.items())))
    return Event(side, move, _horizon(pd.Timestamp(surge.session), exchange, longest, within, by))


def _move(side: Side, value: str | float) -> tuple[Side, float]:
    option = SIDES[side]
    match = _PERCENT.fullmatch(str(value).strip())
    if match is None:
        raise InputError(f"{option} {value}: must be a share such as 5% or 0.05")
    size = float(match[1]) / (100 if match[2] else 1)
    if not 0 < size < 1:
        raise InputError(f"{option} {value}: must be above 0 and below the whole price; 5% or 0.05 is five percent")
    return side, {"fall": -log1p(-size), "rise": log1p(size), "both": size}[side]


def _to_level(level: float, close: float) -> tuple[Side, float]:
    if not (0 < level < float("inf")) or level == close:
        raise InputError(f"--level {level:g}: must be above 0, and not the surge's close of {close:,.2f} itself")
    move = log(level / close)
    return ("rise" if move > 0 else "fall"), abs(move)


def _horizon(surge: pd.Timestamp, exchange: str, longest: int, within: int | None, by: str | None) -> int:
    if (within is None) == (by is None):
        raise InputError("ask: --within 21 (sessions) or --by YYYY-MM-DD says by when; give one")
    if within is not None:
        if not 1 <= within <= longest:
            raise InputError(f"--within {within}: must be 1 to {longest} sessions, the longest horizon that the run was trained on")
        return within
    assert by is not None
    last = calendar.day(by, option="--by")
    farthest = calendar.session_after(exchange, surge, longest)
    if not surge < last <= farthest:
        raise InputError(f"--by {last:%Y-%m-%d}: must be after the surge of {surge:%Y-%m-%d} and no later than {farthest:%Y-%m-%d}")
    sessions = calendar.sessions(exchange, surge, last)
    if len(sessions) < 2:
        raise InputError(
            f"--by {last:%Y-%m-%d}: no session of {exchange} follows the surge of {surge:%Y-%m-%d} by then; ask for a later day"
        )
    return len(sessions) - 1


def in_words(event: Event, close: float | None) -> str:
    """What is asked, with the index level where there is one: "a close 5 % lower (2,150) within 21 sessions"."""
    falls, rises = 100 * (1 - exp(-event.move)), 100 * (exp(event.move) - 1)
    down = f"{falls:.3g} % below the surge's" + (f" ({close * exp(-event.move):,.0f})" if close else "")
    up = f"{rises:.3g} % above the surge's" + (f" ({close * exp(event.move):,.0f})" if close else "")
    where = {"fall": f"a close {down}", "rise": f"a close {up}", "both": f"which comes first, a close {up} or {down}"}[event.side]
    return f"{where}, within {event.horizon} session{'s' * (event.horizon > 1)}"
