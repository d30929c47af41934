"""Calendar days out of what files write for them: days, and moments with or without a time zone."""

import re

import numpy as np
import pandas as pd

YEARS = (1700, 2200)
EPOCH = 1970  # year that numpy counts from
SHORT = 100  # rows
PLAIN_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
ISO_DAY = r"\d{4}-\d{2}-\d{2}(?:[T ].*)?"
MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\s*(\d{2}(?::?\d{2}(?::?\d{2}(?:\.\d+)?)?)?)\s*(?:Z|z|UTC|GMT|[+-]\d{2}(?::?\d{2})?)")
"""A day with a time and an offset from universal time; group 1 is the time."""
MIDNIGHT = re.compile(r"[0:.]*")


def days(column: pd.Series, zone: str | None = None) -> pd.Series:
    """The calendar days of `column`.

    Parameters
    ----------
    column : Series, shape (n,)
        Days or moments, as text or as pandas has them. A moment without an offset, and midnight of any offset, is the day written.
    zone : str, optional
        The time zone of the exchange, as the IANA names it: any other moment with an offset is the day that it falls on there.
        By default the day written.

    Returns
    -------
    Series
        Midnights without a zone; NaT for what is no date, or outside YEARS.
    """
    if (plain := _plain_days(column)) is not None:
        return plain
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        stamps = column.dt.tz_localize(None)
        moments = stamps.notna() & (stamps != stamps.dt.normalize())
        stamps = _on_the_clock(stamps, column[moments], zone)
    elif column.dtype.kind == "M":
        stamps = column
    else:
        stamps = _of_text(column.astype("string").str.strip(), zone)
    return stamps.where(stamps.dt.year.between(*YEARS)).dt.normalize().dt.as_unit("ns")


def _plain_days(column: pd.Series) -> pd.Series | None:
    """The days of a few texts that are days and nothing else, for which pandas takes milliseconds; None of any other column."""
    if len(column) > SHORT or column.dtype.kind == "M":
        return None
    texts = column.tolist()
    if not all(isinstance(text, str) and PLAIN_DAY.fullmatch(text) for text in texts):
        return None
    try:
        stamps = np.array(texts, dtype="datetime64[D]")
    except ValueError:  # no day of the calendar
        return None
    year = stamps.astype("datetime64[Y]").astype(np.int64) + EPOCH
    stamps[(year < YEARS[0]) | (year > YEARS[1])] = np.datetime64("NaT")
    return pd.Series(stamps.astype("datetime64[ns]"), index=column.index, name=column.name)


def has_moments(column: pd.Series) -> bool:
    """Whether any stamp of `column` is a moment with an offset other than midnight, so that its day depends on a clock."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        written = column.dt.tz_localize(None)
        return bool((written.notna() & (written != written.dt.normalize())).any())
    return column.dtype.kind != "M" and bool(_moments(column.astype("string").str.strip()).any())


def _of_text(text: pd.Series, zone: str | None) -> pd.Series:
    dated = text.where(text.str.fullmatch(ISO_DAY, na=False))
    stamps = pd.to_datetime(dated.str.slice(0, 10), errors="coerce", format="%Y-%m-%d")
    moments = _moments(dated) if zone is not None else None
    if moments is None or not moments.any():
        return stamps
    words = dated[moments].str.replace(r"\s*(?:UTC|GMT|z)$", "Z", regex=True)
    return _on_the_clock(stamps, pd.to_datetime(words, errors="coerce", format="ISO8601", utc=True), zone)


def _moments(text: pd.Series) -> pd.Series:
    """(n,) whether each text is a moment with an offset, other than midnight."""
    matches = text.map(MOMENT.fullmatch, na_action="ignore")
    return matches.map(lambda match: match is not None and not MIDNIGHT.fullmatch(match[1]), na_action="ignore").eq(True)


def _on_the_clock(stamps: pd.Series, moments: pd.Series, zone: str | None) -> pd.Series:
    """`stamps` with those of `moments`, a part of them with a zone, as the clock of `zone` shows them."""
    if zone is None or moments.empty:
        return stamps
    moments = moments[moments.isna() | moments.dt.year.between(*YEARS)]  # beyond which clocks are not defined
    stamps = stamps.dt.as_unit("s").copy()  # seconds hold any year
    stamps[moments.index] = moments.dt.as_unit("s").dt.tz_convert(zone).dt.tz_localize(None)
    return stamps
