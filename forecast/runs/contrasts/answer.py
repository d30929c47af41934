"""The contrasts of an answer as forecast.json has them, checked whenever they are made and read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import pandas as pd
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from forecast.runs.answer.feature_words import feature_title, feature_value
from forecast.runs.contrasts.rules import MEASURES, Measured
from forecast.runs.field_rules import MOST, ROUNDING, Count, Day, Finite, Interval, Level, NotNegative, Positive, Share, Text, Texts
from forecast.target.outcome import OUTCOMES

FALL = "fall"
Verdict = Literal["as they say", "the opposite", "no difference", "too few to tell", "not in these data"]
FOLLOWED = (*OUTCOMES, FALL)
PRINTED = (*reversed(OUTCOMES), FALL)  # the order of print
EXCLUDES_NIL: tuple[Verdict, ...] = ("as they say", "the opposite")


def _of_all(values: dict[str, float]) -> dict[str, float]:
    if set(values) != set(FOLLOWED):
        raise ValueError(f"must have {', '.join(FOLLOWED)} and nothing else, got {', '.join(sorted(values))[:80] or 'none'}")
    return values


def _whole(shares: dict[str, float]) -> dict[str, float]:
    """Shares of the three outcomes sum to 1; a fall may come with any of them."""
    if abs(sum(_of_all(shares)[name] for name in OUTCOMES) - 1) > ROUNDING:
        raise ValueError(f"the shares of {', '.join(OUTCOMES)} must sum to 1, got {[shares[name] for name in OUTCOMES]}")
    return shares


def _ends(interval: tuple[float, float]) -> tuple[float, float]:
    low, high = interval
    if not -1 <= low <= high <= 1:
        raise ValueError(f"must be a low and a high end from -1 to 1, got {list(interval)}")
    return interval


Shares = Annotated[dict[Text, Share], AfterValidator(_whole)]
Intervals = Annotated[dict[Text, Interval], AfterValidator(_of_all)]
Points = Annotated[dict[Text, Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]], AfterValidator(_of_all)]
PointIntervals = Annotated[dict[Text, Annotated[tuple[float, float], AfterValidator(_ends)]], AfterValidator(_of_all)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StateShares(_Part):
    """What followed the surges in one state.

    Parameters
    ----------
    name : str
    today : bool
        Whether the present surge is in it.
    surges : int
        Sessions, of all markets.
    episodes : float
        How many of them are independent.
    shares, interval : dict, or None
        Of the outcomes, and of the fall, by name; None without a surge.
    """

    name: Text
    today: bool
    surges: Count
    episodes: NotNegative
    shares: Shares | None
    interval: Intervals | None

    @model_validator(mode="after")
    def _consistent(self) -> "StateShares":
        if (self.shares is None) != (self.surges == 0) or (self.interval is None) != (self.surges == 0):
            raise ValueError("shares and interval must be there where there are surges, and not otherwise")
        for name, (low, high) in (self.interval or {}).items():
            if self.shares is not None and not low <= self.shares[name] <= high:
                raise ValueError(f"interval.{name} must hold its share, {self.shares[name]}, got {[low, high]}")
        return self


class StateContrast(_Part):
    """One thing that people say, and what the past says of it.

    Parameters
    ----------
    key, says, reason : str
        Of its rule.
    measured : {"continue", "fall"}
        What is to come more or less often.
    expects : int
        1 or -1: whether it is to come more often in the first state.
    first, second : StateShares
    left_out : int
        Surges in neither state, or where it is not known.
    since : str or None
        Day of the first surge in either.
    difference, interval : dict, or None
        Shares in the first state less those in the second, by name; None where either has no surge.
    verdict : str
    stands : bool
        Whether the difference stands when all contrasts are judged together.
    values : dict of str to float, or None
        What the present surge's state was read from; None where it is not known.
    lacks : list of str
        Inputs that the data do not have.
    """

    key: Text
    says: Text
    reason: Text
    measured: Measured
    expects: Literal[-1, 1]
    first: StateShares
    second: StateShares
    left_out: Count
    since: Day | None
    difference: Points | None
    interval: PointIntervals | None
    verdict: Verdict
    stands: bool
    values: dict[Text, Finite | None]
    lacks: Texts

    @model_validator(mode="after")
    def _consistent(self) -> "StateContrast":
        both = self.first.shares is not None and self.second.shares is not None
        if (self.difference is not None) != both or (self.interval is not None) != both:
            raise ValueError("difference and interval must be there where both states have surges, and not otherwise")
        for name, (low, high) in (self.interval or {}).items():
            if self.difference is not None and not low <= self.difference[name] <= high:
                raise ValueError(f"interval.{name} must hold its difference, {self.difference[name]}, got {[low, high]}")
        if self.first.today and self.second.today:
            raise ValueError("today cannot be in both states")
        if bool(self.lacks) != (self.verdict == "not in these data"):
            raise ValueError("the verdict must be 'not in these data' where inputs are lacking, and not otherwise")
        return self

    @property
    def today(self) -> StateShares | None:
        """The state of the present surge; None where it is in neither."""
        return next((state for state in (self.first, self.second) if state.today), None)

    @property
    def words(self) -> str:
        """The verdict, with a warning where it does not stand among so many."""
        doubt = "" if self.stands or self.verdict not in EXCLUDES_NIL else ", or luck"
        return f"{self.verdict}{doubt}"

    @property
    def sentence(self) -> str:
        """What the past says, in words."""
        if self.lacks:
            return f"{self.says}: not in these data (no {', '.join(self.lacks).replace('_', ' ')})."
        what = {"continue": "continued", FALL: "fell so far"}[self.measured]
        shares = [
            f"{state.name} {'no surge' if state.shares is None else f'{state.shares[self.measured]:.0%} {what}'} in {state.episodes:.0f}"
            for state in (self.first, self.second)
        ]
        gap = ""
        if self.difference is not None and self.interval is not None:
            low, high = self.interval[self.measured]
            gap = f", {100 * self.difference[self.measured]:+.0f} points [{100 * low:+.0f}, {100 * high:+.0f}]"
        return f"{self.says}: {self.words}. {shares[0]} and {shares[1]} independent episodes{gap}. {self.standing}"

    @property
    def standing(self) -> str:
        """Where the present surge stands, in words."""
        values = ", ".join(
            f"{_title(name)}: {'not known' if value is None else _value(name, value)}" for name, value in self.values.items()
        )
        return f"Today: {'neither' if self.today is None else self.today.name} ({values})."


def _title(name: str) -> str:
    """A feature's title, or that of a measure beside them, with a small letter."""
    title = MEASURES[name][0] if name in MEASURES else feature_title(name)
    return title if title[:2].isupper() else title[0].lower() + title[1:]


def _value(name: str, value: float) -> str:
    return MEASURES[name][1](value) if name in MEASURES else feature_value(name, value)


class Contrasts(_Part):
    """Every contrast of an answer, of one question.

    Parameters
    ----------
    question : str
        Label of the question.
    horizon : int
        Sessions.
    barrier : float
        Log move; past surges are asked at one as far in their own volatility.
    fall : float
        Simple return, > 0: whether a close within the horizon falls below that of the surge by it, as far in each surge's own volatility.
    level : float
        Of the intervals.
    markets : list of str
        The target first.
    since : str
        Day of the first surge.
    every : StateShares
        All settled surges.
    contrasts : list of StateContrast
    least_episodes, wide : float
        The rule of `too few to tell`: fewer episodes in a state, or an interval that holds nil and reaches further.
    """

    question: Text
    horizon: Annotated[int, Field(ge=1)]
    barrier: NotNegative
    fall: Positive
    level: Level
    markets: Annotated[list[Text], Field(min_length=1, max_length=MOST)]
    since: Day
    every: StateShares
    contrasts: Annotated[list[StateContrast], Field(max_length=MOST)]
    least_episodes: Positive
    wide: Positive

    def to_frame(self) -> pd.DataFrame:
        """The contrasts as a table.

        Returns
        -------
        pandas.DataFrame
            Every surge, then three rows a contrast: the two states and their difference. Columns `key`, `says`, `verdict`, `stands`,
            `state`, `today`, `surges`, `episodes`, and of each of continue, stall, reverse and fall the share, `_low` and `_high`; NaN
            where a state has no surge.
        """
        rows = [_row({}, self.every.name, self.every.shares, self.every.interval, self.every)]
        for one in self.contrasts:
            rule = {"key": one.key, "says": one.says, "verdict": one.verdict, "stands": one.stands}
            rows += [_row(rule, state.name, state.shares, state.interval, state) for state in (one.first, one.second)]
            rows.append(_row(rule, "difference", one.difference, one.interval))
        return pd.DataFrame(rows)

    @property
    def comparable(self) -> list[StateContrast]:
        """Those with enough episodes in both states."""
        return [
            one
            for one in self.contrasts
            if one.difference is not None and min(one.first.episodes, one.second.episodes) >= self.least_episodes
        ]

    @property
    def caution(self) -> str:
        """How many differences chance alone would show."""
        comparable = self.comparable
        if not comparable:
            return "No contrast has enough episodes in both states to be judged."
        seen = sum(one.verdict in EXCLUDES_NIL for one in comparable)
        stand = sum(one.stands for one in comparable)
        return (
            f"Of {len(comparable)} contrasts with at least {self.least_episodes:g} independent episodes in each state, {seen} "
            f"{'excludes' if seen == 1 else 'exclude'} nil at {self.level:.0%}, where chance alone would let "
            f"{len(comparable) * (1 - self.level):.1f}; judged all together (Holm), {stand} {'stands' if stand == 1 else 'stand'}."
        )


def _row(
    rule: Mapping[str, Any],
    name: str,
    values: Mapping[str, float] | None,
    interval: Mapping[str, tuple[float, float]] | None,
    state: StateShares | None = None,
) -> dict[str, Any]:
    counts = {} if state is None else {"today": state.today, "surges": state.surges, "episodes": state.episodes}
    row = {"key": None, "says": None, "verdict": None, "stands": None} | dict(rule) | {"state": name, "today": None}
    row |= {"surges": None, "episodes": None} | counts
    for outcome in PRINTED:
        low, high = (None, None) if interval is None else interval[outcome]
        row |= {outcome: None if values is None else values[outcome], f"{outcome}_low": low, f"{outcome}_high": high}
    return row
