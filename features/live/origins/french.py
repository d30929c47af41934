"""French's data library: each archive is one text with several tables."""

import io
import zipfile
import zlib
from datetime import datetime

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, Download, Getter
from features.live.items import FrenchItem
from features.live.origins.french_tables import FrenchTable, frame_of, table_named, tables_of
from features.live.origins.parsing import CHANGED, LOOK, from_day, in_order, text_of
from features.live.origins.size_valuation import size_valuation
from features.live.web.html_page import looks_like_html
from features.live.web.reply import RefusedError
from features.names import shown

MOST = 64 * 2**20  # bytes of text; the largest archive of the library, of daily portfolios since 1926, has a tenth
PIECE = 2**16
ENCRYPTED = 0x1  # the bit of a member's flags


def fetch(spec: FrenchItem, base: str, client: Getter, *, since: pd.Timestamp | None, now: datetime) -> Download:
    """The columns that `spec` names, or its measure, from `since` on: a row a day, month or year (its last day), in the library's units.

    OriginError for an archive that cannot be had, is none, or does not hold what is named.
    """
    file = f"{spec.archive}_CSV.zip"
    origin = f"French's library, {file}"
    try:
        body = client.get(f"{base}/{file}", {})
    except RefusedError as error:
        if error.status != 404:
            raise
        raise RefusedError(f"{origin}: there is no such archive, answered 404; correct `archive` in [live.files]", 404) from None
    tables = tables_of(text_of(unpacked(body.content, origin), origin), origin)
    columns = size_valuation(tables, origin) if spec.measure is not None else _columns(tables, spec, origin)
    empty = _empty(columns, spec, origin)
    frame, notes = in_order(columns, origin, now=now)
    return Download(from_day(frame, since), (body,), notes=(*notes, *empty))


def _empty(columns: pd.DataFrame, spec: FrenchItem, origin: str) -> list[str]:
    """A line for each column without any value, though others have some; OriginError where all are missing."""
    empty = [name for name in columns.columns if name != DATE and columns[name].isna().all()]
    if len(empty) == len(columns.columns) - 1:
        names = ", ".join(repr(spec.columns.get(name, name)) for name in empty[:4])
        raise OriginError(f"{origin}: every value of {names} is missing; {LOOK}says, or try again later")
    return [f"{origin}: every value of {spec.columns.get(name, name)!r} is missing" for name in empty]


def _columns(tables: list[FrenchTable], spec: FrenchItem, origin: str) -> pd.DataFrame:
    """Our columns of the table that `spec` names."""
    table = table_named(tables, spec.table, origin)
    absent = next((theirs for theirs in spec.columns.values() if theirs not in table.columns), None)
    if absent is not None:
        listed = ", ".join(table.columns[:8])
        raise OriginError(f"{origin}: the table {shown(table.heading)} has no column {absent!r}; it has {listed}; correct `columns`")
    theirs = frame_of(table, origin, set(spec.columns.values()))
    return pd.DataFrame({DATE: theirs[DATE]} | {ours: theirs[name] for ours, name in spec.columns.items()})


def unpacked(content: bytes, origin: str) -> bytes:
    """The one text of an archive, at most MOST bytes, counted as they come; no file is written, and no name in it is used as a path."""
    if looks_like_html(content):
        raise OriginError(f"{origin}: gave a web page and no archive; open its address in a browser to see what it says")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            if len(members) != 1 or not members[0].filename.lower().endswith(".csv"):
                listed = ", ".join(shown(member.filename) for member in members[:3]) or "nothing"
                raise OriginError(f"{origin}: holds {listed} and not one CSV file; {CHANGED}")
            if members[0].flag_bits & ENCRYPTED:
                raise OriginError(f"{origin}: is encrypted; {CHANGED}")
            return _bounded(archive, members[0], origin)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, UnicodeError) as error:
        if isinstance(error, OriginError):
            raise
        raise OriginError(f"{origin}: is no whole archive, it is cut or broken; try again later") from None


def _bounded(archive: zipfile.ZipFile, member: zipfile.ZipInfo, origin: str) -> bytes:
    parts, size = [], 0
    with archive.open(member) as text:
        while part := text.read(PIECE):
            size += len(part)
            if size > MOST:
                raise OriginError(f"{origin}: unpacks to more than {MOST >> 20} MiB, which no archive of the library does; do not use it")
            parts.append(part)
    return b"".join(parts)
