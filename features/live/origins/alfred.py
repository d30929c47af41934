"""First releases of a series from ALFRED, the archive of FRED's vintages: each value as first published, and the day of that."""

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
from features.live.origins.parsing import CHANGED, in_order, parsed_days, parsed_numbers, text_of
from features.live.web.reply import RefusedError
from features.names import shown

KEY = "FRED_API_KEY"
MISSING = frozenset({"", "."})
FIRST_VINTAGE, LAST_VINTAGE = "1776-07-04", "9999-12-31"  # the bounds of ALFRED's real time
EVERY_RELEASE, FIRST_RELEASE = "1", "4"  # output_type: of all real-time periods; of values as first released
FIELDS = ("date", "value", "realtime_start")
PAGES = 10  # of 100,000 observations each; industrial production since 1919, revised a hundred times, fills one
SeriesResult = tuple[pd.DataFrame, tuple[Body, ...], tuple[str, ...]]


@dataclass(frozen=True)
class SeriesRequest:
    """A series and whom to ask for it; the key is an argument of its own, so that no object holds it."""

    series: str
    base: str
    client: Getter

    @property
    def origin(self) -> str:
        return f"ALFRED, series {self.series}"


def first_known(request: SeriesRequest, key: str, *, now: datetime) -> SeriesResult:
    """Date, the value as first released and the day of that; NaT for what stood in the first vintage on record."""
    rows, bodies = _rows(request, key, FIRST_RELEASE)
    stamps, values, published = _columns(rows, request.origin)
    frame, notes = _in_order(request, stamps, values, _days_of_release(published, published.min()), now)
    return frame, bodies, notes


def chained(request: SeriesRequest, key: str, *, now: datetime) -> SeriesResult:
    """As `first_known`, of a level whose base changes now and then, as an index's does: its growth as first released, multiplied up.

    A value is the one before it, times their ratio in the release in which the value first appeared. The first value is as it was; those
    of the first vintage on record grow as they did there. A value released after a later one is left out.
    """
    rows, bodies = _rows(request, key, EVERY_RELEASE)
    origin = request.origin
    stamps, values, published = _columns(rows, origin)
    releases = pd.DataFrame({DATE: stamps, "value": values, "known": published}).dropna().drop_duplicates().sort_values([DATE, "known"])
    twice = releases.duplicated([DATE, "known"])
    if twice.any():
        row = releases[twice].iloc[0]
        raise OriginError(
            f"{origin}: {row[DATE]:%Y-%m-%d} has two values in the release of {row['known']:%Y-%m-%d}; look at which is right"
        )
    if releases.empty:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    if (releases["value"] <= 0).any():
        row = releases[releases["value"] <= 0].iloc[0]
        raise OriginError(f"{origin}: {row['value']:g} on {row[DATE]:%Y-%m-%d} has no growth; leave it out of `chained`")
    level, released = _chained_level(releases)
    days_of_release = _days_of_release(released, releases["known"].min())
    frame, notes = _in_order(request, pd.DatetimeIndex(level.index), level.to_numpy(), days_of_release, now)
    return frame, bodies, notes


def _chained_level(releases: pd.DataFrame) -> tuple[pd.Series, pd.DatetimeIndex]:
    """Levels by day (n,) and the days of their first release (n,), of a row a day and release, in that order."""
    first = releases.drop_duplicates(DATE)
    released = first["known"].to_numpy("datetime64[ns]")
    in_turn = released <= np.minimum.accumulate(released[::-1])[::-1]
    days, released = first[DATE].to_numpy("datetime64[ns]")[in_turn], released[in_turn]
    by_day = dict(iter(releases.groupby(DATE, sort=False)))
    levels = [float(by_day[pd.Timestamp(days[0])]["value"].iloc[0])]
    for (before, day), when in zip(pairwise(days), released[1:], strict=True):
        earlier = by_day[pd.Timestamp(before)]
        in_force = int(earlier["known"].to_numpy("datetime64[ns]").searchsorted(when, side="right")) - 1
        levels.append(levels[-1] * by_day[pd.Timestamp(day)]["value"].iloc[0] / earlier["value"].iloc[in_force])
    return pd.Series(levels, index=pd.DatetimeIndex(days)), pd.DatetimeIndex(released)


def _days_of_release(published: pd.DatetimeIndex, first: pd.Timestamp) -> np.ndarray:
    """(n,) the days, NaT for the first vintage on record."""
    return np.where(published == first, np.datetime64("NaT", "ns"), published.to_numpy("datetime64[ns]"))


def _in_order(
    request: SeriesRequest, stamps: pd.DatetimeIndex, values: np.ndarray, released: np.ndarray, now: datetime
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """The table in order, and notes; OriginError for a value that came out before its day."""
    frame = pd.DataFrame({DATE: stamps, request.series: values, request.series + KNOWN: released})
    frame, notes = in_order(frame, request.origin, now=now)
    early = frame[request.series + KNOWN] < frame[DATE]
    if early.any():
        raise OriginError(f"{request.origin}: {frame[DATE][early].iloc[0]:%Y-%m-%d} came out before its day; {CHANGED}")
    return frame, notes


def _columns(rows: list[dict[str, str]], origin: str) -> tuple[pd.DatetimeIndex, np.ndarray, pd.DatetimeIndex]:
    """Days, values and days of release, (n,) each."""
    stamps = parsed_days([row["date"] for row in rows], origin)
    values = parsed_numbers([row["value"] for row in rows], stamps, origin, missing=MISSING)
    return stamps, values, parsed_days([row["realtime_start"] for row in rows], origin)


def _rows(request: SeriesRequest, key: str, output_type: str) -> tuple[list[dict[str, str]], tuple[Body, ...]]:
    """All observations, even where only news are wanted, since only they show which vintage is the first on record."""
    parameters = {
        "series_id": request.series,
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
            body = request.client.get(f"{request.base}/fred/series/observations", page, secret={"api_key": key})
        except RefusedError as error:
            raise _refusal(error, request.origin, key) from None
        more, count = _observations(text_of(body.content, request.origin), request.origin, key)
        rows += more
        bodies.append(body)
        if len(rows) >= count or not more:
            break
    if len(rows) != count:
        raise OriginError(f"{request.origin}: gave {len(rows)} of {count} observations; try again later, or leave `vintages` out")
    return rows, tuple(bodies)


def _observations(text: str, origin: str, key: str) -> tuple[list[dict[str, str]], int]:
    """The observations of one answer, each with FIELDS as text, and how many there are in all."""
    try:
        answer: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise OriginError(f"{origin}: gave no JSON, or half of it; try again later") from None
    if isinstance(answer, Mapping) and "error_code" in answer:
        raise _error_of(answer, origin, key)
    rows = answer.get("observations") if isinstance(answer, Mapping) else None
    if not isinstance(rows, list) or not all(map(_is_observation, rows)):
        raise OriginError(f"{origin}: its answer has no observations with {', '.join(FIELDS)}; {CHANGED}")
    count = answer.get("count", len(rows))
    if not isinstance(count, int):
        raise OriginError(f"{origin}: counts {shown(count)} observations; {CHANGED}")
    if not count:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    return rows, count


def _is_observation(row: object) -> bool:
    return isinstance(row, Mapping) and all(isinstance(row.get(name), str) for name in FIELDS)


def _refusal(error: RefusedError, origin: str, key: str) -> OriginError:
    """What ALFRED's refusal means; as it came where its body cannot be read."""
    try:
        answer: Any = json.loads(error.content)
    except (ValueError, RecursionError):
        answer = None
    return _error_of(answer, origin, key) if isinstance(answer, Mapping) else RefusedError(str(error).replace(key, "..."), error.status)


def _error_of(answer: Mapping[str, Any], origin: str, key: str) -> OriginError:
    """An error in ALFRED's words, without the key."""
    words = " ".join(str(answer.get("error_message", "")).replace(key, "...").split())[:200]
    remedy = "correct `columns` in [live.files]"
    if "api_key" in words:
        remedy = f"look at {KEY} in the environment, or leave `vintages` out"
    elif "vintage dates" in words:  # it gives at most 2000 vintages, which a daily series has
        remedy = "leave `vintages` out, it is for what comes weekly or less often"
    elif str(answer.get("error_code")) == "429":
        remedy = "wait a minute, it takes 120 requests in one"
    return OriginError(f"{origin}: answered {shown(answer.get('error_code', 'no'))} and says {words!r}; {remedy}")
