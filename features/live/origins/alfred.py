"""What ALFRED has on record of a series of FRED: each value as it was first known, and the day on which that was."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from features.errors import OriginError
from features.files.folder import KNOWN
from features.live.download import DATE, Body, Getter
from features.live.origins.parsing import CHANGED, in_order, parsed_days, parsed_numbers, shown, text_of
from features.live.web.reply import RefusedError

KEY = "FRED_API_KEY"
MISSING = frozenset({"", "."})
FIRST_VINTAGE, LAST_VINTAGE = "1776-07-04", "9999-12-31"  # the bounds of ALFRED's real time
EVERY_RELEASE, FIRST_RELEASE = "1", "4"  # output_type: of all real-time periods; of values as first released
FIELDS = ("date", "value", "realtime_start")
PAGES = 10  # of 100,000 observations each; industrial production since 1919, revised a hundred times, fills one
Found = tuple[pd.DataFrame, tuple[Body, ...], tuple[str, ...]]


@dataclass(frozen=True)
class SeriesRequest:
    """Whom to ask for what; the key is an argument of its own, so that no object holds it."""

    series: str
    base: str
    client: Getter

    @property
    def origin(self) -> str:
        return f"ALFRED, series {self.series}"


def first_known(asked: SeriesRequest, key: str, *, now: datetime) -> Found:
    """Date, the value as first released and the day of that; NaT for what stood in the first vintage on record."""
    rows, bodies = _rows(asked, key, FIRST_RELEASE)
    origin = asked.origin
    stamps, values, known = _columns(rows, origin)
    frame = pd.DataFrame({DATE: stamps, asked.series: values, asked.series + KNOWN: _told(known, known.min())})
    frame, notes = in_order(frame, origin, now=now)
    return _checked(frame, asked), bodies, notes


def chained(asked: SeriesRequest, key: str, *, now: datetime) -> Found:
    """The same of a level whose base changes now and then, as an index's does: its growth as first released, multiplied up.

    A value is the one before it, times how much larger it was than that in the release in which it first appeared. The first is as it
    was; values of the first vintage on record grow as they did there. What came out after a later value is left out.
    """
    rows, bodies = _rows(asked, key, EVERY_RELEASE)
    origin = asked.origin
    stamps, values, known = _columns(rows, origin)
    told = pd.DataFrame({DATE: stamps, "value": values, "known": known}).dropna().drop_duplicates().sort_values([DATE, "known"])
    twice = told.duplicated([DATE, "known"])
    if twice.any():
        row = told[twice].iloc[0]
        raise OriginError(
            f"{origin}: {row[DATE]:%Y-%m-%d} has two values in the release of {row['known']:%Y-%m-%d}; look at which is right"
        )
    if told.empty:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    if (told["value"] <= 0).any():
        row = told[told["value"] <= 0].iloc[0]
        raise OriginError(f"{origin}: {row['value']:g} on {row[DATE]:%Y-%m-%d} has no growth; leave it out of `chained`")
    level, released = _multiplied(told)
    found = pd.DataFrame({DATE: level.index, asked.series: level.to_numpy(), asked.series + KNOWN: _told(released, told["known"].min())})
    frame, notes = in_order(found.reset_index(drop=True), origin, now=now)
    return _checked(frame, asked), bodies, notes


def _multiplied(told: pd.DataFrame) -> tuple[pd.Series, pd.DatetimeIndex]:
    """Levels by day (n,) and the days of their first release (n,), of `told`: a row a day and release, in that order."""
    first = told.drop_duplicates(DATE)
    released = first["known"].to_numpy("datetime64[ns]")
    in_turn = released <= np.minimum.accumulate(released[::-1])[::-1]
    days, released = first[DATE].to_numpy("datetime64[ns]")[in_turn], released[in_turn]
    by_day = dict(iter(told.groupby(DATE, sort=False)))
    levels = [float(by_day[pd.Timestamp(days[0])]["value"].iloc[0])]
    for (before, day), when in zip(pairwise(days), released[1:], strict=True):
        earlier = by_day[pd.Timestamp(before)]
        in_force = int(earlier["known"].to_numpy("datetime64[ns]").searchsorted(when, side="right")) - 1
        levels.append(levels[-1] * by_day[pd.Timestamp(day)]["value"].iloc[0] / earlier["value"].iloc[in_force])
    return pd.Series(levels, index=pd.DatetimeIndex(days)), pd.DatetimeIndex(released)


def _told(known: pd.DatetimeIndex, first: pd.Timestamp) -> np.ndarray:
    """(n,) the days, NaT for the first on record."""
    return np.where(known == first, np.datetime64("NaT", "ns"), known.to_numpy("datetime64[ns]"))


def _checked(frame: pd.DataFrame, asked: SeriesRequest) -> pd.DataFrame:
    early = frame[asked.series + KNOWN] < frame[DATE]
    if early.any():
        raise OriginError(f"{asked.origin}: {frame[DATE][early].iloc[0]:%Y-%m-%d} came out before its day; {CHANGED}")
    return frame


def _columns(rows: list[dict[str, str]], origin: str) -> tuple[pd.DatetimeIndex, np.ndarray, pd.DatetimeIndex]:
    """Days, values and days of release, (n,) each."""
    stamps = parsed_days([row["date"] for row in rows], origin)
    values = parsed_numbers([row["value"] for row in rows], stamps, origin, missing=MISSING)
    return stamps, values, parsed_days([row["realtime_start"] for row in rows], origin)


def _rows(asked: SeriesRequest, key: str, output_type: str) -> tuple[list[dict[str, str]], tuple[Body, ...]]:
    """All observations: whatever is new, the first vintage on record is told by the whole of them."""
    parameters = {
        "series_id": asked.series,
        "file_type": "json",
        "output_type": output_type,
        "realtime_start": FIRST_VINTAGE,
        "realtime_end": LAST_VINTAGE,
    }
    rows: list[dict[str, str]] = []
    bodies: list[Body] = []
    for _ in range(PAGES):
        page = parameters | ({"offset": str(len(rows))} if rows else {})
        try:
            body = asked.client.get(f"{asked.base}/fred/series/observations", page, secret={"api_key": key})
        except RefusedError as error:
            raise _refused(error, asked.origin, key) from None
        more, count = _observations(text_of(body.content, asked.origin), asked.origin, key)
        rows += more
        bodies.append(body)
        if len(rows) >= count or not more:
            break
    if len(rows) != count:
        raise OriginError(f"{asked.origin}: gave {len(rows)} of {count} observations; try again later, or leave `vintages` out")
    return rows, tuple(bodies)


def _observations(text: str, origin: str, key: str) -> tuple[list[dict[str, str]], int]:
    """The observations of one answer, each with date, value and realtime_start as text, and how many there are in all."""
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise OriginError(f"{origin}: gave no JSON, or half of it; try again later") from None
    if isinstance(told, Mapping) and "error_code" in told:
        raise _said(told, origin, key)
    rows = told.get("observations") if isinstance(told, Mapping) else None
    if not isinstance(rows, list) or not all(map(_is_observation, rows)):
        raise OriginError(f"{origin}: its answer has no observations with {', '.join(FIELDS)}; {CHANGED}")
    count = told.get("count", len(rows))
    if not isinstance(count, int):
        raise OriginError(f"{origin}: counts {shown(count)} observations; {CHANGED}")
    if not count:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    return rows, count


def _is_observation(row: object) -> bool:
    return isinstance(row, Mapping) and all(isinstance(row.get(name), str) for name in FIELDS)


def _refused(error: RefusedError, origin: str, key: str) -> OriginError:
    """What ALFRED's refusal means; as it came where it says nothing that can be read."""
    try:
        told: Any = json.loads(error.content)
    except (ValueError, RecursionError):
        told = None
    return _said(told, origin, key) if isinstance(told, Mapping) else RefusedError(str(error).replace(key, "..."), error.status)


def _said(told: Mapping[str, Any], origin: str, key: str) -> OriginError:
    """An error in ALFRED's words, without the key."""
    words = " ".join(str(told.get("error_message", "")).replace(key, "...").split())[:200]
    remedy = "correct `columns` in [live.files]"
    if "api_key" in words:
        remedy = f"look at {KEY} in the environment, or leave `vintages` out"
    elif "vintage dates" in words:  # it gives at most 2000 vintages, which a daily series has
        remedy = "leave `vintages` out, it is for what comes weekly or less often"
    elif str(told.get("error_code")) == "429":
        remedy = "wait a minute, it takes 120 requests in one"
    return OriginError(f"{origin}: answered {shown(told.get('error_code', 'no'))} and says {words!r}; {remedy}")
