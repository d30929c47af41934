"""Series of FRED: as CSV, which needs no key, or as first released, from ALFRED with FRED_API_KEY of the environment.

The lag between a stamp and its publication is applied in `features/panel/publication_lag.py`.
"""

import os
from datetime import datetime
from functools import reduce

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, FIRST, TODAY, Body, Download, Getter
from features.live.items import FredItem, Origins
from features.live.origins.alfred import KEY, MISSING, SeriesRequest, chained, first_known
from features.live.origins.parsing import CHANGED, from_day, in_order, parsed_days, parsed_numbers, text_of
from features.live.web.reply import RefusedError
from features.names import shown

DAYS = ("observation_date", "DATE")  # what the first column of its CSV is called, and was until 2024


class UnknownSeriesError(OriginError):
    """FRED has no such series."""


def fetch(spec: FredItem, origins: Origins, client: Getter, *, since: pd.Timestamp | None, now: datetime) -> Download:
    """A column a series, in FRED's units, by day; NaN = no value on that day.

    With `spec.vintages`, an ALFRED to ask and a key in the environment, each value is as first released, those of `spec.chained` by
    their growth, and the column `X known` has the day of that release. What stood in the first vintage on record has no such day, NaT,
    and keeps to the publication lag of the experiment; it may have been revised before.

    Each series is asked for by itself: series of different frequencies come in an archive, and an unknown one spoils them all. An
    unknown series is missing, with a note, unless all are. OriginError for a series that cannot be had or believed. The key is in no
    message and no body.
    """
    key = _key() if spec.vintages and origins.alfred is not None else None
    parts: list[pd.DataFrame] = []
    bodies: list[Body] = []
    notes: list[str] = []
    unknown: dict[str, str] = {}
    for series in spec.columns:
        try:
            if key is None:
                frame, answers, lines = _current(series, origins, client, since=since, now=now)
            else:
                request = SeriesRequest(series, str(origins.alfred), client)
                frame, answers, lines = (chained if series in spec.chained else first_known)(request, key, now=now)
                frame = _with_values(from_day(frame, since), series, request.origin, since)
        except UnknownSeriesError as error:
            unknown[series] = str(error)
            continue
        parts.append(frame)
        bodies.extend(answers)
        notes.extend(lines)
    if not parts:
        raise OriginError(next(iter(unknown.values())))
    notes.extend(f"column {series} gets nothing new: {why}" for series, why in unknown.items())
    if spec.vintages and key is None:
        why = KEY + " is not set" if origins.alfred is not None else "[live.origins] names no `alfred`"
        notes.append(f"FRED: the values of {', '.join(spec.columns)} are today's vintage, since {why}")
    merged = reduce(lambda left, right: left.merge(right, on=DATE, how="outer", sort=True), parts)
    vintage = FIRST if key is not None else TODAY
    return Download(merged.sort_values(DATE, ignore_index=True), tuple(bodies), notes=tuple(notes), vintage=vintage)


def _key() -> str | None:
    """The key of the environment; it is only handed on as an argument, and no object holds it."""
    return os.environ.get(KEY, "").strip() or None


def _current(
    series: str, origins: Origins, client: Getter, *, since: pd.Timestamp | None, now: datetime
) -> tuple[pd.DataFrame, tuple[Body, ...], tuple[str, ...]]:
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
        raise UnknownSeriesError(f"{origin}: FRED has no such series, answered 404; correct `columns` in [live.files]") from None
    rows = _rows(text_of(body.content, origin), series, origin)
    stamps = parsed_days([row[0] for row in rows], origin)
    values = parsed_numbers([row[1] for row in rows], stamps, origin, missing=MISSING)
    frame, notes = in_order(pd.DataFrame({DATE: stamps, series: values}), origin, now=now)
    frame = _with_values(from_day(frame, since), series, origin, since)
    return frame, (body,), notes + _cut_short(frame, series, since)


def _rows(text: str, series: str, origin: str) -> list[list[str]]:
    """The fields of each line below the header; OriginError for another header, other fields, and a last line without its end."""
    lines = text.splitlines()
    header = lines[0].split(",")
    if len(header) != 2 or header[0] not in DAYS or header[1] != series:
        raise OriginError(f"{origin}: its header is {shown(lines[0])} and not '{DAYS[0]},{series}'; {CHANGED}")
    if not text.endswith("\n"):
        raise OriginError(f"{origin}: its last line {shown(lines[-1])} has no end, so it was cut; try again later")
    rows = [line.split(",") for line in lines[1:]]
    odd = next((row for row in rows if len(row) != 2), None)
    if odd is not None:
        raise OriginError(f"{origin}: the line {shown(','.join(odd))} has not two fields; {CHANGED}")
    return rows


def _with_values(frame: pd.DataFrame, series: str, origin: str, since: pd.Timestamp | None) -> pd.DataFrame:
    """The rows that have a value; OriginError where there is none, unless only news were asked for."""
    rows = frame[frame[series].notna()].reset_index(drop=True)
    if rows.empty and since is None:
        raise OriginError(f"{origin}: has no value; look at the series in a browser")
    return rows


def _cut_short(frame: pd.DataFrame, series: str, since: pd.Timestamp | None) -> tuple[str, ...]:
    """A line where FRED publishes only the last years of a series."""
    if since is not None or not series.startswith("BAML"):
        return ()
    first = f"{frame[DATE].iloc[0]:%Y-%m-%d}"
    return (f"FRED, series {series}: begins on {first}; of ICE's indices FRED gives the last three years alone",)
