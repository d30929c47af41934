"""French's data library: an archive of one text, which holds several tables."""

import io
import zipfile
import zlib
from datetime import datetime

import pandas as pd

from features.errors import OriginError
from features.live.download import DATE, Download, Getter
from features.live.items import FrenchItem
from features.live.origins.french_tables import FrenchTable, blocks_of, chosen, frame_of
from features.live.origins.parsing import CHANGED, from_day, in_order, shown, text_of
from features.live.origins.size_valuation import size_valuation
from features.live.web.html_page import looks_like_html
from features.live.web.reply import RefusedError

MOST = 64 * 2**20  # bytes of text; the largest archive of the library, of daily portfolios since 1926, has a tenth
PIECE = 2**16
ENCRYPTED = 0x1  # the bit of a member's flags


def fetch(spec: FrenchItem, base: str, client: Getter, *, since: pd.Timestamp | None, now: datetime) -> Download:
    """The columns that `spec` names, or its measure: a row a day, or the last day of a month or year, in the library's units.

    since : the first day kept; the archive comes as a whole anyway.   now : aware, universal time.
    OriginError, one line, for an archive that is not to be had, is none, or does not hold what is named.
    """
    file = f"{spec.archive}_CSV.zip"
    origin = f"French's library, {file}"
    try:
        body = client.get(f"{base}/{file}", {})
    except RefusedError as error:
        if error.status != 404:
            raise
        raise RefusedError(f"{origin}: there is no such archive, answered 404; correct `archive` in [live.files]", 404) from None
    blocks = blocks_of(text_of(unpacked(body.content, origin), origin), origin)
    found = size_valuation(blocks, origin) if spec.measure is not None else _columns(blocks, spec, origin)
    frame, notes = in_order(found, origin, now=now)
    return Download(from_day(frame, since), (body,), notes=notes)


def _columns(blocks: list[FrenchTable], spec: FrenchItem, origin: str) -> pd.DataFrame:
    """Our columns of the table that `spec` names."""
    block = chosen(blocks, spec.table, origin)
    absent = next((theirs for theirs in spec.columns.values() if theirs not in block.columns), None)
    if absent is not None:
        listed = ", ".join(block.columns[:8])
        raise OriginError(f"{origin}: the table {shown(block.heading)} has no column {absent!r}; it has {listed}; correct `columns`")
    theirs = frame_of(block, origin, set(spec.columns.values()))
    return pd.DataFrame({DATE: theirs[DATE]} | {ours: theirs[name] for ours, name in spec.columns.items()})


def unpacked(content: bytes, origin: str) -> bytes:
    """The one text of an archive, at most MOST bytes, counted as they come; nothing is written, and no name in it is used as a path."""
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
            return _read(archive, members[0], origin)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError, UnicodeError) as error:
        if isinstance(error, OriginError):
            raise
        raise OriginError(f"{origin}: is no whole archive, it is cut or broken; try again later") from None


def _read(archive: zipfile.ZipFile, member: zipfile.ZipInfo, origin: str) -> bytes:
    parts, size = [], 0
    with archive.open(member) as text:
        while part := text.read(PIECE):
            size += len(part)
            if size > MOST:
                raise OriginError(f"{origin}: unpacks to more than {MOST >> 20} MiB, which no archive of the library does; do not use it")
            parts.append(part)
    return b"".join(parts)
