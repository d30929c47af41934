"""Checks of what an origin gave before it is believed: text and no page, days in order, numbers and no words."""

import math
import re
from collections.abc import Sequence
from datetime import datetime

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.files.stamps import days
from features.live.download import DATE
from features.live.web.html_page import looks_like_html
from features.names import shown

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?", re.ASCII)
LOOK = "open its address in a browser to see what it "
CHANGED = "its format has changed; a newer version of this package may read it"
AHEAD = pd.Timedelta(days=1)  # it is tomorrow already somewhere on Earth


def text_of(content: bytes, origin: str, *, remedy: str | None = None) -> str:
    """`content` as text; OriginError where it is empty, a web page or no text. A file, unlike an answer, has a `remedy` of its own."""
    verb = "is" if remedy else "gave"
    if not content.strip():
        raise OriginError(f"{origin}: {'is empty' if remedy else 'gave an empty answer'}; {remedy or 'try again later'}")
    if looks_like_html(content):
        raise OriginError(f"{origin}: {verb} a web page and no data; {remedy or LOOK + 'says'}")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\x00"
    if "\x00" in text:
        raise OriginError(f"{origin}: {verb} no text; {remedy or LOOK + 'is'}")
    return text


def parsed_days(texts: Sequence[str], origin: str) -> pd.DatetimeIndex:
    """Days written YYYY-MM-DD; OriginError for what is no day."""
    stamps = days(pd.Series(texts, dtype="object"))
    if stamps.isna().any():
        strange = texts[int(stamps.isna().to_numpy().argmax())]
        raise OriginError(f"{origin}: {shown(strange)} is no date; its format has changed, or it is cut")
    return pd.DatetimeIndex(stamps)


def number(text: str) -> float:
    """The number nearest to `text`, which pandas' own reading is not in all of its versions; NaN for what is no number."""
    return float(text) if NUMBER.fullmatch(text) else math.nan


def parsed_numbers(texts: Sequence[str], stamps: pd.DatetimeIndex, origin: str, *, missing: frozenset[str]) -> np.ndarray:
    """(n,) float64, NaN for the marks of `missing`; OriginError for what is no finite number."""
    values = np.array([number(text.strip()) for text in texts], dtype="float64")
    for row in np.flatnonzero(~np.isfinite(values)).tolist():
        if texts[row].strip() not in missing:
            raise OriginError(f"{origin}: {shown(texts[row])} on {stamps[row]:%Y-%m-%d} is no number; {CHANGED}")
    return values


def in_order(frame: pd.DataFrame, origin: str, *, now: datetime, remedy: str = CHANGED) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """`frame` with its days rising, each once, and a line for each thing that was put right.

    Rows that come latest first are reversed; a day that stands twice with the same values stays once. OriginError, with `remedy`, for
    days that neither rise nor fall, a day with two values, and a day in the future.
    """
    notes = []
    stamps = frame[DATE].to_numpy("datetime64[ns]")
    steps = np.diff(stamps).astype("int64")
    if (steps < 0).any() and (steps > 0).any():
        along = np.sign(steps[steps != 0][0])
        row = int((np.sign(steps) == -along).argmax())
        after, before = (f"{pd.Timestamp(stamp):%Y-%m-%d}" for stamp in (stamps[row + 1], stamps[row]))
        raise OriginError(f"{origin}: its days neither rise nor fall, {after} follows {before}; {remedy}")
    if (steps < 0).any():
        frame = frame.iloc[::-1].reset_index(drop=True)
        notes.append(f"{origin}: its rows come latest first, and were turned round")
    twice = frame[DATE].duplicated().to_numpy()
    if twice.any():
        _refuse_two_values(frame, origin)
        frame = frame[~twice].reset_index(drop=True)
        stand, was = ("1 day stands", "was") if twice.sum() == 1 else (f"{int(twice.sum())} days stand", "were")
        notes.append(f"{origin}: {stand} twice with the same values, and {was} kept once")
    if len(frame) and frame[DATE].iloc[-1] > today(now) + AHEAD:
        last = f"{frame[DATE].iloc[-1]:%Y-%m-%d} is still to come on {today(now):%Y-%m-%d}"
        raise OriginError(f"{origin}: {last}; look at the date of this machine, else {remedy}")
    return frame, tuple(notes)


def naive_utc(now: datetime) -> pd.Timestamp:
    """Universal time without a zone."""
    moment = pd.Timestamp(now)
    return (moment if moment.tzinfo is None else moment.tz_convert("UTC").tz_localize(None)).as_unit("ns")


def today(now: datetime) -> pd.Timestamp:
    """The day in universal time."""
    return naive_utc(now).normalize()


def from_day(frame: pd.DataFrame, since: pd.Timestamp | None) -> pd.DataFrame:
    """The rows from `since` on."""
    return frame if since is None else frame[frame[DATE] >= since].reset_index(drop=True)


def _refuse_two_values(frame: pd.DataFrame, origin: str) -> None:
    alike = frame.drop_duplicates()  # for which NaN equals NaN
    again = alike[DATE].duplicated().to_numpy()
    if again.any():
        day = alike[DATE].iloc[int(again.argmax())]
        both = alike[alike[DATE] == day].drop(columns=DATE).iloc[:2]
        name = next(name for name in both.columns if both[name].duplicated().sum() == 0)
        first, second = (f"{value:g}" if isinstance(value, float) else shown(value) for value in both[name])
        raise OriginError(f"{origin}: {day:%Y-%m-%d} stands twice with different values, {first} and {second}; look at which is right")
