"""Odds of the target rate on one day, from a file of fed funds futures or of published probabilities."""

import json
import math
import re
from pathlib import Path

import pandas as pd

from features.errors import InputError
from features.files.bounded import BoundError, read_text, refuse_large
from features.files.table import read_table
from features.live.origins import fedwatch_export, odds_history
from features.panel import calendar, fomc
from features.rates.decision_day import DecisionDay
from features.rates.fedwatch import DEFAULT_RULE, Odds, odds
from features.rates.strip import StripRule
from features.sources import fedwatch, futures
from forecast.runs.answer.plain_values import finite_or_none

RANGE = re.compile(r"\s*(-?\d+(?:\.\d+)?)\s*(?:-|\u2013|to)\s*(-?\d+(?:\.\d+)?)\s*")


def read_odds(
    date: str,
    prices: Path,
    *more: Path,
    rule: StripRule | None = None,
    target: str | None = None,
    decision_day: DecisionDay | None = None,
) -> Odds:
    """The odds at the close of `date`, from a file of futures by `rule` and `decision_day`, or from files of published probabilities.

    Of several files the last has the last word on a meeting. `target` is `LOWER-UPPER` in percent, instead of the calendar's range.
    """
    on = calendar.day(date, option="--date")
    stated = None if target is None else parse_range(target)
    rows = _published_rows((prices, *more))
    if rows is None:
        return odds(on, futures.contracts(prices, on), rule=rule or DEFAULT_RULE, target=stated, decision_day=decision_day)
    for option, value, noun in (("--rule", rule, "rule"), ("--decision-day", decision_day, "convention")):
        if value is not None:
            published = f"{prices.name} holds probabilities that are published, which no {noun} changes"
            raise InputError(f"{option} {value}: {published}; leave {option} out")
    lower, upper = fomc.target_range(on) if stated is None else stated
    meetings = tuple(each for each in fedwatch.by_day(rows, prices, on, (lower, upper))[on] if each.meeting > on)
    if not meetings:
        raise InputError(f"{prices.name}: has no meeting after {on:%Y-%m-%d} on that day; ask for another --date")
    return Odds(on, None, lower, upper, math.nan, math.nan, (), meetings, ("as published: no error from rounding, no range between rules",))


def _published_rows(paths: tuple[Path, ...]) -> pd.DataFrame | None:
    """The rows of published histories, CME's exports among them; None for one file of something else."""
    texts = [_text(path) for path in paths]
    exports = [text is not None and fedwatch_export.is_export(text.split("\n", 1)[0]) for text in texts]
    if len(paths) > 1 or exports[0]:
        return odds_history.latest([odds_history.odds_of(path, text) for path, text in zip(paths, texts, strict=True)])
    rows = read_table(paths[0])
    return rows if fedwatch.is_published(list(rows.columns)) else None


def _text(path: Path) -> str | None:
    """The text of a CSV or CSV.gz file; None for Parquet, and for a file that is none, which `read_table` then refuses."""
    if path.suffix.lower() == ".parquet" or not path.is_file():
        return None
    refuse_large(path)
    try:
        return read_text(path).decode("utf-8-sig")
    except BoundError as error:
        raise InputError(f"{path}: {error}") from None
    except (OSError, UnicodeDecodeError):
        return None


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
        "decision_day": day.decision_day,
        "range": [day.lower, day.upper],
        "rate": finite_or_none(day.rate),
        "offset_bp": finite_or_none(day.offset),
        "notes": list(day.notes),
        "meetings": meetings,
    }
    return json.dumps(answer, indent=1)
