"""Series of FRED: as CSV, which needs no key, or as ALFRED first knew them, with FRED_API_KEY of the environment."""

import os
from datetime import datetime
from functools import reduce

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, FIRST, TODAY, Body, Download, Getter
from features.live.items import FredItem, Origins
from features.live.origins.alfred import KEY, MISSING, SeriesRequest, chained, first_known
from features.live.origins.parsing import CHANGED, from_day, in_order, parsed_days, parsed_numbers, shown, text_of
from features.live.web.reply import RefusedError

DAYS = ("observation_date", "DATE")  # what the first column of its CSV is called, and was until 2024


class UnknownSeriesError(OriginError):
    """FRED has no such series."""


def fetch(spec: FredItem, origins: Origins, client: Getter, *, since: pd.Timestamp | None, now: datetime) -> Download:
    """A column a series, in FRED's units: one row a day on which any of them has one, NaN = no value on that day.

    since : the first day asked for; None, all there are.   now : aware, universal time.

    With `spec.vintages`, an ALFRED to ask and a key in the environment, each value is as it was first released, those of `spec.chained`
    by their growth, and the column `X known` has the day of that release. The vintages of many series begin long after their values:
    what stood in the first one on record has no day of its own, NaT, and keeps to the publication lag of the experiment; it may have
    been revised before.

    Each series is asked for by itself: series of different frequencies come in an archive, and one that is unknown spoils them all.
    OriginError, one line, for a series that is not to be had or cannot be believed; one that is unknown is lacking, with a note, unless
    all are. The key is in none of these, nor in the bodies.
    """
    key = _key() if spec.vintages and origins.alfred is not None else None
    parts: list[pd.DataFrame] = []
    bodies: list[Body] = []
    notes: list[str] = []
    unknown: dict[str, str] = {}
    for series in spec.columns:
        try:
            if key is None:
                frame, found, said = _current(series, origins, client, since=since, now=now)
            else:
                asked = SeriesRequest(series, str(origins.alfred), client)
                frame, found, said = (chained if series in spec.chained else first_known)(asked, key, now=now)
                frame = _with_values(from_day(frame, since), series, asked.origin, since)
        except UnknownSeriesError as error:
            unknown[series] = str(error)
            continue
        parts.append(frame)
        bodies.extend(found)
        notes.extend(said)
    if not parts:
        raise OriginError(next(iter(unknown.values())))
    notes.extend(f"column {series} gets nothing new: {why}" for series, why in unknown.items())
    if spec.vintages and key is None:
        lacking = KEY + " is not set" if origins.alfred is not None else "[live.origins] names no `alfred`"
        notes.append(f"FRED: the values of {', '.join(spec.columns)} are today's vintage, since {lacking}")
    merged = reduce(lambda left, right: left.merge(right, on=DATE, how="outer", sort=True), parts)
    vintage = FIRST if key is not None else TODAY
    return Download(merged.sort_values(DATE, ignore_index=True), tuple(bodies), notes=tuple(notes), vintage=vintage)


def _key() -> str | None:
    """The key of the environment; it is handed on as an argument, and kept in no object."""
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
