"""Odds of the target rate on one day, from a file of fed funds futures or of published probabilities."""

import json
import math
import re
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.table import read_table
from features.panel import calendar, fomc
from features.rates.fedwatch import DEFAULT_RULE, Odds, odds
from features.rates.strip import StripRule
from features.sources import fedwatch, futures
from forecast.runs.answer.plain_values import finite_or_none

RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|\u2013|to)\s*(-?\d+(?:\.\d+)?)\s*")


def read_odds(date: str, prices: Path, *, rule: StripRule | None = None, target: str | None = None) -> Odds:
    """The odds at the close of `date`, from a file of futures by `rule` or from published probabilities, which take no rule.

    `target` is `LOWER-UPPER` in percent, instead of the calendar's range.
    """
    on = calendar.day(date, option="--date")
    stated = None if target is None else parse_range(target)
    if not fedwatch.is_published(list(read_table(prices).columns)):
        return odds(on, futures.contracts(prices, on), rule=rule or DEFAULT_RULE, target=stated)
    if rule is not None:
        raise InputError(f"--rule {rule}: {prices.name} holds probabilities that are published, which no rule changes; leave --rule out")
    lower, upper = fomc.target_range(on) if stated is None else stated
    meetings = tuple(each for each in fedwatch.load(prices, on, (lower, upper))[on] if each.meeting > on)
    if not meetings:
        raise InputError(f"{prices.name}: has no meeting after {on:%Y-%m-%d} on that day; ask for another --date")
    return Odds(on, None, lower, upper, math.nan, math.nan, (), meetings, ("as published: no error from rounding, no range between rules",))


def parse_range(text: str) -> tuple[float, float]:
    """(lower, upper), percent, from `4.50-4.75`, or one number for a single target; InputError for anything else."""
    try:
        return (float(text), float(text))
    except ValueError:
        match = RANGE.fullmatch(text)
    if not match:
        raise InputError(f"--range {text}: is no range; write LOWER-UPPER in percent, such as 4.50-4.75")
    return float(match[1]), float(match[2])


def odds_frame(day: Odds) -> pd.DataFrame:
    """A row per meeting and target range: date, meeting, lower and upper bound in percent, probability."""
    rows = [
        (day.on, each.meeting, lower / 100, (lower + each.width) / 100, chance)
        for each in day.distributions
        for lower, chance in zip(each.lower, each.probabilities, strict=True)
    ]
    return pd.DataFrame(rows, columns=["date", "meeting", "lower", "upper", "probability"])


def odds_json(day: Odds) -> str:
    """The odds as JSON text; unknown numbers are null."""
    meetings = []
    for place, each in enumerate(day.distributions):
        row = {
            "meeting": f"{each.meeting:%Y-%m-%d}",
            "p_cut": each.p_cut,
            "p_unchanged": each.p_unchanged,
            "p_hike": each.p_hike,
            "mean_change_bp": each.mean_change,
            "entropy_nats": each.entropy,
            "ranges": [
                {"lower": lower / 100, "upper": (lower + each.width) / 100, "probability": chance}
                for lower, chance in zip(each.lower.tolist(), each.probabilities.tolist(), strict=True)
            ],
        }
        if day.moves:
            move = day.moves[place]
            row |= {"move_bp": move.move, "tick_error_bp": move.error, "amplification": move.amplification}
            row |= {"p_cut_between_rules": list(move.between), "flags": list(move.flags), "day_published": move.meeting.published}
        meetings.append(row)
    answer = {
        "date": f"{day.on:%Y-%m-%d}",
        "rule": day.rule,
        "range": [day.lower, day.upper],
        "rate": finite_or_none(day.rate),
        "offset_bp": finite_or_none(day.offset),
        "notes": list(day.notes),
        "meetings": meetings,
    }
    return json.dumps(answer, indent=1)
