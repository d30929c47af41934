"""Rate odds of a day from a file: fed funds futures or published probabilities, as tables for a program."""

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

RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|\u2013|to)\s*(-?\d+(?:\.\d+)?)\s*")


def read_odds(date: str, prices: Path, *, rule: StripRule | None = None, target: str | None = None) -> Odds:
    """The odds at the close of `date` from a file of futures by `rule`, or from a published history as it stands.

    target : `LOWER-UPPER`, percent, instead of the calendar's range. InputError for what cannot be read, and for a `rule` with
    probabilities that are published already.
    """
    on = calendar.day(date, option="--date")
    given = None if target is None else target_of(target)
    if not fedwatch.is_published(list(read_table(prices).columns)):
        return odds(on, futures.contracts(prices, on), rule=rule or DEFAULT_RULE, target=given)
    if rule is not None:
        raise InputError(f"--rule {rule}: {prices.name} holds probabilities that are published, which no rule changes; leave --rule out")
    lower, upper = fomc.target_range(on) if given is None else given
    found = tuple(each for each in fedwatch.load(prices, on, (lower, upper))[on] if each.meeting > on)
    if not found:
        raise InputError(f"{prices.name}: has no meeting after {on:%Y-%m-%d} on that day; ask for another --date")
    return Odds(on, None, lower, upper, math.nan, math.nan, (), found, ("as published: no error from rounding, no range between rules",))


def target_of(text: str) -> tuple[float, float]:
    """(lower, upper), percent, from `4.50-4.75`, or one number for a single target; InputError for anything else."""
    try:
        return (float(text), float(text))
    except ValueError:
        found = RANGE.fullmatch(text)
    if not found:
        raise InputError(f"--range {text}: is no range; write LOWER-UPPER in percent, such as 4.50-4.75")
    return float(found[1]), float(found[2])


def by_range(found: Odds) -> pd.DataFrame:
    """A row a meeting and target range: date, meeting, lower and upper bound in percent, probability."""
    rows = [
        (found.on, each.meeting, lower / 100, (lower + each.width) / 100, chance)
        for each in found.distributions
        for lower, chance in zip(each.lower, each.probabilities, strict=True)
    ]
    return pd.DataFrame(rows, columns=["date", "meeting", "lower", "upper", "probability"])


def as_json(found: Odds) -> str:
    """The whole answer; numbers that are not known are null."""
    meetings = []
    for place, each in enumerate(found.distributions):
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
        if found.moves:
            move = found.moves[place]
            row |= {"move_bp": move.move, "tick_error_bp": move.error, "amplification": move.amplification}
            row |= {"p_cut_between_rules": list(move.between), "flags": list(move.flags), "day_published": move.meeting.published}
        meetings.append(row)
    answer = {
        "date": f"{found.on:%Y-%m-%d}",
        "rule": found.rule,
        "range": [found.lower, found.upper],
        "rate": _or_null(found.rate),
        "offset_bp": _or_null(found.offset),
        "notes": list(found.notes),
        "meetings": meetings,
    }
    return json.dumps(answer, indent=1)


def _or_null(value: float) -> float | None:
    return None if math.isnan(value) else value
