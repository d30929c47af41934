"""Rate odds: fed funds futures into the distribution of the target range after each meeting."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from features.errors import InputError
from features.panel import calendar, fomc
from features.panel.fomc import Meeting
from features.rates import caveats
from features.rates.contracts import HIGHEST, LOWEST, contracts, month_of, past_is_free, rounding
from features.rates.distribution import Distribution, distributions
from features.rates.strip import EFFR_NOISE, PERCENT_TO_BP, RateMap, Strip, StripRule, rate_map

Float = NDArray[np.float64]

DEFAULT_RULE = StripRule.PYFEDWATCH


@dataclass(frozen=True)
class Move:
    """What the prices say of one meeting.

    start, end : rate before and after it, percent. move : end less start, basis points. error : its standard error from the rounding of
    prices alone, basis points. amplification : `error` in units of the error of one price. between : (lowest, highest) probability, by the
    three rules, of a range below the one in force. flags : what makes it doubtful, in words; empty when nothing does.
    """

    meeting: Meeting
    start: float
    end: float
    move: float
    error: float
    amplification: float
    between: tuple[float, float]
    flags: tuple[str, ...] = ()


@dataclass(frozen=True)
class Odds:
    """Rate odds of one day.

    rule : None for published probabilities, which have no moves, rate or offset (NaN).
    lower, upper : target range in force, percent. rate : what the prices say the rate is now, percent. offset : that, or the effective rate
    where it was given, less the middle of the range, basis points. moves, distributions : one a meeting ahead, in order.
    """

    on: pd.Timestamp
    rule: StripRule | None
    lower: float
    upper: float
    rate: float
    offset: float
    moves: tuple[Move, ...]
    distributions: tuple[Distribution, ...]
    notes: tuple[str, ...] = ()


def odds(
    on: str | pd.Timestamp,
    prices: Mapping[Any, float] | pd.Series,
    *,
    rule: StripRule = DEFAULT_RULE,
    target: tuple[float, float] | None = None,
    effr: float | None = None,
    meetings: tuple[Meeting, ...] | None = None,
) -> Odds:
    """Rate odds at the close of `on` for every meeting that the contracts reach.

    prices : contract month (`2023-03`, a Timestamp or Period in it) to price, 100 - rate; from the running month on without a gap, and
    the month before it where that is to be used.
    target : (lower, upper) range in force, percent; by default that of the calendar.
    effr : effective rate of the day, percent; one more observation for LEAST_SQUARES, and the offset.
    meetings : those ahead; by default those known on `on`.
    InputError for prices that cannot be, a gap, fewer than two contracts, no meeting within reach, and rates that the prices leave open.
    """
    on = calendar.day(on, option="--date")
    lower, upper = fomc.target_range(on) if target is None else _target(target)
    months, given = contracts(on, prices, past=past_is_free(on))
    ahead = _ahead(on, months, meetings)
    strip = strip_of(on, months, ahead)
    noise = rounding(on, months)
    rates = {each: _rates(strip, each, noise, given, effr) for each in StripRule}
    chosen, values = rates[rule]
    _refuse_unsettled(strip, chosen, on)
    first = len(strip.made)
    days = [meeting.day for meeting in ahead]
    width, current = round(PERCENT_TO_BP * (upper - lower), 6), round(PERCENT_TO_BP * lower, 6)
    by_rule = {
        each: distributions(days, np.diff(level)[first:] * PERCENT_TO_BP, current=current, width=width)
        for each, (found, level) in rates.items()
        if found.known[first:].all()
    }
    cuts = np.array([[each.p_cut for each in found] for found in by_rule.values()])
    moves = _moves(strip, chosen, values, noise, ahead, cuts)
    rate = float(values[first])
    offset = PERCENT_TO_BP * ((rate if effr is None else effr) - (lower + upper) / 2)
    return Odds(
        on,
        rule,
        lower,
        upper,
        rate,
        offset,
        moves,
        by_rule[rule],
        caveats.of_day(on, months, given, rule, ahead, leans=chosen.leans, offset=offset),
    )


def _target(target: tuple[float, float]) -> tuple[float, float]:
    lower, upper = target
    if not 100 - HIGHEST <= lower <= upper <= 100 - LOWEST:
        raise InputError(f"--range {lower:g}-{upper:g}: must be percent, the lower bound first; write it as 4.50-4.75")
    return lower, upper


def strip_of(on: pd.Timestamp, months: NDArray[np.datetime64], ahead: tuple[Meeting, ...]) -> Strip:
    """The strip of the contracts `months` at the close of `on`, with the decisions already made in the running month."""
    running = month_of(on)
    begin = max(pd.Timestamp(running).as_unit("ns"), fomc.meetings()[0].day + pd.Timedelta(days=1))
    done = fomc.meetings_between(begin, on)
    decisions = np.array([each.day.to_datetime64() for each in (*done, *ahead)], dtype="datetime64[D]")
    before = np.array([fomc.last_meeting(each.day - pd.Timedelta(days=1)).upper for each in done], dtype=np.float64)
    made = np.array([each.upper for each in done], dtype=np.float64) - before
    return Strip(months, running, decisions, made)


def _ahead(on: pd.Timestamp, months: NDArray[np.datetime64], meetings: tuple[Meeting, ...] | None) -> tuple[Meeting, ...]:
    """The meetings ahead that the contracts reach."""
    end = pd.Timestamp(months[-1] + 1).as_unit("ns") - pd.Timedelta(days=1)
    ahead = fomc.meetings_ahead(on, end) if meetings is None else tuple(each for each in meetings if on < each.day <= end)
    if not ahead:
        reach = f"between it and {end:%Y-%m-%d}, the end of the last contract"
        raise InputError(f"--date {on:%Y-%m-%d}: no meeting is known {reach}; add later contracts")
    return ahead


def _rates(strip: Strip, rule: StripRule, noise: Float, given: Float, effr: float | None) -> tuple[RateMap, Float]:
    """The map of `rule` and its rates, percent."""
    found = rate_map(strip, rule, noise)
    rates = found.weights @ given + found.constant
    if effr is not None and rule is StripRule.LEAST_SQUARES:
        rates = _with_effr(found, rates, noise, len(strip.made), effr)
    return found, rates


def _with_effr(found: RateMap, rates: Float, noise: Float, now: int, effr: float) -> Float:
    """The rates updated by the day's effective rate, an observation of segment `now` that errs by EFFR_NOISE."""
    variance = found.variance(noise)
    gain = variance[:, now] / (variance[now, now] + EFFR_NOISE**2)
    return rates + gain * (effr - rates[now])


def _refuse_unsettled(strip: Strip, chosen: RateMap, on: pd.Timestamp) -> None:
    unknown = np.flatnonzero(~chosen.known[len(strip.made) :])
    if len(unknown):
        at = strip.decisions[len(strip.made) + max(int(unknown[0]) - 1, 0)]
        raise InputError(
            f"prices for {on:%Y-%m-%d}: leave the rate about {at} open, since no month near it is without a meeting; "
            f"add {strip.running - 1} or months after {strip.months[-1]}"
        )


def _moves(strip: Strip, chosen: RateMap, values: Float, noise: Float, ahead: tuple[Meeting, ...], cuts: Float) -> tuple[Move, ...]:
    """One a meeting ahead; cuts : (n_rules, n_meetings)."""
    first = len(strip.made)
    step = np.diff(np.eye(len(values)), axis=0)
    errors = np.sqrt(np.diag(step @ chosen.variance(noise) @ step.T).clip(min=0)) * PERCENT_TO_BP
    one = PERCENT_TO_BP * noise.max()
    found = []
    for place, meeting in enumerate(ahead):
        at = first + place
        flags = tuple(caveats.of_move(strip, at, meeting, open_move=bool(chosen.open[at]), error=errors[at], one=one))
        found.append(
            Move(
                meeting,
                start=float(values[at]),
                end=float(values[at + 1]),
                move=float(values[at + 1] - values[at]) * PERCENT_TO_BP,
                error=float(errors[at]),
                amplification=float(errors[at] / one),
                between=(float(cuts[:, place].min()), float(cuts[:, place].max())),
                flags=flags,
            )
        )
    return tuple(found)
