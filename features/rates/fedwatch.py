"""FedWatch: from fed funds futures to the distribution of the target range after each meeting."""

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
from features.rates.decision_day import DecisionDay, decision_day_on
from features.rates.distribution import Distribution, distributions
from features.rates.strip import EFFR_NOISE, PERCENT_TO_BP, RateMap, Strip, StripRule, rate_map

Float = NDArray[np.float64]

DEFAULT_RULE = StripRule.PYFEDWATCH


@dataclass(frozen=True)
class Move:
    """The move of the rate that prices expect at one meeting.

    Parameters
    ----------
    meeting : Meeting
        The meeting.
    start, end : float
        Rate before and after it, percent.
    move : float
        `end` less `start`, basis points.
    error : float
        Standard error of the move from the rounding of prices alone, basis points.
    amplification : float
        `error` in units of the error of one price.
    between : tuple of float
        Lowest and highest probability, by the three rules, of a range below the one in force.
    flags : tuple of str
        Reasons for doubt, in words.
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

    Parameters
    ----------
    on : Timestamp
        The day.
    rule : StripRule or None
        The rule that turned prices into rates; None for published probabilities, which have no moves, rate or offset (NaN).
    lower, upper : float
        Target range in force, percent.
    rate : float
        Rate now by the prices, percent.
    offset : float
        `rate`, or the effective rate where there is one, less the middle of the range, basis points.
    moves : tuple of Move
        One for each meeting ahead, in order.
    distributions : tuple of Distribution
        One for each meeting ahead, in order.
    notes : tuple of str
        Reasons for doubt about the whole day, in words.
    decision_day : DecisionDay or None
        The side on which the day of a decision counts; None for published probabilities.
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
    decision_day: DecisionDay | None = None


def odds(
    on: str | pd.Timestamp,
    prices: Mapping[Any, float] | pd.Series,
    *,
    rule: StripRule = DEFAULT_RULE,
    target: tuple[float, float] | None = None,
    effr: float | None = None,
    meetings: tuple[Meeting, ...] | None = None,
    decision_day: DecisionDay | None = None,
) -> Odds:
    """Rate odds at the close of a day, for every meeting that the contracts reach.

    Parameters
    ----------
    on : str or Timestamp
        The day.
    prices : mapping or Series
        Contract month (`2023-03`, a Timestamp or Period in it) to price, 100 less the rate: from the running month on without a gap, and
        the month before it where the rule needs it.
    rule : StripRule, default StripRule.PYFEDWATCH
        The rule that turns prices into rates.
    target : tuple of float, optional
        Lower and upper bound in force, percent; by default those on record.
    effr : float, optional
        Effective rate of the day, percent: one more observation for LEAST_SQUARES, and the offset.
    meetings : tuple of Meeting, optional
        The meetings ahead; by default those known on the day.
    decision_day : DecisionDay, optional
        The side on which the day of a decision counts; by default the convention in force on the day, DecisionDay.BEFORE from 2003 on.

    Returns
    -------
    Odds

    Raises
    ------
    InputError
        For impossible prices, a gap, fewer than two contracts, no meeting within reach, and rates that the prices leave open.

    References
    ----------
    CME FedWatch methodology.
    """
    on = calendar.day(on, option="--date")
    lower, upper = fomc.target_range(on) if target is None else _target(target)
    convention = decision_day_on(on) if decision_day is None else DecisionDay(decision_day)
    months, implied = contracts(on, prices, past=past_is_free(on))
    ahead = _ahead(on, months, meetings, convention)
    strip = strip_of(on, months, ahead, convention)
    noise = rounding(on, months)
    rates = {each: _rates(strip, each, noise, implied, effr) for each in StripRule}
    chosen, values = rates[rule]
    _refuse_unsettled(strip, chosen, on)
    first = len(strip.made)
    days = [meeting.day for meeting in ahead]
    width, current = round(PERCENT_TO_BP * (upper - lower), 6), round(PERCENT_TO_BP * lower, 6)
    by_rule = {
        each: distributions(days, np.diff(level)[first:] * PERCENT_TO_BP, current=current, width=width)
        for each, (solved, level) in rates.items()
        if solved.determined[first:].all()
    }
    cuts = np.array([[each.p_cut for each in after] for after in by_rule.values()])
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
        caveats.of_day(on, months, implied, rule, ahead, leans=chosen.leans, offset=offset),
        convention,
    )


def _target(target: tuple[float, float]) -> tuple[float, float]:
    lower, upper = target
    if not 100 - HIGHEST <= lower <= upper <= 100 - LOWEST:
        raise InputError(f"--range {lower:g}-{upper:g}: must be percent, the lower bound first; write it as 4.50-4.75")
    return lower, upper


def strip_of(on: pd.Timestamp, months: NDArray[np.datetime64], ahead: tuple[Meeting, ...], decision_day: DecisionDay) -> Strip:
    """The strip of the contracts `months` at the close of `on`, with the decisions already made in the running month."""
    running = month_of(on)
    begin = max(pd.Timestamp(running).as_unit("ns"), fomc.meetings()[0].day + pd.Timedelta(days=1))
    done = fomc.meetings_between(begin, on)
    decisions = np.array([each.day.to_datetime64() for each in (*done, *ahead)], dtype="datetime64[D]")
    before = np.array([fomc.last_meeting(each.day - pd.Timedelta(days=1)).upper for each in done], dtype=np.float64)
    made = np.array([each.upper for each in done], dtype=np.float64) - before
    return Strip(months, running, decisions, made, decision_day)


def _ahead(
    on: pd.Timestamp, months: NDArray[np.datetime64], meetings: tuple[Meeting, ...] | None, decision_day: DecisionDay
) -> tuple[Meeting, ...]:
    """The meetings ahead whose rate begins within the contracts."""
    end = pd.Timestamp(months[-1] + 1).as_unit("ns") - pd.Timedelta(days=1)
    listed = fomc.meetings_ahead(on, end) if meetings is None else tuple(each for each in meetings if on < each.day <= end)
    ahead = tuple(each for each in listed if each.day + pd.Timedelta(days=decision_day.lag) <= end)
    if not ahead:
        reach = f"between it and {end:%Y-%m-%d}, the end of the last contract"
        beyond = f", whose rate begins before {end + pd.Timedelta(days=1):%Y-%m-%d}" if listed else ""
        raise InputError(f"--date {on:%Y-%m-%d}: there is no meeting {reach}{beyond}; add later contracts")
    return ahead


def _rates(strip: Strip, rule: StripRule, noise: Float, implied: Float, effr: float | None) -> tuple[RateMap, Float]:
    """The map of `rule` and its rates, percent; LEAST_SQUARES takes the effective rate for an observation that errs by EFFR_NOISE."""
    solved = rate_map(strip, rule, noise)
    rates = solved.weights @ implied + solved.constant
    if effr is not None and rule is StripRule.LEAST_SQUARES:
        variance, now = solved.variance(noise), len(strip.made)
        rates = rates + variance[:, now] / (variance[now, now] + EFFR_NOISE**2) * (effr - rates[now])
    return solved, rates


def _refuse_unsettled(strip: Strip, chosen: RateMap, on: pd.Timestamp) -> None:
    unknown = np.flatnonzero(~chosen.determined[len(strip.made) :])
    if len(unknown):
        at = strip.decisions[len(strip.made) + max(int(unknown[0]) - 1, 0)]
        raise InputError(
            f"prices for {on:%Y-%m-%d}: leave the rate about {at} open, since every month near it has a meeting; "
            f"add {strip.running - 1} or months after {strip.months[-1]}"
        )


def _moves(strip: Strip, chosen: RateMap, values: Float, noise: Float, ahead: tuple[Meeting, ...], cuts: Float) -> tuple[Move, ...]:
    """One for each meeting ahead; `cuts` is (n_rules, n_meetings)."""
    first = len(strip.made)
    step = np.diff(np.eye(len(values)), axis=0)
    errors = np.sqrt(np.diag(step @ chosen.variance(noise) @ step.T).clip(min=0)) * PERCENT_TO_BP
    one = PERCENT_TO_BP * noise.max()
    moves = []
    for place, meeting in enumerate(ahead):
        at = first + place
        flags = tuple(caveats.of_move(strip, at, meeting, open_move=bool(chosen.open[at]), error=errors[at], one=one))
        moves.append(
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
    return tuple(moves)
