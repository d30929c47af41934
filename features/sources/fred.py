"""Series of FRED: as CSV, which needs no key, or as ALFRED first knew them, with FRED_API_KEY of the environment."""

import json
import os
from collections.abc import Mapping
from datetime import datetime
from functools import reduce
from typing import Any

import pandas as pd

from features.errors import OriginError
from features.live import Fred, Origins
from features.sources.download import DATE, KNOWN, Body, Download, Getter
from features.sources.received import from_day, in_order, parsed_days, parsed_numbers, shown, text_of
from features.web.reply import RefusedError

KEY = "FRED_API_KEY"
DAYS = ("observation_date", "DATE")  # what the first column of its CSV is called, and was until 2024
MISSING = frozenset({"", "."})
FIRST_VINTAGE, LAST_VINTAGE = "1776-07-04", "9999-12-31"  # the bounds of ALFRED's real time
INITIAL = "4"  # its output_type of values as first released
FIELDS = ("date", "value", "realtime_start")
MOST = 100_000  # observations of one answer, its own limit
REGISTER = f"look at {KEY} in the environment, or leave `vintages` out"


def fetch(spec: Fred, origins: Origins, client: Getter, *, since: pd.Timestamp | None, now: datetime) -> Download:
    """A column a series, in FRED's units: one row a day on which any of them has one, NaN = no value on that day.

    since : the first day asked for; None, all there are.   now : aware, universal time.

    With `spec.vintages`, an ALFRED to ask and a key in the environment, each value is as it was first released, and the column `X known`
    has the day of that release. The vintages of many series begin long after their values: what stood in the first one on record has no
    day of its own, NaT, and keeps to the publication lag of the experiment; so does the value itself, which may have been revised before.

    Each series is asked for by itself: series of different frequencies come in an archive, and one that is unknown spoils them all.
    OriginError, one line, for a series that is not to be had or cannot be believed; the key is in none, nor in the bodies.
    """
    key = _key() if spec.vintages and origins.alfred is not None else None
    parts: list[pd.DataFrame] = []
    bodies: list[Body] = []
    notes: list[str] = []
    for series in spec.columns:
        frame, body, found = (
            _current(series, origins, client, since=since, now=now)
            if key is None
            else _first_known(series, str(origins.alfred), key, client, since=since, now=now)
        )
        parts.append(frame)
        bodies.append(body)
        notes.extend(found)
    if spec.vintages and key is None:
        lacking = KEY + " is not set" if origins.alfred is not None else "[live.origins] names no `alfred`"
        notes.append(f"FRED: the values of {', '.join(spec.columns)} are today's vintage, since {lacking}")
    merged = reduce(lambda left, right: left.merge(right, on=DATE, how="outer", sort=True), parts)
    return Download(merged.sort_values(DATE, ignore_index=True), tuple(bodies), notes=tuple(notes))


def _key() -> str | None:
    """The key of the environment; it is handed on as an argument, and kept in no object."""
    return os.environ.get(KEY, "").strip() or None


def _current(
    series: str, origins: Origins, client: Getter, *, since: pd.Timestamp | None, now: datetime
) -> tuple[pd.DataFrame, Body, tuple[str, ...]]:
    """Today's vintage of `series`, as CSV."""
    origin = f"FRED, series {series}"
    if origins.fred is None:
        raise OriginError(f"{origin}: there is no address to ask; name `fred` in [live.origins]")
    parameters = {"id": series} | ({} if since is None else {"cosd": f"{since:%Y-%m-%d}"})
    try:
        body = client.get(f"{origins.fred}/graph/fredgraph.csv", parameters)
    except RefusedError as error:
        if error.status != 404:
            raise
        raise RefusedError(f"{origin}: FRED has no such series, answered 404; correct `columns` in [live.files]", 404) from None
    rows = _rows(text_of(body.content, origin), series, origin)
    stamps = parsed_days([row[0] for row in rows], origin)
    values = parsed_numbers([row[1] for row in rows], stamps, origin, missing=MISSING)
    frame, notes = in_order(pd.DataFrame({DATE: stamps, series: values}), origin, now=now)
    frame = _with_values(from_day(frame, since), series, origin, since)
    return frame, body, notes + _cut_short(frame, series, since)


def _rows(text: str, series: str, origin: str) -> list[list[str]]:
    """The fields of each line below the header; OriginError for another header, other fields, and a last line without its end."""
    lines = text.splitlines()
    header = lines[0].split(",")
    if len(header) != 2 or header[0] not in DAYS or header[1] != series:
        raise OriginError(f"{origin}: its header is {shown(lines[0])} and not '{DAYS[0]},{series}'; its format has changed")
    if not text.endswith("\n"):
        raise OriginError(f"{origin}: its last line {shown(lines[-1])} has no end, so it was cut; try again later")
    rows = [line.split(",") for line in lines[1:]]
    odd = next((row for row in rows if len(row) != 2), None)
    if odd is not None:
        raise OriginError(f"{origin}: the line {shown(','.join(odd))} has not two fields; its format has changed")
    return rows


def _with_values(frame: pd.DataFrame, series: str, origin: str, since: pd.Timestamp | None) -> pd.DataFrame:
    """`frame`, whose rows without a value are left out; OriginError where there is none at all, unless only news were asked for."""
    found = frame[frame[series].notna()].reset_index(drop=True)
    if found.empty and since is None:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    return found


def _cut_short(frame: pd.DataFrame, series: str, since: pd.Timestamp | None) -> tuple[str, ...]:
    """A line where FRED gives away the last years of a series alone."""
    if since is not None or not series.startswith("BAML"):
        return ()
    first = f"{frame[DATE].iloc[0]:%Y-%m-%d}"
    return (f"FRED, series {series}: begins on {first}; of ICE's indices FRED gives the last three years alone",)


def _first_known(
    series: str, base: str, key: str, client: Getter, *, since: pd.Timestamp | None, now: datetime
) -> tuple[pd.DataFrame, Body, tuple[str, ...]]:
    """`series` as first released, and the day of each release."""
    origin = f"ALFRED, series {series}"
    parameters = {
        "series_id": series,
        "file_type": "json",
        "output_type": INITIAL,
        "realtime_start": FIRST_VINTAGE,
        "realtime_end": LAST_VINTAGE,
    }
    try:  # whatever `since` is, all of it: the first vintage on record is told by the whole of it
        body = client.get(f"{base}/fred/series/observations", parameters, secret={"api_key": key})
    except RefusedError as error:
        raise _refused(error, origin, key) from None
    rows = _observations(text_of(body.content, origin), origin, key)
    stamps = parsed_days([row["date"] for row in rows], origin)
    values = parsed_numbers([row["value"] for row in rows], stamps, origin, missing=MISSING)
    known = parsed_days([row["realtime_start"] for row in rows], origin)
    first = known == known.min()
    released = pd.Series(known.to_numpy("datetime64[ns]")).mask(first)
    frame, notes = in_order(pd.DataFrame({DATE: stamps, series: values, series + KNOWN: released}), origin, now=now)
    early = frame[series + KNOWN] < frame[DATE]
    if early.any():
        raise OriginError(f"{origin}: {frame[DATE][early].iloc[0]:%Y-%m-%d} came out before its day; its format has changed")
    return _with_values(from_day(frame, since), series, origin, since), body, notes


def _observations(text: str, origin: str, key: str) -> list[dict[str, str]]:
    """The observations of an answer, each with date, value and realtime_start as text, all of them."""
    try:
        told: Any = json.loads(text)
    except (ValueError, RecursionError):
        raise OriginError(f"{origin}: gave no JSON, or half of it; try again later") from None
    if isinstance(told, Mapping) and "error_code" in told:
        raise _said(told, origin, key)
    rows = told.get("observations") if isinstance(told, Mapping) else None
    if not isinstance(rows, list) or not all(map(_is_observation, rows)):
        raise OriginError(f"{origin}: its answer has no observations with {', '.join(FIELDS)}; its format has changed")
    if not rows:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    if told.get("count", len(rows)) != len(rows):
        raise OriginError(f"{origin}: gave {len(rows)} of {shown(told['count'])} observations, {MOST} at the most; leave `vintages` out")
    return rows


def _is_observation(row: object) -> bool:
    return isinstance(row, Mapping) and all(isinstance(row.get(name), str) for name in FIELDS)


def _refused(error: RefusedError, origin: str, key: str) -> OriginError:
    """What ALFRED's refusal means; `error` itself where it says nothing that can be read."""
    try:
        told: Any = json.loads(error.content)
    except (ValueError, RecursionError):
        return RefusedError(str(error).replace(key, "..."), error.status)
    return _said(told, origin, key) if isinstance(told, Mapping) else RefusedError(str(error).replace(key, "..."), error.status)


def _said(told: Mapping[str, Any], origin: str, key: str) -> OriginError:
    """An error in ALFRED's words, without the key."""
    words = " ".join(str(told.get("error_message", "")).replace(key, "...").split())[:200]
    remedy = "correct `columns` in [live.files]"
    if "api_key" in words:
        remedy = REGISTER
    elif "vintage dates" in words:  # it gives at most 2000 vintages, which a daily series has
        remedy = "leave `vintages` out, it is for what comes weekly or less often"
    elif str(told.get("error_code")) == "429":
        remedy = "wait a minute, it takes 120 requests in one"
    return OriginError(f"{origin}: answered {shown(told.get('error_code', 'no'))} and says {words!r}; {remedy}")
