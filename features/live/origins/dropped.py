"""Files that somebody has put into a folder: tables with a Date, exports of FedWatch, prices of outcomes."""

import gzip
import io
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path

import pandas as pd

from features.errors import InputError, OriginError
from features.files.bounded import BoundError, refuse_other_file
from features.files.csv_text import CsvError, line_of, refuse_encoding
from features.files.folder import KNOWN
from features.files.stamps import days
from features.files.table import EMPTY, dates, number_remedy, read_table
from features.live.download import DATE, Body, Download
from features.live.items import DroppedItem
from features.live.origins import fedwatch_export, odds_export, odds_history
from features.live.origins.parsing import AHEAD, in_order, naive_utc, text_of, today
from features.names import shown
from features.panel import calendar

ENDINGS = (".csv", ".csv.gz", ".parquet")
MOST = 64 * 2**20  # bytes of one file, packed or not; an export of all meetings of a year has one
SAVE = "save the table as CSV, in UTF-8, and drop it again"
CORRECT = "correct its rows"
HALF = 0.5  # of a column's values: with more numbers than that it is one of numbers
Reader = Callable[[Path, Body, datetime], tuple[pd.DataFrame, tuple[str, ...]]]


def fetch(spec: DroppedItem, folder: Path, *, now: datetime, exchange: str | None = None) -> Download:
    """One table of the files in `folder` whose name fits `spec.pattern`; the file last modified has the last word.

    `columns`: Date, then numbers and words as the files name them. Columns of words belong to the key, so that a table may have several
    rows a day; a later file's empty cells leave an earlier one's values. `fedwatch`: Date, meeting, lo_bp, hi_bp and prob as fractions,
    without ranges of probability 0; a later file replaces all ranges of a day and meeting. A link that leads out of the folder is left
    out, with a note. Stamps with an offset are read on the clock of `exchange`. OriginError where no file fits, and for one that cannot be
    read or believed.
    """
    zone = None if exchange is None else calendar.zone(exchange)
    notes: list[str] = []
    frames: list[pd.DataFrame] = []
    bodies: list[Body] = []
    for path in _fitting(folder, spec.pattern, notes):
        body = _body(path)
        frame, lines = _read_whole(_odds if spec.format == "fedwatch" else partial(_columns, zone=zone), path, body, now)
        frames.append(frame)
        bodies.append(body)
        notes.extend(lines)
    if spec.format == "fedwatch":
        return Download(odds_history.latest(frames), tuple(bodies), odds_history.KEY, tuple(notes))
    key = (DATE, *dict.fromkeys(name for frame in frames for name in _words(frame)))
    return Download(_latest(frames, list(key)), tuple(bodies), key, tuple(notes))


def _fitting(folder: Path, pattern: str, notes: list[str]) -> list[Path]:
    """The files that fit, the one last modified last."""
    paths = []
    try:
        for path in sorted(folder.iterdir()) if folder.is_dir() else []:
            if not fnmatchcase(path.name, pattern) or not path.name.lower().endswith(ENDINGS) or path.name.startswith("."):
                continue
            if not path.resolve().is_relative_to(folder.resolve()):
                notes.append(f"{path.name}: leads out of the folder of dropped files, and was left out")
            elif path.is_file():
                paths.append(path)
    except (OSError, RuntimeError) as error:  # a link that leads to itself is the latter
        raise OriginError(f"{folder}: cannot be read ({str(error).splitlines()[0]}); look at its permissions and links") from None
    if not paths and notes:
        raise OriginError(f"{notes[0]}; copy the file itself there")
    if not paths:
        raise OriginError(f"{folder}: no CSV, CSV.gz or Parquet file there fits {pattern!r}; put one there, or correct `pattern`")
    return sorted(paths, key=lambda path: (path.stat().st_mtime_ns, path.name))


def _body(path: Path) -> Body:
    """The file as it is."""
    try:
        with path.open("rb") as file:
            content = file.read(MOST + 1)
        modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError as error:
        raise _unreadable(path, error) from None
    if len(content) > MOST:
        raise OriginError(f"{path.name}: larger than {MOST >> 20} MiB, which no history is; check the file")
    return Body(f"dropped:{path.name}", content, modified)


def _read_whole(reader: Reader, path: Path, body: Body, now: datetime) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """What `reader` makes of the file; OriginError for every fault, and for a file that is written while it is read."""
    try:
        result = reader(path, body, now)
        if path.stat().st_size != len(body.content) or datetime.fromtimestamp(path.stat().st_mtime, UTC) != body.served:
            raise OriginError(f"{path.name}: changed while it was read; run again when it is whole")
        return result
    except OriginError:
        raise
    except InputError as error:
        raise OriginError(str(error)) from None
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> OriginError:
    return OriginError(f"{path.name}: cannot be read ({error.strerror}); look at its permissions")


def _text(path: Path, body: Body) -> str:
    content = body.content
    if path.name.lower().endswith(".gz"):
        try:
            with gzip.GzipFile(fileobj=io.BytesIO(content)) as packed:
                content = packed.read(MOST + 1)
        except (OSError, EOFError, zlib.error):
            raise OriginError(f"{path.name}: is no whole gzip file; copy it again") from None
        if len(content) > MOST:
            raise OriginError(f"{path.name}: unpacks to more than {MOST >> 20} MiB, which no history does; check the file")
    try:
        refuse_other_file(content)
        if b"\x00" not in content:
            refuse_encoding(content)
        return text_of(content, path.name, remedy=SAVE)
    except (BoundError, CsvError) as error:
        raise OriginError(f"{path.name}: {error}") from None


def _first_line(path: Path, body: Body) -> str:
    return "" if path.name.lower().endswith(".parquet") else _text(path, body).split("\n", 1)[0]


def _columns(path: Path, body: Body, now: datetime, *, zone: str | None) -> tuple[pd.DataFrame, tuple[str, ...]]:
    if fedwatch_export.is_export(_first_line(path, body)):
        raise OriginError(f"{path.name}: is an export of FedWatch; say format = 'fedwatch' in [live.files]")
    frame = read_table(path)
    if odds_export.is_export(list(frame.columns)):
        return odds_export.daily(frame, path.name, now=naive_utc(now)), ()
    read_table(path, (DATE,))
    stamps = dates(frame[DATE], path, DATE, zone=zone)
    typed = pd.DataFrame(
        {DATE: stamps.to_numpy()} | {name: _typed(frame[name], name, path, zone) for name in frame.columns if name != DATE}
    ).reset_index(drop=True)
    words = _words(typed)
    if not words:
        return in_order(typed, path.name, now=now, remedy=CORRECT)
    listed = typed.drop_duplicates().sort_values(DATE, kind="stable", ignore_index=True)  # things by day, which may lie ahead
    twice = listed.duplicated([DATE, *words])
    if twice.any():
        row = listed[twice].iloc[0]
        key = ", ".join(shown(row[name]) for name in words)
        raise OriginError(f"{path.name}: {row[DATE]:%Y-%m-%d} with {key} stands twice with different values; keep one")
    return listed, ()


def _words(frame: pd.DataFrame) -> list[str]:
    """The columns that hold words."""
    return [name for name in frame.columns if frame[name].dtype.kind not in "fM"]


def _typed(column: pd.Series, name: str, path: Path, zone: str | None) -> pd.Series:
    """Numbers as float64, days of release as days, words as they are; OriginError for a word among numbers or days."""
    if name.endswith(KNOWN):
        stamps = days(column, zone)
        _refuse_first(stamps.isna() & column.notna(), column, name, path, "is no date; write YYYY-MM-DD")
        return stamps
    if column.dtype.kind in "mM":
        return column.astype(str).where(column.notna(), "")
    numbers = pd.to_numeric(column, errors="coerce")
    filled, counted = column.notna(), numbers.notna()
    if (filled == counted).all():
        return numbers.astype("float64")
    if counted.sum() > HALF * filled.sum():
        remedy = number_remedy(column[filled & ~counted].iloc[0], EMPTY) if (filled & ~counted).any() else EMPTY
        _refuse_first(filled & ~counted, column, name, path, f"is no number; {remedy}")
    return column.astype("object").where(filled, "").astype(str)


def _refuse_first(bad: pd.Series, column: pd.Series, name: str, path: Path, why: str) -> None:
    if bad.any():
        row = int(bad.to_numpy().argmax())
        raise OriginError(f"{path.name}: {shown(column.iloc[row])} in column {name}, row {line_of(column, row)}, {why}")


def _odds(path: Path, body: Body, now: datetime) -> tuple[pd.DataFrame, tuple[str, ...]]:
    frame = odds_history.odds_of(path, None if path.name.lower().endswith(".parquet") else _text(path, body))
    if frame[DATE].iloc[-1] > today(now) + AHEAD:
        raise OriginError(f"{path.name}: {frame[DATE].iloc[-1]:%Y-%m-%d} is still to come; look at the date of this machine")
    return frame, ()


def _latest(frames: list[pd.DataFrame], key: list[str]) -> pd.DataFrame:
    """All rows by key, of each column the last value."""
    both = pd.concat(frames, ignore_index=True)
    for name in key[1:]:  # of words in one file, and absent or empty in another
        both[name] = both[name].astype("object").where(both[name].notna(), "").astype(str)
    values = [name for name in both.columns if name not in key]
    last = both.groupby(key, as_index=False, sort=True)[values].last() if values else both.drop_duplicates(key).sort_values(key)
    return last[[*key, *values]].reset_index(drop=True)
